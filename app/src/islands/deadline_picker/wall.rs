//! The wall clock of a zone, as far as the browser knows it. A wall-clock time is told in milliseconds as if it were UTC.

use crate::islands::{
    dom::{property, text},
    ticker::seconds_between,
};
use guildhall::field::Problem;
use js_sys::{Array, Date, Function, Intl::DateTimeFormat, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

pub const HOUR_MS: f64 = 3_600_000.0;
pub const DAY_MS: f64 = 24.0 * HOUR_MS;
/// The server's rule: a deadline is this far ahead at most.
const FARTHEST_MS: f64 = 366.0 * DAY_MS;

pub struct Zone(DateTimeFormat);

impl Zone {
    /// `None` when the browser doesn't know it.
    pub fn named(name: &str) -> Option<Self> {
        let options = Object::new();
        let set = |option: &str, value: &str| {
            Reflect::set(
                &options,
                &JsValue::from_str(option),
                &JsValue::from_str(value),
            )
            .ok()
        };
        set("timeZone", name)?;
        set("hourCycle", "h23")?;
        for field in ["year", "month", "day", "hour", "minute", "second"] {
            set(field, "numeric")?;
        }
        // The typed constructor can't tell of an unknown zone: it throws past Rust.
        let constructor: Function =
            property(&property(&js_sys::global(), "Intl"), "DateTimeFormat")
                .dyn_into()
                .ok()?;
        let format = Reflect::construct(
            &constructor,
            &Array::of2(&JsValue::from_str("en-US"), &options),
        )
        .ok()?;
        Some(Self(format.unchecked_into()))
    }

    /// What this zone's clocks show at an instant.
    pub fn wall_ms(&self, instant_ms: f64) -> f64 {
        let parts = self
            .0
            .format_to_parts(&Date::new(&JsValue::from_f64(instant_ms)));
        let number = |name: &str| {
            let part = parts
                .iter()
                .find(|part| text(part, "type").as_deref() == Some(name));
            part.and_then(|part| text(&part, "value"))
                .and_then(|value| value.parse::<i32>().ok())
                .unwrap_or_default()
        };
        let [year, month, day, hour, minute, second] =
            ["year", "month", "day", "hour", "minute", "second"]
                .map(|name| f64::from(number(name)));
        Date::utc(year, month - 1.0)
            + (day - 1.0) * DAY_MS
            + hour * HOUR_MS
            + minute * HOUR_MS / 60.0
            + second * 1_000.0
    }

    /// When this zone's clocks show that time: the first and the last of the moments, which differ where clocks are set back, and
    /// `None` for an hour they skip. No zone is a day away from UTC, and none changes its clocks twice in two days.
    pub fn instants_ms(&self, wall_ms: f64) -> Option<(f64, f64)> {
        let offset_near = |instant_ms: f64| self.wall_ms(instant_ms) - instant_ms;
        [wall_ms - DAY_MS, wall_ms + DAY_MS]
            .map(|near_ms| wall_ms - offset_near(near_ms))
            .into_iter()
            .filter(|&instant_ms| self.wall_ms(instant_ms) == wall_ms)
            .map(|instant_ms| (instant_ms, instant_ms))
            .reduce(|(first, last), (other, _)| (first.min(other), last.max(other)))
    }

    /// The seconds left until that time if it can be a deadline, by the server's rules. Where clocks show it twice, the second is
    /// meant if `is_second` says so.
    pub fn checked(
        &self,
        wall_ms: f64,
        is_second: Option<bool>,
        now_ms: f64,
    ) -> Result<i64, Problem> {
        let (first_ms, last_ms) = self.instants_ms(wall_ms).ok_or(Problem::SkippedTime)?;
        let instant_ms = match is_second {
            None if first_ms < last_ms => return Err(Problem::DoubledTime),
            Some(true) => last_ms,
            _ => first_ms,
        };
        if instant_ms <= now_ms {
            Err(Problem::InThePast)
        } else if instant_ms - now_ms > FARTHEST_MS {
            Err(Problem::TooFarAhead)
        } else {
            Ok(seconds_between(now_ms, instant_ms))
        }
    }
}

/// What a date-time field holds, or nothing. A year that is being typed is 2, 20 and 202 first, and no deadline yet.
pub fn parse(text: &str) -> Option<f64> {
    Some(Date::parse(&[text, "Z"].concat())).filter(|&wall_ms| wall_ms > 0.0)
}

/// As a date-time field holds it: `2026-11-28T17:00`.
pub fn to_field(wall_ms: f64) -> String {
    let date = Date::new(&JsValue::from_f64(wall_ms));
    String::from(date.to_iso_string())
        .chars()
        .take("2026-11-28T17:00".len())
        .collect()
}

/// As the pages show it: `Sat 28 Nov 2026, 17:00`.
pub fn in_words(wall_ms: f64) -> String {
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
