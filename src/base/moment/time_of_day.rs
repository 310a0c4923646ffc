//! Times of day by a zone's clocks, and the part of each day between two of them.

use super::{Zone, timestamp};
use crate::field::ValueError;
use jiff::{Span, civil::Time, tz::AmbiguousOffset};
use std::{fmt, str::FromStr};
use time::OffsetDateTime;

/// A time of day to the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay {
    /// Since midnight, by the clock.
    minutes: i16,
}

impl TimeOfDay {
    /// The latest time that clocks show: 23:59.
    pub const LATEST_MINUTES: i16 = 24 * 60 - 1;

    /// `None` for more minutes than a day has.
    #[must_use]
    pub fn from_minutes(minutes: i16) -> Option<Self> {
        (0..=Self::LATEST_MINUTES)
            .contains(&minutes)
            .then_some(Self { minutes })
    }

    /// The minutes since midnight, by the clock.
    #[must_use]
    pub const fn minutes(self) -> i16 {
        self.minutes
    }
}

/// Parses a time field's value: `22:00`. Browsers may add seconds, which are dropped.
impl FromStr for TimeOfDay {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ValueError::Missing);
        }
        let is_plain = |c: u8| c.is_ascii_digit() || c == b':';
        let (hours, rest) = (text.bytes().all(is_plain).then_some(text))
            .and_then(|text| text.split_once(':'))
            .ok_or(ValueError::NotATimeOfDay)?;
        let minutes = rest.split(':').next().unwrap_or_default();
        let number = |digits: &str, most: i16| {
            let number: i16 = digits.parse().ok()?;
            ((1..=2).contains(&digits.len()) && number <= most).then_some(number)
        };
        number(hours, 23)
            .zip(number(minutes, 59).filter(|_| minutes.len() == 2))
            .and_then(|(hours, minutes)| Self::from_minutes(hours * 60 + minutes))
            .ok_or(ValueError::NotATimeOfDay)
    }
}

/// `07:00`, as in a time field.
impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

/// A part of every day, which may span midnight. It is neither empty nor the whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyInterval {
    from: TimeOfDay,
    until: TimeOfDay,
}

impl DailyInterval {
    /// `None` if both are equal.
    #[must_use]
    pub fn new(from: TimeOfDay, until: TimeOfDay) -> Option<Self> {
        (from != until).then_some(Self { from, until })
    }

    /// The first minute of it.
    #[must_use]
    pub const fn from(self) -> TimeOfDay {
        self.from
    }

    /// The first minute after it.
    #[must_use]
    pub const fn until(self) -> TimeOfDay {
        self.until
    }

    /// True if the time is within it.
    #[must_use]
    pub fn contains(self, time: TimeOfDay) -> bool {
        if self.from < self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        }
    }
}

impl Zone {
    /// What this zone's clocks show.
    #[must_use]
    pub fn time_of_day(&self, moment: OffsetDateTime) -> TimeOfDay {
        let time = timestamp(moment).to_zoned(self.0.clone()).time();
        TimeOfDay {
            minutes: i16::from(time.hour()) * 60 + i16::from(time.minute()),
        }
    }

    /// The end of the interval that contains `moment`; `None` outside it. A change of clocks may end it, too.
    #[must_use]
    pub fn end_of(
        &self,
        interval: DailyInterval,
        moment: OffsetDateTime,
    ) -> Option<OffsetDateTime> {
        let is_within = |moment| interval.contains(self.time_of_day(moment));
        if !is_within(moment) {
            return None;
        }
        let from = timestamp(moment);
        let mut moments = self.moments_at(interval.until, from);
        // Between now and the end of the interval, clocks are changed twice at most.
        moments.extend(
            self.0
                .following(from)
                .take(2)
                .map(|change| change.timestamp()),
        );
        moments.sort_unstable();
        moments
            .into_iter()
            .filter_map(|at| OffsetDateTime::from_unix_timestamp_nanos(at.as_nanosecond()).ok())
            .find(|at| *at > moment && !is_within(*at))
    }

