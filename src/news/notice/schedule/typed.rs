//! A schedule as it is chosen in its form.

use super::MailSchedule;
use crate::{
    Error, Result,
    field::{Check, ValueError},
    moment::{DailyInterval, TimeOfDay, Zone},
    saved_search::DigestTime,
};
use std::str::FromStr;
use time::Weekday;

/// The fields of a schedule as they were typed and chosen.
#[derive(Debug, Clone, Copy, Default)]
pub struct TypedSchedule<'a> {
    pub zone: &'a str,
    pub quiet_from: &'a str,
    pub quiet_until: &'a str,
    pub frequency: &'a str,
    pub digest_hour: &'a str,
    pub digest_day: &'a str,
}

fn hour(text: &str) -> Result<i8, ValueError> {
    let hour = text.parse().ok().filter(|hour| (0..24).contains(hour));
    hour.ok_or(ValueError::NotAChoice)
}

/// The days of the week, in the order of the choice.
pub const DAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

fn day(text: &str) -> Result<Weekday, ValueError> {
    text.parse().map_err(|_| ValueError::NotAChoice)
}

impl MailSchedule {
    /// Parses the fields of the form; two empty times mean no quiet hours.
    ///
    /// # Errors
    /// `Invalid` for `time_zone`, `quiet_from`, `quiet_until`, `how_often`, `digest_time` or `digest_day`.
    pub fn parse(typed: &TypedSchedule<'_>) -> Result<Self> {
        let mut check = Check::default();
        let zone = check.take("time_zone", Zone::by_name(typed.zone));
        let is_empty = typed.quiet_from.trim().is_empty() && typed.quiet_until.trim().is_empty();
        let mut quiet = None;
        if !is_empty {
            let from = check.take("quiet_from", TimeOfDay::from_str(typed.quiet_from));
            let until = check.take("quiet_until", TimeOfDay::from_str(typed.quiet_until));
            if let Some((from, until)) = from.zip(until) {
                let interval = DailyInterval::new(from, until).ok_or(ValueError::WholeDay);
                quiet = check.take("quiet_until", interval);
            }
        }
        let frequency = check.take("how_often", typed.frequency.parse());
        let hour = check.take("digest_time", hour(typed.digest_hour));
        let day = check.take("digest_day", day(typed.digest_day));
        check.finish()?;
        let parsed = zone.zip(frequency).zip(hour.zip(day));
        let ((zone, frequency), (hour, day)) =
            parsed.ok_or_else(|| Error::unexpected("a field was neither read nor refused"))?;
        Ok(Self {
            zone,
            quiet,
            frequency,
            digest: DigestTime { hour, day },
        })
    }
}
