//! Times in the visitor's zone, and the time left until them.

use crate::{chrome::use_chrome, islands};
use guildhall::moment::datetime;
use leptos::prelude::*;
use time::OffsetDateTime;

/// A time with its zone, `Fri 28 Nov 2026, 17:00 CET`, or to the second for histories.
#[component]
pub fn Moment(at: OffsetDateTime, #[prop(optional)] exact: bool) -> impl IntoView {
    let zone = use_chrome().zone;
    let text = if exact { zone.exact(at) } else { zone.long(at) };
    view! { <time datetime=datetime(at)>{text}</time> }
}

/// A time with its zone and, unless that is UTC, the same time in UTC, which people in different zones can compare.
#[component]
pub fn MomentWithUtc(at: OffsetDateTime) -> impl IntoView {
    let utc = use_chrome().zone.utc_beside(at);
    let utc = utc.map(|utc| view! { " " <span class="muted">"(" {utc} ")"</span> });
    view! { <Moment at/> {utc} }
}

/// A date, `28 Nov 2026`.
#[component]
pub fn Day(at: OffsetDateTime) -> impl IntoView {
    let text = use_chrome().zone.day(at);
    view! { <time datetime=datetime(at)>{text}</time> }
}

/// The time left in the two largest units: `2 h 14 min`. The `Ticker` around it keeps it current.
#[component]
pub fn TimeLeft(deadline: OffsetDateTime) -> impl IntoView {
    view! { <islands::TimeLeft deadline_ms=millis(deadline) now_ms=millis(use_chrome().now)/> }
}

/// Milliseconds since the epoch, as in JavaScript.
#[must_use]
pub const fn millis(at: OffsetDateTime) -> i64 {
    at.unix_timestamp() * 1_000 + at.millisecond() as i64
}

/// Formats seconds in the two largest units.
pub use crate::islands::time_left;
