//! Wall-clock times in a zone, from the browser's time-zone data. They are in milliseconds since the epoch, as if the
//! clock showed UTC.

use crate::islands::clock::seconds_between;
use guildhall::field::ValueError;
use js_sys::{
    Array, Date, Function,
    Intl::{
        DateTimeFormat, DateTimeFormatOptions, DateTimeFormatPart, DateTimeFormatPartType,
        DayFormat, HourCycle, MonthFormat, NumericFormat, YearFormat,
    },
    Object, Reflect,
};
use wasm_bindgen::{JsCast, JsValue};

pub const HOUR_MS: f64 = 3_600_000.0;
pub const DAY_MS: f64 = 24.0 * HOUR_MS;
/// How far ahead a deadline may be, by the server's rule.
const MAX_AHEAD_MS: f64 = 366.0 * DAY_MS;

pub struct BrowserZone(DateTimeFormat);

impl BrowserZone {
    /// `None` if the browser does not know the zone.
    pub fn by_name(name: &str) -> Option<Self> {
        let options = DateTimeFormatOptions::new();
        options.set_time_zone(name);
        options.set_hour_cycle(HourCycle::H23);
        options.set_year(YearFormat::Numeric);
        options.set_month(MonthFormat::Numeric);
        options.set_day(DayFormat::Numeric);
        options.set_hour(NumericFormat::Numeric);
        options.set_minute(NumericFormat::Numeric);
        options.set_second(NumericFormat::Numeric);
        // `DateTimeFormat::new` would throw a JavaScript exception for an unknown zone.
        let constructor: Function =
            DateTimeFormat::new(&Array::new(), &Object::new()).constructor();
        let arguments = Array::of2(&JsValue::from_str("en-US"), &options);
        let format = Reflect::construct(&constructor, &arguments).ok()?;
        Some(Self(format.unchecked_into()))
    }

    /// The wall-clock time of this zone at an instant.
    pub fn wall_ms(&self, instant_ms: f64) -> f64 {
        use DateTimeFormatPartType::{Day, Hour, Minute, Month, Second, Year};

        let parts = self
            .0
            .format_to_parts(&Date::new(&JsValue::from_f64(instant_ms)));
        let number = |kind: DateTimeFormatPartType| {
            let part = parts
                .iter()
                .map(JsCast::unchecked_into::<DateTimeFormatPart>)
                .find(|part| part.type_() == kind);
            part.and_then(|part| String::from(part.value()).parse::<i32>().ok())
                .unwrap_or_default()
        };
        let [year, month, day, hour, minute, second] =
            [Year, Month, Day, Hour, Minute, Second].map(|kind| f64::from(number(kind)));
        Date::utc(year, month - 1.0)
            + (day - 1.0) * DAY_MS
            + hour * HOUR_MS
            + minute * HOUR_MS / 60.0
            + second * 1_000.0
    }

    /// The first and the last instant at which this zone's clocks show this time; they differ if the clocks are set
    /// back. `None` if the clocks skip this time. Assumes that every zone is less than a day from UTC, and that none
    /// changes its clocks twice within two days.
    pub fn instants_ms(&self, wall_ms: f64) -> Option<(f64, f64)> {
        let offset_near = |instant_ms: f64| self.wall_ms(instant_ms) - instant_ms;
        [wall_ms - DAY_MS, wall_ms + DAY_MS]
            .map(|near_ms| wall_ms - offset_near(near_ms))
            .into_iter()
            .filter(|&instant_ms| self.wall_ms(instant_ms) == wall_ms)
            .map(|instant_ms| (instant_ms, instant_ms))
            .reduce(|(first, last), (other, _)| (first.min(other), last.max(other)))
    }

    /// The two moments at which this zone's clocks show this time, as UTC; empty unless they show it twice.
    pub fn repeated_moments(&self, wall_ms: f64) -> Vec<String> {
        let (first_ms, last_ms) = self.instants_ms(wall_ms).unwrap_or_default();
        if first_ms < last_ms {
            [first_ms, last_ms].map(utc_clock).into()
        } else {
            Vec::new()
        }
    }

    /// Checks by the server's rules that this time can be a deadline, and returns the seconds left until then. If the
    /// clocks show it twice, `is_second` decides which moment is meant.
    pub fn seconds_until(
        &self,
        wall_ms: f64,
        is_second: Option<bool>,
        now_ms: f64,
    ) -> Result<i64, ValueError> {
        let (first_ms, last_ms) = self.instants_ms(wall_ms).ok_or(ValueError::SkippedTime)?;
        let instant_ms = match is_second {
            None if first_ms < last_ms => return Err(ValueError::DoubledTime),
            Some(true) => last_ms,
            _ => first_ms,
        };
        if instant_ms <= now_ms {
            Err(ValueError::InThePast)
        } else if instant_ms - now_ms > MAX_AHEAD_MS {
            Err(ValueError::TooFarAhead)
        } else {
            Ok(seconds_between(now_ms as i64, instant_ms as i64))
        }
    }
}

/// Parses the value of a date-time field. While the year 2026 is being typed, it is 2, 20 and 202; such years are
/// ignored.
pub fn parse(text: &str) -> Option<f64> {
    Some(Date::parse(&[text, "Z"].concat())).filter(|&wall_ms| wall_ms > 0.0)
}

/// Formats a time as the value of a date-time field: `2026-11-28T17:00`.
pub fn to_field(wall_ms: f64) -> String {
    let date = Date::new(&JsValue::from_f64(wall_ms));
    String::from(date.to_iso_string())
        .chars()
        .take("2026-11-28T17:00".len())
        .collect()
}

/// Formats the time of day in UTC: `00:30`.
fn utc_clock(ms: f64) -> String {
    to_field(ms).split_off("2026-11-28T".len())
}

/// Formats a time as the pages show it: `Sat 28 Nov 2026, 17:00`.
pub fn format_long(wall_ms: f64) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let date = Date::new(&JsValue::from_f64(wall_ms));
    let weekday = DAYS
        .get(date.get_utc_day() as usize)
        .copied()
        .unwrap_or_default();
    let month = MONTHS
        .get(date.get_utc_month() as usize)
        .copied()
        .unwrap_or_default();
    let (day, year, hour, minute) = (
        date.get_utc_date(),
        date.get_utc_full_year(),
        date.get_utc_hours(),
        date.get_utc_minutes(),
    );
    format!("{weekday} {day} {month} {year}, {hour:02}:{minute:02}")
}