    /// The moments around this one at which clocks show a time of day. A time that they skip has none, and one that they
    /// show twice has two.
    fn moments_at(&self, time: TimeOfDay, around: jiff::Timestamp) -> Vec<jiff::Timestamp> {
        let today = around.to_zoned(self.0.clone()).date();
        let hour = i8::try_from(time.minutes / 60).unwrap_or_default();
        let minute = i8::try_from(time.minutes % 60).unwrap_or_default();
        let time = Time::constant(hour, minute, 0, 0);
        let mut moments = Vec::new();
        // A zone may once skip a whole day.
        for day in today.series(Span::new().days(1)).take(3) {
            let wall = day.to_datetime(time);
            let offsets = match self.0.to_ambiguous_timestamp(wall).offset() {
                AmbiguousOffset::Unambiguous { offset } => vec![offset],
                AmbiguousOffset::Gap { .. } => Vec::new(),
                AmbiguousOffset::Fold { before, after } => vec![before, after],
            };
            moments
                .extend((offsets.into_iter()).filter_map(|offset| offset.to_timestamp(wall).ok()));
        }
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::{Duration, macros::datetime};

    fn interval(from: &str, until: &str) -> DailyInterval {
        DailyInterval::new(from.parse().unwrap(), until.parse().unwrap()).unwrap()
    }

    fn end(
        zone: &str,
        (from, until): (&str, &str),
        moment: OffsetDateTime,
    ) -> Option<OffsetDateTime> {
        let zone = Zone::by_name(zone).expect("a zone");
        zone.end_of(interval(from, until), moment)
    }

    #[test]
    fn a_time_field_is_read_to_the_minute() {
        for (text, read) in [
            ("22:00", "22:00"),
            (" 7:05 ", "07:05"),
            ("23:59:59", "23:59"),
            ("00:00", "00:00"),
        ] {
            assert_eq!(
                text.parse().map(|time: TimeOfDay| time.to_string()),
                Ok(read.to_owned()),
                "{text}"
            );
        }
        for text in [
            "24:00",
            "12:60",
            "noon",
            "7",
            "7:5",
            "-1:00",
            "1:000",
            "+1:00",
            "١٢:٠٠",
            "22:00 CET",
            ":",
            "99999999999:00",
        ] {
            assert_eq!(
                text.parse::<TimeOfDay>(),
                Err(ValueError::NotATimeOfDay),
                "{text}"
            );
        }
        assert_eq!("  ".parse::<TimeOfDay>(), Err(ValueError::Missing));
    }

    #[test]
    fn an_interval_may_span_midnight_but_is_never_the_whole_day() {
        let night = interval("22:00", "07:00");
        for (time, is_within) in [
            ("22:00", true),
            ("00:00", true),
            ("06:59", true),
            ("07:00", false),
            ("12:00", false),
            ("21:59", false),
        ] {
            assert_eq!(night.contains(time.parse().unwrap()), is_within, "{time}");
        }
        let noon: TimeOfDay = "12:00".parse().unwrap();
        assert_eq!(DailyInterval::new(noon, noon), None);
    }

    #[test]
    fn quiet_hours_end_by_the_clocks_of_the_zone() {
        let berlin = "Europe/Berlin";
        let night = ("22:00", "07:00");
        assert_eq!(end(berlin, night, datetime!(2026-11-28 20:59 UTC)), None);
        assert_eq!(
            end(berlin, night, datetime!(2026-11-28 21:00 UTC)),
            Some(datetime!(2026-11-29 6:00 UTC))
        );
        assert_eq!(
            end(berlin, night, datetime!(2026-11-29 5:59:59 UTC)),
            Some(datetime!(2026-11-29 6:00 UTC))
        );
        // In summer, an hour earlier by UTC; the night of the change is an hour shorter.
        assert_eq!(
            end(berlin, night, datetime!(2027-03-27 21:30 UTC)),
            Some(datetime!(2027-03-28 5:00 UTC))
        );
    }

    #[test]
    fn clocks_that_are_changed_may_end_quiet_hours_or_begin_them_again() {
        let (berlin, until_half_past_two) = ("Europe/Berlin", ("22:00", "02:30"));
        // From 01:59:59, clocks go to 03:00.
        assert_eq!(
            end(berlin, until_half_past_two, datetime!(2027-03-28 0:30 UTC)),
            Some(datetime!(2027-03-28 1:00 UTC))
        );
        // From 02:59:59, clocks go back to 02:00, which is within the interval again.
        assert_eq!(
            end(berlin, until_half_past_two, datetime!(2027-10-31 0:00 UTC)),
            Some(datetime!(2027-10-31 0:30 UTC))
        );
        assert_eq!(
            end(berlin, until_half_past_two, datetime!(2027-10-31 0:45 UTC)),
            None
        );
        assert_eq!(
            end(berlin, until_half_past_two, datetime!(2027-10-31 1:00 UTC)),
            Some(datetime!(2027-10-31 1:30 UTC))
        );
        // An hour that clocks skip is never shown, so nothing is held.
        assert_eq!(
            end(berlin, ("02:00", "03:00"), datetime!(2027-03-28 1:00 UTC)),
            None
        );
    }

    proptest! {
        /// Across every change of clocks, in every zone. The moments are chosen near one of the zone's changes.
        #[test]
        fn an_interval_lasts_exactly_as_long_as_clocks_show_a_time_within(
            name in prop::sample::select(Zone::names().collect::<Vec<_>>()),
            seconds in 1_600_000_000_i64..2_000_000_000,
            near_change in any::<bool>(),
            minutes_before in 0_i64..1800,
            from in 0..1440_i16,
            until in 0..1440_i16,
        ) {
            let zone = Zone::by_name(name).expect("a known zone");
            let (from, until) = (TimeOfDay::from_minutes(from).unwrap(), TimeOfDay::from_minutes(until).unwrap());
            let Some(interval) = DailyInterval::new(from, until) else { return Ok(()) };
            let mut moment = OffsetDateTime::from_unix_timestamp(seconds).expect("in range");
            if near_change && let Some(change) = zone.0.following(timestamp(moment)).next() {
                moment = OffsetDateTime::from_unix_timestamp(change.timestamp().as_second()).unwrap() - Duration::minutes(minutes_before);
            }
            let is_within = |at| interval.contains(zone.time_of_day(at));
            let Some(end) = zone.end_of(interval, moment) else {
                prop_assert!(!is_within(moment));
                return Ok(());
            };
            prop_assert!(is_within(moment) && !is_within(end));
            prop_assert!(moment < end && end - moment <= Duration::hours(26), "{end}");
            let mut at = moment;
            while at < end {
                prop_assert!(is_within(at), "{at} is not quiet, but {moment} was until {end}");
                at += Duration::MINUTE;
            }
            prop_assert!(is_within(end - Duration::NANOSECOND));
        }
    }
}
