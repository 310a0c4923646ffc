//! What is kept about people, why, for how long, and what becomes of it when an account is erased.
//!
//! Invariant: every table of the database is named in [`KEPT`] or in [`NOT_PERSONAL`]; `tests/privacy.rs` compares them with the
//! schema. Periods are the constants of the sweeps that delete the rows, so the privacy page can't promise another one.

mod kept;

pub use kept::KEPT;

use std::fmt;

/// One entry of the privacy page.
#[derive(Debug, Clone, Copy)]
pub struct KeptData {
    pub what: &'static str,
    pub why: &'static str,
    pub period: Period,
    pub at_erasure: AtErasure,
    pub tables: &'static [&'static str],
}

/// How long something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// In hours, and from when on.
    Hours(i32, &'static str),
    /// In days, and from when on.
    Days(i32, &'static str),
    Until(&'static str),
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit, from) = match *self {
            Self::Hours(hours, from) => (hours, "hour", from),
            Self::Days(days, from) => (days, "day", from),
            Self::Until(text) => return f.write_str(text),
        };
        let plural = if number == 1 { "" } else { "s" };
        write!(f, "{number} {unit}{plural}{from}")
    }
}

/// What becomes of something when its account is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtErasure {
    Deleted,
    /// A part of it is deleted or replaced, as this says; the rest stays.
    Anonymized(&'static str),
    /// It stays, and why.
    Stays(&'static str),
}

impl fmt::Display for AtErasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deleted => f.write_str("Deleted"),
            Self::Anonymized(text) | Self::Stays(text) => f.write_str(text),
        }
    }
}

/// The tables that hold nothing about people.
pub const NOT_PERSONAL: &[&str] = &[
    "_sqlx_migrations",
    "notice_broadcast",
    "notice_deadline",
    "outbox_consumer",
    "project_tally",
    "search_fill",
    "search_order_fill",
    "server_key",
];

/// The entries that stay at an erasure, whole or in part.
pub fn staying() -> impl Iterator<Item = &'static KeptData> {
    KEPT.iter()
        .filter(|kept| kept.at_erasure != AtErasure::Deleted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_table_is_in_one_entry() {
        let tables: Vec<_> = KEPT
            .iter()
            .flat_map(|kept| kept.tables)
            .chain(NOT_PERSONAL)
            .collect();
        let distinct: BTreeSet<_> = tables.iter().collect();
        assert_eq!(distinct.len(), tables.len());
    }

    #[test]
    fn a_period_is_written_out() {
        assert_eq!(Period::Hours(1, "").to_string(), "1 hour");
        assert_eq!(
            Period::Days(90, " after the deadline").to_string(),
            "90 days after the deadline"
        );
    }
}
