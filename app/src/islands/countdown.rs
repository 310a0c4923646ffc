//! The time left until one deadline, ticking by the server's clock.

use super::{announcer::Announcements, clock::Clock, ready::ready, signals};
use leptos::{html, prelude::*};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A countdown to the second. It is announced to screen readers only at thresholds.
#[island]
pub fn Countdown(
    /// In milliseconds since the epoch, like `now_ms`.
    deadline_ms: i64,
    /// The server's clock when the page was rendered.
    now_ms: i64,
    large: bool,
    /// True if another part of the page announces the time left.
    is_said_elsewhere: bool,
) -> impl IntoView {
    let clock = Clock::start(now_ms);
    let seconds = move || clock.seconds_until(deadline_ms).max(0);
    let size = if large { "timer timer-lg" } else { "timer" };
    let class = signals::text(move || match urgency_class(seconds()) {
        "" => size.to_owned(),
        urgency => [size, " ", urgency].concat(),
    });
    let timer = NodeRef::<html::P>::new();
    #[cfg(feature = "hydrate")]
    {
        let before = std::cell::Cell::new(None);
        signals::effect(move || {
            let now = seconds();
            let text = announcement(before.replace(Some(now)).unwrap_or(now), now);
            // A hidden countdown announces nothing: the page shows the result instead.
            let timer = timer.get_untracked();
            if timer.is_some_and(|timer| timer.offset_parent().is_some())
                && let Some(text) = text
            {
                super::announcer::announce(text);
            }
        });
    }
    view! {
        <div data-ready=ready()>
            <p node_ref=timer class=class role="timer" aria-label="Time left">
                {part(seconds, 0)} " " {part(seconds, 1)} " " {part(seconds, 2)} " "
            </p>
            {(!is_said_elsewhere).then(|| view! { <Announcements/> })}
        </div>
    }
}

/// The view of the unit at this index, counted from the largest; hidden if there are fewer units.
fn part(seconds: impl Fn() -> i64 + Copy + Send + Sync + 'static, index: usize) -> impl IntoView {
    let part = move || parts(seconds()).into_iter().nth(index);
    view! {
        <span class="timer-part" hidden=signals::flag(move || part().is_none())>
            <span class="timer-num">
                {signals::text(move || part().map(|(number, _)| number).unwrap_or_default())}
            </span>
            " "
            <span class="timer-unit">
                {signals::text(move || part().map(|(_, unit)| unit.to_owned()).unwrap_or_default())}
            </span>
        </span>
    }
}

/// The time left in its three largest units, each as a number and a label.
fn parts(seconds: i64) -> Vec<(String, &'static str)> {
    let (days, hours, minutes, rest) = (
        seconds / DAY,
        seconds / HOUR % 24,
        seconds / MINUTE % 60,
        seconds % MINUTE,
    );
    let two_digits = |number: i64| format!("{number:02}");
    let hours = (two_digits(hours), if hours == 1 { "hour" } else { "hours" });
    let minutes = (two_digits(minutes), "min");
    let rest = (two_digits(rest), "sec");
    match seconds {
        ..=0 => vec![("Closed".to_owned(), "")],
        1..HOUR => vec![minutes, rest],
        HOUR..DAY => vec![hours, minutes, rest],
        _ => vec![
            (days.to_string(), if days == 1 { "day" } else { "days" }),
            hours,
            minutes,
        ],
    }
}

/// The CSS class for how close the deadline is.
const fn urgency_class(seconds: i64) -> &'static str {
    match seconds {
        ..=0 => "timer-done",
        1..HOUR => "timer-soon",
        _ => "",
    }
}

/// The announcement of the last threshold that was crossed between two readings of the clock.
#[cfg(any(feature = "hydrate", test))]
fn announcement(before: i64, now: i64) -> Option<&'static str> {
    [
        (0, "The deadline has passed."),
        (MINUTE, "1 minute left."),
        (10 * MINUTE, "10 minutes left."),
    ]
    .into_iter()
    .find(|&(threshold, _)| before > threshold && now <= threshold)
    .map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many units the view can show.
    const PARTS: usize = 3;

    fn shown(seconds: i64) -> String {
        let parts: Vec<_> = parts(seconds)
            .into_iter()
            .map(|(number, unit)| format!("{number} {unit}"))
            .collect();
        assert!(parts.len() <= PARTS);
        parts.join(" ")
    }

    #[test]
    fn the_three_largest_units_are_shown() {
        assert_eq!(
            shown(3 * DAY + HOUR + 2 * MINUTE + 9),
            "3 days 01 hour 02 min"
        );
        assert_eq!(shown(2 * HOUR + 14 * MINUTE + 9), "02 hours 14 min 09 sec");
        assert_eq!(shown(14 * MINUTE), "14 min 00 sec");
        assert_eq!(shown(1), "00 min 01 sec");
        assert_eq!(shown(0).trim(), "Closed");
    }

    #[test]
    fn each_threshold_is_announced_once_and_after_a_pause_only_the_last_one() {
        assert_eq!(announcement(601, 600), Some("10 minutes left."));
        assert_eq!(announcement(600, 599), None);
        assert_eq!(announcement(61, 60), Some("1 minute left."));
        assert_eq!(announcement(700, 30), Some("1 minute left."));
        assert_eq!(announcement(700, 0), Some("The deadline has passed."));
        assert_eq!(announcement(0, 0), None);
    }
}
