//! The time left until one deadline, ticking by the server's clock.

use super::ticker::seconds_between;
use leptos::{html, prelude::*};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A countdown to the second. Screen readers hear of it at thresholds only.
#[island]
pub fn Countdown(
    /// In milliseconds since the epoch, as is `now_ms`.
    deadline_ms: f64,
    /// The server's clock when the page was made.
    now_ms: f64,
    large: bool,
    /// Whether the page is asked for once more when the time is over.
    #[prop(optional)]
    reload: Option<bool>,
) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    let left = RwSignal::new(seconds_between(now_ms, deadline_ms));
    let said = RwSignal::new("");
    #[cfg(feature = "hydrate")]
    super::dom::on_wake(root, move |_| {
        super::dom::each_second(now_ms, move |now_ms| {
            let (before, now) = (
                left.get_untracked(),
                seconds_between(now_ms, deadline_ms).max(0),
            );
            if now == before {
                return;
            }
            left.set(now);
            if let Some(words) = announcement(before, now) {
                said.set(words);
            }
            if now == 0 && reload.unwrap_or_default() {
                super::dom::reload_once(deadline_ms);
            }
        });
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = (reload, announcement);
    view! {
        <div node_ref=root>
            <p class=move || class(left.get(), large) role="timer" aria-label="Time left">
                {move || {
                    parts(left.get())
                        .into_iter()
                        .map(|(number, unit)| {
                            view! {
                                <span class="timer-part">
                                    <span class="timer-num">{number}</span>
                                    " "
                                    <span class="timer-unit">{unit}</span>
                                </span>
                                " "
                            }
                        })
                        .collect_view()
                }}
            </p>
            <p class="sr-only" aria-live="polite">{said}</p>
        </div>
    }
}

/// The three largest units that are not empty, as figures and their units.
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

fn class(seconds: i64, large: bool) -> &'static str {
    match (seconds, large) {
        (..=0, false) => "timer timer-done",
        (..=0, true) => "timer timer-lg timer-done",
        (1..HOUR, false) => "timer timer-soon",
        (1..HOUR, true) => "timer timer-lg timer-soon",
        (_, false) => "timer",
        (_, true) => "timer timer-lg",
    }
}

/// What is said aloud between two looks at the clock: the last threshold that was crossed.
fn announcement(before: i64, now: i64) -> Option<&'static str> {
    [
        (0, "The deadline has passed."),
        (MINUTE, "1 minute left."),
        (10 * MINUTE, "10 minutes left."),
    ]
    .into_iter()
    .find(|&(threshold, _)| before > threshold && now <= threshold)
    .map(|(_, words)| words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(seconds: i64) -> String {
        let parts: Vec<_> = parts(seconds)
            .into_iter()
            .map(|(number, unit)| format!("{number} {unit}"))
            .collect();
        parts.join(" ")
    }

    #[test]
    fn the_three_largest_units_are_shown() {
        assert_eq!(
            read(3 * DAY + HOUR + 2 * MINUTE + 9),
            "3 days 01 hour 02 min"
        );
        assert_eq!(read(2 * HOUR + 14 * MINUTE + 9), "02 hours 14 min 09 sec");
        assert_eq!(read(14 * MINUTE), "14 min 00 sec");
        assert_eq!(read(1), "00 min 01 sec");
        assert_eq!(read(0).trim(), "Closed");
    }

    #[test]
    fn each_threshold_is_said_once_and_the_last_one_after_a_pause() {
        assert_eq!(announcement(601, 600), Some("10 minutes left."));
        assert_eq!(announcement(600, 599), None);
        assert_eq!(announcement(61, 60), Some("1 minute left."));
        assert_eq!(announcement(700, 30), Some("1 minute left."));
        assert_eq!(announcement(700, 0), Some("The deadline has passed."));
        assert_eq!(announcement(0, 0), None);
    }
}
