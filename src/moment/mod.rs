//! Moments as people type and read them: in a time zone, by the wall clock.
//! Invariant: a moment that was typed is what is stored, whatever summer time does; a skipped hour is refused.
//! Ends where moments are compared: that is the database's clock.

use crate::field::Problem;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use time::OffsetDateTime;

/// A time zone by its IANA name.
#[derive(Debug, Clone)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated universal time: what is shown to those whose zone is not known.
    #[must_use]
    pub const fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The zone with this IANA name.
    ///
    /// # Errors
    /// `NotAZone`.
    pub fn named(name: &str) -> Result<Self, Problem> {
        if name == "UTC" {
            return Ok(Self::utc());
        }
        // Names such as "posix/…" or "localtime" mean the machine's own files, not a place.
        if !Self::names().any(|known| known == name) {
            return Err(Problem::NotAZone);
        }
        TimeZone::get(name).map(Self).map_err(|_| Problem::NotAZone)
    }

    /// Its IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Every zone that names a place, sorted, with UTC first.
    pub fn names() -> impl Iterator<Item = &'static str> {
        static NAMES: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
        let names = NAMES.get_or_init(|| {
            const AREAS: [&str; 10] = [
                "Africa",
                "America",
                "Antarctica",
                "Arctic",
                "Asia",
                "Atlantic",
                "Australia",
                "Europe",
                "Indian",
                "Pacific",
            ];
            let mut names: Vec<String> = jiff::tz::db()
                .available()
                .map(|name| name.to_string())
                .filter(|name| {
                    name.split_once('/')
                        .is_some_and(|(area, _)| AREAS.contains(&area))
                })
                .collect();
            names.sort();
            names.dedup();
            names
        });
        std::iter::once("UTC").chain(names.iter().map(String::as_str))
    }

    /// Reads what a date-time field holds (`2027-01-31T17:00`, seconds optional) by this zone's wall clock. Where the
    /// clock shows an hour twice, the first is meant.
    ///
    /// # Errors
    /// `Missing`, `NotATime` or `SkippedTime`.
    pub fn parse(&self, text: &str) -> Result<OffsetDateTime, Problem> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Problem::Missing);
        }
        let plain = text.len() <= 32
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || b"-T: .".contains(&b));
        let wall: DateTime = plain
            .then(|| text.parse().ok())
            .flatten()
            .ok_or(Problem::NotATime)?;
        let possible = self.0.to_ambiguous_zoned(wall);
        if matches!(possible.offset(), jiff::tz::AmbiguousOffset::Gap { .. }) {
            return Err(Problem::SkippedTime);
        }
        let zoned = possible.earlier().map_err(|_| Problem::NotATime)?;
        OffsetDateTime::from_unix_timestamp_nanos(zoned.timestamp().as_nanosecond())
            .map_err(|_| Problem::NotATime)
    }

    /// The moment as people read it: `Fri 28 Nov 2026, 17:00 CET`.
    #[must_use]
    pub fn long(&self, moment: OffsetDateTime) -> String {
        self.strftime(moment, "%a %-d %b %Y, %H:%M %Z")
    }

    /// The day the moment is on: `28 Nov 2026`.
    #[must_use]
    pub fn day(&self, moment: OffsetDateTime) -> String {
        self.strftime(moment, "%-d %b %Y")
    }

    /// The moment to the second, for histories: `28 Nov 2026, 17:00:03`.
    #[must_use]
    pub fn exact(&self, moment: OffsetDateTime) -> String {
        self.strftime(moment, "%-d %b %Y, %H:%M:%S")
    }

    /// The moment as a date-time field holds it, to the minute unless it has seconds.
    #[must_use]
    pub fn to_field(&self, moment: OffsetDateTime) -> String {
        let format = if moment.second() == 0 {
            "%Y-%m-%dT%H:%M"
        } else {
            "%Y-%m-%dT%H:%M:%S"
        };
        self.strftime(moment, format)
    }

    fn strftime(&self, moment: OffsetDateTime, format: &str) -> String {
        let at = Timestamp::from_nanosecond(moment.unix_timestamp_nanos())
            .unwrap_or(Timestamp::UNIX_EPOCH);
        at.to_zoned(self.0.clone()).strftime(format).to_string()
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::utc()
    }
}

/// The moment as RFC 3339 in UTC, for `datetime` attributes and programs.
#[must_use]
pub fn rfc3339(moment: OffsetDateTime) -> String {
    Timestamp::from_nanosecond(moment.unix_timestamp_nanos())
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_string()
}

#[cfg(test)]
mod tests;
