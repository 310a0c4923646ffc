//! Times in the visitor's zone, and the time left until them.

use crate::chrome::use_chrome;
use guildhall::moment::rfc3339;
use leptos::prelude::*;
use time::{Duration, OffsetDateTime};

/// A time with its zone, `Fri 28 Nov 2026, 17:00 CET`, or to the second for histories.
#[component]
pub fn Moment(at: OffsetDateTime, #[prop(optional)] exact: bool) -> impl IntoView {
    let zone = use_chrome().zone;
    let words = if exact { zone.exact(at) } else { zone.long(at) };
    view! { <time datetime=rfc3339(at)>{words}</time> }
}

/// The time left in the two largest units: `2 h 14 min`. The surrounding island keeps it current.
#[component]
pub fn TimeLeft(deadline: OffsetDateTime) -> impl IntoView {
    let left = deadline - use_chrome().now;
    let class = if left < Duration::HOUR {
        "time-left time-soon"
    } else {
        "time-left"
    };
    view! { <span class=class data-deadline=millis(deadline).to_string()>{time_left(left.whole_seconds())}</span> }
}

/// Milliseconds since the epoch, as in JavaScript; exact in a double until the year 287396.
#[must_use]
pub fn millis(at: OffsetDateTime) -> f64 {
    (at.unix_timestamp_nanos() / 1_000_000) as f64
}

/// Formats seconds in the two largest units.
pub use crate::islands::time_left;
