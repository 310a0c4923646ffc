//! Moments as people type and read them: in a time zone, by the wall clock.
//!
//! Invariant: the moment that was typed is the one that is stored, across daylight saving. A skipped hour is refused.
//! For an hour that clocks show twice, the person chooses one. The database's clock decides whether a moment has
//! passed.
//!
//! A form carries the moment that its field was filled with (`deadline_shown`). If the field still shows that moment,
//! exactly that moment is meant, including the microseconds that the field itself can't hold. `deadline_hour` says
//! which of two equal times is meant; without it, the form is shown again and asks for it.

mod former_names;
mod time_of_day;

pub use time_of_day::{DailyInterval, TimeOfDay};

use crate::field::ValueError;
use jiff::{
    Span, Timestamp, Zoned,
    civil::{Date, DateTime, Weekday},
    tz::{AmbiguousOffset, TimeZone},
};
use std::{ops::Range, str::FromStr};
use time::OffsetDateTime;

/// A wall-clock time from a form.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wall<'a> {
    /// The value of the date-time field.
    pub text: &'a str,
    /// Which hour is meant, if clocks show the time twice.
    pub hour: Option<Hour>,
    /// The time that the form was rendered with.
    pub shown: Option<OffsetDateTime>,
}

/// One of the two equal hours when clocks are set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hour {
    /// Before clocks are set back.
    First,
    /// After clocks are set back.
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
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        match text {
            "first" => Ok(Self::First),
            "second" => Ok(Self::Second),
            _ => Err(ValueError::NotAChoice),
        }
    }
}

