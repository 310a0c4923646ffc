//! The time left until one deadline, ticking by the server's clock.

#[cfg(feature = "ssr")]
use super::ticker::seconds_between;
use leptos::{html, prelude::*};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How many units are shown at once, at most.
const PARTS: usize = 3;

/// A countdown to the second. Screen readers hear of it at thresholds only.
#[cfg(feature = "ssr")]
#[component]
pub fn Countdown(
    /// In milliseconds since the epoch, as is `now_ms`.
    deadline_ms: f64,
    /// The server's clock when the page was made.
    now_ms: f64,
    large: bool,
    /// Whether the page has another place where words are said aloud.
    #[prop(optional)]
    is_said_elsewhere: bool,
) -> impl IntoView {
    let seconds = seconds_between(now_ms, deadline_ms);
    let state = state(seconds);
    let class = [
        "timer",
        if large { " timer-lg" } else { "" },
        if state.is_empty() { "" } else { " " },
        state,
    ]
    .concat();
    let mut parts = parts(seconds).into_iter();
    let parts: Vec<_> = (0..PARTS)
        .map(|_| {
            let part = parts.next();
            let hidden = part.is_none();
            let (number, unit) = part.unwrap_or_default();
            view! {
                <span class="timer-part" hidden=hidden>
                    <span class="timer-num">{number}</span>
                    " "
                    <span class="timer-unit">{unit}</span>
                </span>
                " "
            }
        })
        .collect();
    view! {
        <CountdownIsland>
            <p
                class=class
                role="timer"
                aria-label="Time left"
                data-now-ms=now_ms.to_string()
                data-closes-ms=deadline_ms.to_string()
            >
                {parts}
            </p>
            {(!is_said_elsewhere).then(|| view! { <p class="sr-only" aria-live="polite" data-said></p> })}
        </CountdownIsland>
    }
}

#[island]
fn CountdownIsland(children: Children) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    #[cfg(feature = "hydrate")]
    super::dom::on_wake(root, browser::wake);
    view! { <div node_ref=root>{children()}</div> }
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

/// The class for how soon it is.
const fn state(seconds: i64) -> &'static str {
    match seconds {
        ..=0 => "timer-done",
        1..HOUR => "timer-soon",
        _ => "",
    }
}

/// What is said aloud between two looks at the clock: the last threshold that was crossed.
#[cfg(any(feature = "hydrate", test))]
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

#[cfg(feature = "hydrate")]
mod browser {
    use super::{PARTS, announcement, parts, state};
    use crate::islands::{
        clock,
        dom::{all, find, number, say},
        ticker::seconds_between,
    };
    use std::cell::Cell;
    use web_sys::{Element, HtmlElement};

    pub fn wake(root: &HtmlElement) {
        let Some(timer) = find::<HtmlElement>(root, "[role=timer]") else {
            return;
        };
        let Some(deadline_ms) = number(&timer, "data-closes-ms") else {
            return;
        };
        let before = Cell::new(None);
        clock::each_second(root, move |now_ms| {
            let seconds = seconds_between(now_ms, deadline_ms).max(0);
            let before = before.replace(Some(seconds)).unwrap_or(seconds);
            show(&timer, seconds);
            // One that was taken off the page has nothing more to say: the result is there.
            if let Some(words) = announcement(before, seconds).filter(|_| timer.is_connected()) {
                say(words);
            }
        });
    }

    fn show(timer: &HtmlElement, seconds: i64) {
        for class in ["timer-soon", "timer-done"] {
            let _ = timer
                .class_list()
                .toggle_with_force(class, state(seconds) == class);
        }
        let mut parts = parts(seconds).into_iter();
        for place in all::<HtmlElement>(timer, ".timer-part").take(PARTS) {
            let part = parts.next();
            place.set_hidden(part.is_none());
            let (number, unit) = part.unwrap_or_default();
            for (name, words) in [(".timer-num", number.as_str()), (".timer-unit", unit)] {
                if let Some(element) = find::<Element>(&place, name) {
                    element.set_text_content(Some(words));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(seconds: i64) -> String {
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
