//! The time left for each project in a list.

use super::{
    clock::{Clock, seconds_between},
    ready::ready,
    signals,
};
use leptos::prelude::*;

/// Keeps every [`TimeLeft`] among its children current, with one shared clock.
#[island]
pub fn Ticker(
    /// The server's clock when the page was rendered, in milliseconds since the epoch.
    now_ms: i64,
    children: Children,
) -> impl IntoView {
    provide_context(Clock::start(now_ms));
    view! { <div data-ready=ready()>{children()}</div> }
}

/// The time left, in the two largest units: `2 h 14 min`. Outside a [`Ticker`] it does not change.
#[island]
pub fn TimeLeft(
    /// In milliseconds since the epoch, as is `now_ms`.
    deadline_ms: i64,
    /// The server's clock when the page was rendered.
    now_ms: i64,
) -> impl IntoView {
    let clock = use_context::<Clock>();
    let seconds = move || {
        clock.map_or_else(
            || seconds_between(now_ms, deadline_ms),
            |clock| clock.seconds_until(deadline_ms),
        )
    };
    let class = signals::one_of(move || match seconds() {
        1..3_600 => "time-left time-soon",
        _ => "time-left",
    });
    view! {
        <span class=class data-ready=ready()>
            {signals::text(move || time_left(seconds()))}
        </span>
    }
}

/// `seconds` in the two largest units: `3 d 4 h`, `2 h 14 min`, `41 min`; with seconds in the last ten minutes, and
/// `closed` when there are none left.
#[must_use]
pub fn time_left(seconds: i64) -> String {
    let (days, hours, minutes, rest) = (
        seconds / 86_400,
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    );
    match seconds {
        ..=0 => "closed".to_owned(),
        1..60 => format!("{rest} s"),
        60..600 => format!("{minutes} min {rest:02} s"),
        600..3_600 => format!("{minutes} min"),
        3_600..86_400 => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;

    #[test]
    fn the_time_left_is_shown_in_the_two_largest_units() {
        assert_eq!(time_left(3 * DAY + 4 * HOUR + 59 * MINUTE), "3 d 4 h");
        assert_eq!(time_left(DAY), "1 d 0 h");
        assert_eq!(time_left(DAY - 1), "23 h 59 min");
        assert_eq!(time_left(2 * HOUR + 14 * MINUTE + 9), "2 h 14 min");
        assert_eq!(time_left(HOUR), "1 h 0 min");
        assert_eq!(time_left(HOUR - 1), "59 min");
        assert_eq!(time_left(10 * MINUTE), "10 min");
    }

    #[test]
    fn the_last_ten_minutes_have_seconds() {
        assert_eq!(time_left(10 * MINUTE - 1), "9 min 59 s");
        assert_eq!(time_left(9 * MINUTE + 5), "9 min 05 s");
        assert_eq!(time_left(MINUTE), "1 min 00 s");
        assert_eq!(time_left(MINUTE - 1), "59 s");
        assert_eq!(time_left(1), "1 s");
    }

    #[test]
    fn nothing_is_left_at_the_deadline_or_after_it() {
        assert_eq!(time_left(0), "closed");
        assert_eq!(time_left(-1), "closed");
        assert_eq!(time_left(i64::MIN), "closed");
        assert_eq!(time_left(seconds_between(1_000, 1_000)), "closed");
        assert_eq!(time_left(seconds_between(999, 1_000)), "1 s");
    }
}
