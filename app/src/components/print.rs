//! Content for paper only (`print-only`): the page's URL and time.
//!
//! `style/print.css` has a separate palette for paper, whatever the theme, and hides what cannot be used there.

use super::Moment;
use crate::chrome::{Chrome, use_chrome};
use leptos::prelude::*;
use time::OffsetDateTime;

/// The URL and time of a printed page. The URL is shown without its query, which may be private. An error page rendered
/// without a clock shows no time.
#[component]
pub fn PrintNote() -> impl IntoView {
    let Chrome {
        base_url,
        back,
        zone,
        now,
        outage,
        ..
    } = use_chrome();
    let path = back.split('?').next().unwrap_or_default().to_owned();
    let as_of = outage.and_then(|outage| outage.as_of).unwrap_or(now);
    let time = (as_of > OffsetDateTime::UNIX_EPOCH).then(|| {
        view! { ", as it was on " <Moment at=as_of exact=true/> " " {zone.name().to_owned()} }
    });
    view! {
        <div class="print-note print-only">
            <p><strong>"Guildhall"</strong> ", " {base_url} {path} {time}</p>
        </div>
    }
}
