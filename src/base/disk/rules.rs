//! Which level the disk is at, and what each level accepts.

use super::DataKind;

/// How much of the disk is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// PostgreSQL can hardly continue; the reserve file has been deleted to make room for it.
    Critical,
    /// Below the watermark.
    Low,
    Plenty,
}

impl Level {
    /// Awards, withdrawals and sign-ins are accepted at every level.
    #[must_use]
    pub const fn accepts(self, storing: DataKind) -> bool {
        match self {
            Self::Plenty => true,
            Self::Low => matches!(storing, DataKind::Bids),
            Self::Critical => false,
        }
    }
}

/// The thresholds of the levels. A limit of 0 disables its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskLimits {
    pub watermark_bytes: u64,
    pub reserve_bytes: u64,
}

impl DiskLimits {
    /// The level after one more reading. The reserve exists unless the level is critical; at that level its space
    /// counts as free.
    ///
    /// To prevent flapping, the level rises only well above the limit at which it fell: at an eighth more than the
    /// watermark, or at twice the reserve, so that space of the reserve's size remains free once the reserve
    /// file has been recreated.
    #[must_use]
    pub fn next(self, level: Level, free_bytes: u64) -> Level {
        let reserve_bytes = self.reserve_bytes;
        if reserve_bytes == 0 {
            return self.above_critical(level, free_bytes);
        }
        match level {
            Level::Critical if free_bytes < reserve_bytes.saturating_mul(2) => Level::Critical,
            Level::Critical => self.above_critical(Level::Low, free_bytes - reserve_bytes),
            _ if free_bytes < reserve_bytes / 2 => Level::Critical,
            _ => self.above_critical(level, free_bytes),
        }
    }

    const fn above_critical(self, level: Level, free_bytes: u64) -> Level {
        let enough = match level {
            Level::Plenty => self.watermark_bytes,
            _ => self
                .watermark_bytes
                .saturating_add(self.watermark_bytes / 8),
        };
        if free_bytes >= enough {
            Level::Plenty
        } else {
            Level::Low
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Level::{Critical, Low, Plenty};

    const LIMITS: DiskLimits = DiskLimits {
        watermark_bytes: 800,
        reserve_bytes: 100,
    };

    #[test]
    fn the_level_falls_at_the_watermark_and_at_half_the_reserve() {
        assert_eq!(LIMITS.next(Plenty, 800), Plenty);
        assert_eq!(LIMITS.next(Plenty, 799), Low);
        assert_eq!(LIMITS.next(Low, 50), Low);
        assert_eq!(LIMITS.next(Low, 49), Critical);
        assert_eq!(LIMITS.next(Plenty, 0), Critical);
    }

    #[test]
    fn the_level_rises_only_with_space_to_spare() {
        assert_eq!(LIMITS.next(Low, 899), Low);
        assert_eq!(LIMITS.next(Low, 900), Plenty);
        assert_eq!(LIMITS.next(Critical, 199), Critical);
        assert_eq!(LIMITS.next(Critical, 200), Low);
        assert_eq!(LIMITS.next(Critical, 999), Low);
        assert_eq!(LIMITS.next(Critical, 1000), Plenty);
    }

    #[test]
    fn a_limit_of_zero_disables_its_level() {
        let no_watermark = DiskLimits {
            watermark_bytes: 0,
            ..LIMITS
        };
        assert_eq!(no_watermark.next(Plenty, 50), Plenty);
        assert_eq!(no_watermark.next(Plenty, 49), Critical);
        assert_eq!(no_watermark.next(Critical, 200), Plenty);
        let no_reserve = DiskLimits {
            reserve_bytes: 0,
            ..LIMITS
        };
        assert_eq!(no_reserve.next(Plenty, 0), Low);
        assert_eq!(no_reserve.next(Low, 900), Plenty);
    }

    #[test]
    fn creating_or_deleting_the_reserve_never_reverts_the_level() {
        for reserve_bytes in [0, 1, 2, 99, 100] {
            for watermark_bytes in [0, 1, 60, 150, 800] {
                let limits = DiskLimits {
                    watermark_bytes,
                    reserve_bytes,
                };
                for (level, free) in
                    (0..1500).flat_map(|free| [Plenty, Low, Critical].map(|level| (level, free)))
                {
                    let next = limits.next(level, free);
                    let free = match (level == Critical, next == Critical) {
                        (false, true) => free + reserve_bytes,
                        (true, false) => free - reserve_bytes,
                        _ => free,
                    };
                    assert_eq!(limits.next(next, free), next, "{limits:?} {level:?} {free}");
                }
            }
        }
    }

    #[test]
    fn bids_are_refused_last() {
        for storing in [
            DataKind::Projects,
            DataKind::Accounts,
            DataKind::Tokens,
            DataKind::Programs,
            DataKind::Follows,
        ] {
            assert!(Plenty.accepts(storing) && !Low.accepts(storing));
        }
        assert!(Low.accepts(DataKind::Bids) && !Critical.accepts(DataKind::Bids));
    }
}
