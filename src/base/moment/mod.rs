//! Moments as people type and read them: in a time zone, by the wall clock.
//!
//! Invariant: the moment that was typed is the one that is stored, across daylight saving. A skipped hour is refused.
//! For an hour that clocks show twice, the person says which one. Comparing moments is left to the database's clock.
//!
//! A form carries the moment that its field was filled with (`deadline_shown`). If the field still shows that moment,
//! it means it to the microsecond, which the field itself can't hold. `deadline_hour` says which of two equal times is
//! meant; without it the form comes back and asks.

use crate::field::Problem;
use jiff::{
    Timestamp, Zoned,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};
use std::str::FromStr;
use time::OffsetDateTime;

/// A wall-clock time as a form holds it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wall<'a> {
    /// What the date-time field holds.
    pub text: &'a str,
    /// Which is meant, where clocks show it twice.
    pub hour: Option<Hour>,
    /// The moment that the form was shown with.
    pub shown: Option<OffsetDateTime>,
}

/// One of the two hours that clocks show alike when they are set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hour {
    /// Before they are set back.
    First,
    /// After that.
    Second,
}

impl Hour {
    /// The name in forms.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Second => "second",
        }
    }
}

impl FromStr for Hour {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        match text {
            "first" => Ok(Self::First),
            "second" => Ok(Self::Second),
            _ => Err(Problem::NotAChoice),
        }
    }
}

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

    /// Reads a date-time field by this zone's wall clock. A moment that the form was shown with and that nobody edited stays the same
    /// moment, to the fraction of a second that the field can't hold.
    ///
    /// # Errors
    /// `Missing`, `NotATime`, `SkippedTime`, or `DoubledTime` where clocks show the time twice and nobody said which is meant.
    pub fn parse(&self, typed: &Wall<'_>) -> Result<OffsetDateTime, Problem> {
        let (first, second) = self.moments(typed.text)?;
        if let Some(shown) = typed.shown {
            let same_hour = typed.hour.is_none() || typed.hour == self.hour(shown);
            if same_hour && self.to_field(shown) == typed.text.trim().replace(' ', "T") {
                return Ok(shown);
            }
        }
        match (second, typed.hour) {
            (None, _) | (_, Some(Hour::First)) => Ok(first),
            (Some(second), Some(Hour::Second)) => Ok(second),
            (Some(_), None) => Err(Problem::DoubledTime),
        }
    }

    /// True for a wall-clock time that this zone's clocks show twice, because they are set back.
    #[must_use]
    pub fn is_doubled(&self, text: &str) -> bool {
        matches!(self.moments(text), Ok((_, Some(_))))
    }

    /// Which of two the moment is, where this zone's clocks show its time twice.
    #[must_use]
    pub fn hour(&self, moment: OffsetDateTime) -> Option<Hour> {
        let at = timestamp(moment);
        let possible = self
            .0
            .to_ambiguous_zoned(at.to_zoned(self.0.clone()).datetime());
        if !matches!(possible.offset(), AmbiguousOffset::Fold { .. }) {
            return None;
        }
        let is_first = possible
            .earlier()
            .is_ok_and(|first| first.timestamp() == at);
        Some(if is_first { Hour::First } else { Hour::Second })
    }

    /// When this zone's clocks show what a date-time field holds (`2027-01-31T17:00`, seconds optional): once, or a second time too.
    fn moments(&self, text: &str) -> Result<(OffsetDateTime, Option<OffsetDateTime>), Problem> {
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
        let is_doubled = match possible.offset() {
            AmbiguousOffset::Gap { .. } => return Err(Problem::SkippedTime),
            AmbiguousOffset::Fold { .. } => true,
            AmbiguousOffset::Unambiguous { .. } => false,
        };
        let moment = |zoned: Result<Zoned, jiff::Error>| {
            let nanoseconds = zoned
                .map_err(|_| Problem::NotATime)?
                .timestamp()
                .as_nanosecond();
            OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).map_err(|_| Problem::NotATime)
        };
        let second = is_doubled.then(|| moment(possible.clone().later()));
        Ok((moment(possible.earlier())?, second.transpose()?))
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
        let zoned = timestamp(moment).to_zoned(self.0.clone());
        zoned.strftime(format).to_string()
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
    timestamp(moment).to_string()
}

/// Reads what [`rfc3339`] wrote.
#[must_use]
pub fn from_rfc3339(text: &str) -> Option<OffsetDateTime> {
    let at: Timestamp = text.parse().ok()?;
    OffsetDateTime::from_unix_timestamp_nanos(at.as_nanosecond()).ok()
}

fn timestamp(moment: OffsetDateTime) -> Timestamp {
    Timestamp::from_nanosecond(moment.unix_timestamp_nanos()).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests;
