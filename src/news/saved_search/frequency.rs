//! How often somebody gets the matches of a saved search, or all mail.

use crate::{field::ValueError, moment::Zone};
use std::str::FromStr;
use time::{OffsetDateTime, Weekday};

/// When digests are written, by the clocks of their reader's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigestTime {
    /// A full hour, 0 to 23.
    pub hour: i8,
    /// The day of weekly digests.
    pub day: Weekday,
}

impl DigestTime {
    /// Mornings, and Monday mornings.
    pub const MORNING: Self = Self {
        hour: 7,
        day: Weekday::Monday,
    };
}

/// How often somebody is told of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    AtOnce,
    /// Every day.
    Daily,
    /// On one day of each week.
    Weekly,
}

impl Frequency {
    pub const ALL: [Self; 3] = [Self::AtOnce, Self::Daily, Self::Weekly];

    /// The name in forms and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtOnce => "at_once",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
        }
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::AtOnce => "At once",
            Self::Daily => "Daily",
            Self::Weekly => "Weekly",
        }
    }

    /// When the next digest after this time is written, by the clocks of this zone; `None` if there are no digests.
    pub(in crate::news) fn next_digest(
        self,
        zone: &Zone,
        at: DigestTime,
        after: OffsetDateTime,
    ) -> Option<OffsetDateTime> {
        let (on, days) = match self {
            Self::AtOnce => return None,
            Self::Daily => (None, 1),
            Self::Weekly => (Some(at.day), 7),
        };
        let next = zone.next_hour(after, at.hour, on);
        // The calendar ends in the year 9999.
        Some(next.unwrap_or(after + time::Duration::days(days)))
    }
}

impl FromStr for Frequency {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::ALL
            .into_iter()
            .find(|frequency| frequency.name() == text)
            .ok_or(ValueError::NotAChoice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    #[test]
    fn a_digest_comes_on_the_next_morning_or_monday() {
        let zone = Zone::by_name("Europe/Berlin").expect("a zone");
        // A Saturday, 13:00 in Berlin.
        let saved = datetime!(2026-11-28 12:00 UTC);
        let next =
            |frequency: Frequency, after| frequency.next_digest(&zone, DigestTime::MORNING, after);
        assert_eq!(next(Frequency::AtOnce, saved), None);
        let (sunday, monday) = (
            datetime!(2026-11-29 6:00 UTC),
            datetime!(2026-11-30 6:00 UTC),
        );
        assert_eq!(next(Frequency::Daily, saved), Some(sunday));
        assert_eq!(next(Frequency::Daily, sunday), Some(monday));
        assert_eq!(next(Frequency::Weekly, saved), Some(monday));
        assert_eq!(
            next(Frequency::Weekly, monday),
            Some(datetime!(2026-12-07 6:00 UTC))
        );
        let early = datetime!(2026-11-30 5:59 UTC);
        assert_eq!(next(Frequency::Weekly, early), Some(monday));
    }

    proptest! {
        /// Across every change of clocks, in every zone.
        #[test]
        fn the_next_digest_is_later_and_not_too_late(
            zone in prop::sample::select(Zone::names().collect::<Vec<_>>()),
            seconds in 1_600_000_000_i64..2_000_000_000,
        ) {
            let zone = Zone::by_name(zone).expect("a known zone");
            let after = OffsetDateTime::from_unix_timestamp(seconds).expect("in range");
            for (frequency, days) in [(Frequency::Daily, 1), (Frequency::Weekly, 7)] {
                let next = frequency.next_digest(&zone, DigestTime::MORNING, after).expect("there are digests");
                prop_assert!(next > after, "{next}");
                // A day has up to 25 hours, and a zone may once skip a whole day.
                prop_assert!(next - after <= time::Duration::hours(24 * days + 25), "{next}");
            }
        }
    }
}
