//! Moments in the visitor's zone, and how far away they are.

use crate::chrome::use_chrome;
use guildhall::moment::rfc3339;
use leptos::prelude::*;
use time::{Duration, OffsetDateTime};

/// A moment with its zone, `Fri 28 Nov 2026, 17:00 CET`, or to the second for histories.
#[component]
pub fn Moment(at: OffsetDateTime, #[prop(optional)] exact: bool) -> impl IntoView {
    let zone = use_chrome().zone;
    let words = if exact { zone.exact(at) } else { zone.long(at) };
    view! { <time datetime=rfc3339(at)>{words}</time> }
}

/// How much time is left, in the two largest units: `2 h 14 min`. The island around it keeps it current.
#[component]
pub fn TimeLeft(deadline: OffsetDateTime) -> impl IntoView {
    let left = deadline - use_chrome().now;
    let class = if left < Duration::HOUR { "time-left time-soon" } else { "time-left" };
    let deadline_ms = i64::try_from(deadline.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX);
    view! { <span class=class data-deadline=deadline_ms.to_string()>{time_left(left.whole_seconds())}</span> }
}

/// `seconds` in the two largest units.
pub use crate::islands::time_left;