/// A time zone, by its IANA name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated Universal Time, used when the viewer's zone is unknown.
    #[must_use]
    pub const fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// Looks a zone up by its IANA name, which may be a former one.
    ///
    /// # Errors
    /// `NotAZone`.
    pub fn by_name(name: &str) -> Result<Self, ValueError> {
        if name == "UTC" {
            return Ok(Self::utc());
        }
        let name = former_names::current_name(name);
        // Names such as "posix/…" or "localtime" refer to the machine's own files, not to a place.
        if !Self::names().any(|known| known == name) {
            return Err(ValueError::NotAZone);
        }
        TimeZone::get(name)
            .map(Self)
            .map_err(|_| ValueError::NotAZone)
    }

    /// The IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// UTC, followed by every zone that names a place, sorted.
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

    /// Parses a date-time field on this zone's wall clock. If the field still shows the time the form was rendered
    /// with, that exact time is returned, with the fraction of a second that the field cannot hold.
    ///
    /// # Errors
    /// `Missing`, `NotATime`, `SkippedTime`, or `DoubledTime` if clocks show the time twice and the form does not say
    /// which is meant.
    pub fn parse(&self, typed: &Wall<'_>) -> Result<OffsetDateTime, ValueError> {
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
            (Some(_), None) => Err(ValueError::DoubledTime),
        }
    }

    /// The two moments of a wall-clock time that this zone's clocks show twice because they are set back.
    #[must_use]
    pub fn repeated_moments(&self, text: &str) -> Option<[OffsetDateTime; 2]> {
        let (first, second) = self.moments(text).ok()?;
        Some([first, second?])
    }

    /// Which of the two hours this is, if this zone's clocks show its time twice.
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

    /// The instants at which this zone's clocks show the value of a date-time field (`2027-01-31T17:00`, seconds
    /// optional): one, or two if the hour is doubled.
    fn moments(&self, text: &str) -> Result<(OffsetDateTime, Option<OffsetDateTime>), ValueError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ValueError::Missing);
        }
        let plain = text.len() <= 32
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || b"-T: .".contains(&b));
        let wall: DateTime = plain
            .then(|| text.parse().ok())
            .flatten()
            .ok_or(ValueError::NotATime)?;
        let possible = self.0.to_ambiguous_zoned(wall);
        let is_doubled = match possible.offset() {
            AmbiguousOffset::Gap { .. } => return Err(ValueError::SkippedTime),
            AmbiguousOffset::Fold { .. } => true,
            AmbiguousOffset::Unambiguous { .. } => false,
        };
        let moment = |zoned: Result<Zoned, jiff::Error>| {
            let nanoseconds = zoned
                .map_err(|_| ValueError::NotATime)?
                .timestamp()
                .as_nanosecond();
            OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).map_err(|_| ValueError::NotATime)
        };
        let second = is_doubled.then(|| moment(possible.clone().later()));
        Ok((moment(possible.earlier())?, second.transpose()?))
    }

    /// The moments at which a date field's day (`2027-01-31`) and the day after it begin by this zone's clocks.
    ///
    /// # Errors
    /// `Missing` or `NotADay`.
    pub fn day_in(&self, text: &str) -> Result<Range<OffsetDateTime>, ValueError> {
        if text.is_empty() {
            return Err(ValueError::Missing);
        }
        let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let day: Option<Date> = plain.then(|| text.parse().ok()).flatten();
        // If clocks skip midnight, the day begins with the hour after it.
        let begins = |day: Date| {
            let zoned = day.to_zoned(self.0.clone()).ok()?;
            OffsetDateTime::from_unix_timestamp_nanos(zoned.timestamp().as_nanosecond()).ok()
        };
        day.and_then(|day| Some(begins(day)?..begins(day.tomorrow().ok()?)?))
            .ok_or(ValueError::NotADay)
    }

    /// When the day of this moment ends by this zone's clocks; `None` for the last day that the calendar has.
    #[must_use]
    pub fn end_of_day(&self, moment: OffsetDateTime) -> Option<OffsetDateTime> {
        let day = timestamp(moment).to_zoned(self.0.clone()).date();
        let next = day.tomorrow().ok()?.to_zoned(self.0.clone()).ok()?;
        OffsetDateTime::from_unix_timestamp_nanos(next.timestamp().as_nanosecond()).ok()
    }

    /// When this zone's clocks next show this full hour after `moment`, on this day of the week if one is given; `None` if
    /// the calendar ends before. If clocks skip the hour, the time after the gap counts.
    #[must_use]
    pub fn next_hour(
        &self,
        moment: OffsetDateTime,
        hour: i8,
        on: Option<time::Weekday>,
    ) -> Option<OffsetDateTime> {
        let is_on = |day: Weekday| {
            on.is_none_or(|on| {
                day.to_monday_zero_offset().unsigned_abs() == on.number_days_from_monday()
            })
        };
        let today = timestamp(moment).to_zoned(self.0.clone()).date();
        let days = today.series(Span::new().days(1)).take(9);
        let wanted = days.filter(|day| is_on(day.weekday()));
        let mut hours = wanted.filter_map(|day| {
            let zoned = day.at(hour, 0, 0, 0).to_zoned(self.0.clone()).ok()?;
            OffsetDateTime::from_unix_timestamp_nanos(zoned.timestamp().as_nanosecond()).ok()
        });
        hours.find(|at| *at > moment)
    }

    /// Formats for people: `Fri 28 Nov 2026, 17:00 CET`.
    #[must_use]
    pub fn long(&self, moment: OffsetDateTime) -> String {
        self.strftime(moment, "%a %-d %b %Y, %H:%M %Z")
    }

    /// The same moment in UTC, to be shown beside [`Self::long`]: `16:00 UTC`, with the date if that differs. `None` if
    /// this zone's clocks show UTC then.
    #[must_use]
    pub fn utc_beside(&self, moment: OffsetDateTime) -> Option<String> {
        let utc = Self::utc();
        if self.exact(moment) == utc.exact(moment) {
            None
        } else if self.day(moment) == utc.day(moment) {
            Some(format!("{} UTC", utc.clock(moment)))
        } else {
            Some(utc.long(moment))
        }
    }

    /// Formats the date: `28 Nov 2026`.
    #[must_use]
    pub fn day(&self, moment: OffsetDateTime) -> String {
        self.strftime(moment, "%-d %b %Y")
    }

    /// Formats to the minute: `28 Nov 2026, 17:00`.
    #[must_use]
    pub fn minute(&self, moment: OffsetDateTime) -> String {
        self.strftime(moment, "%-d %b %Y, %H:%M")
    }

    /// Formats to the second, for histories: `28 Nov 2026, 17:00:03`.
    #[must_use]
    pub fn exact(&self, moment: OffsetDateTime) -> String {
        self.strftime(moment, "%-d %b %Y, %H:%M:%S")
    }

    /// Formats the time of day: `17:00`.
    #[must_use]
    pub fn clock(&self, moment: OffsetDateTime) -> String {
        self.strftime(moment, "%H:%M")
    }

    /// Formats the time of day to the second: `17:00:03`.
    #[must_use]
    pub fn exact_clock(&self, moment: OffsetDateTime) -> String {
        self.strftime(moment, "%H:%M:%S")
    }

    /// Formats as a date-time field's value, to the minute unless it has seconds.
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

/// The value of a `datetime` attribute, whose seconds have at most three decimals in HTML.
#[must_use]
pub fn datetime(moment: OffsetDateTime) -> String {
    let at = timestamp(moment);
    let millis = at.as_millisecond();
    Timestamp::from_millisecond(millis)
        .unwrap_or(at)
        .to_string()
}

/// Formats as RFC 3339 in UTC, to the microsecond, for programs.
#[must_use]
pub fn rfc3339(moment: OffsetDateTime) -> String {
    timestamp(moment).to_string()
}

/// Parses the output of [`rfc3339`].
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
