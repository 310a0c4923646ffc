//! Keeps the times left of a list current.

use leptos::{html, prelude::*};

/// Server markup in which every `[data-deadline]` (milliseconds since the epoch) says how much time is left.
#[cfg(feature = "ssr")]
#[component]
pub fn Ticker(
    /// The server's clock when the page was made, in milliseconds since the epoch.
    now_ms: f64,
    children: Children,
) -> impl IntoView {
    view! {
        <TickerIsland>
            <div data-now-ms=now_ms.to_string()>{children()}</div>
        </TickerIsland>
    }
}

#[island]
fn TickerIsland(children: Children) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    #[cfg(feature = "hydrate")]
    super::dom::on_wake(root, wake);
    view! { <div node_ref=root>{children()}</div> }
}

#[cfg(feature = "hydrate")]
fn wake(root: &web_sys::HtmlElement) {
    use super::dom::{all, number};

    let root = root.clone();
    super::clock::each_second(&root.clone(), move |now_ms| {
        for time in all::<web_sys::Element>(&root, "[data-deadline]") {
            let Some(deadline_ms) = number(&time, "data-deadline") else {
                continue;
            };
            let seconds = seconds_between(now_ms, deadline_ms);
            let words = time_left(seconds);
            // Most seconds change nothing, and what does not change costs the browser no layout.
            if time.text_content().as_deref() != Some(&words) {
                time.set_text_content(Some(&words));
                let _ = time
                    .class_list()
                    .toggle_with_force("time-soon", (1..3_600).contains(&seconds));
                if seconds <= 0 {
                    close(&time);
                }
            }
        }
    });
}

/// What can be done as long as bids are taken goes from the row.
#[cfg(feature = "hydrate")]
fn close(time: &web_sys::Element) {
    let row = time.closest("[data-project]").ok().flatten();
    for gone in row
        .iter()
        .flat_map(|row| super::dom::all::<web_sys::Element>(row, "[data-while-open]"))
    {
        gone.remove();
    }
}

/// The seconds until a deadline, begun ones counted: there are none left at the deadline itself and not before.
pub(super) fn seconds_between(now_ms: f64, deadline_ms: f64) -> i64 {
    ((deadline_ms - now_ms) / 1_000.0).ceil() as i64
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
    fn the_time_left_is_said_in_the_two_largest_units() {
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
        assert_eq!(time_left(seconds_between(1_000.0, 1_000.0)), "closed");
        assert_eq!(time_left(seconds_between(999.0, 1_000.0)), "1 s");
    }
}
