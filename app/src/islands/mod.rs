//! The only code that hydrates. The page works before it wakes: every form posts without it, every time is there.

mod bid_form;
mod countdown;
mod deadline_picker;
mod theme_switch;
mod ticker;

#[cfg(feature = "hydrate")]
mod dom;

pub use bid_form::BidForm;
pub use countdown::Countdown;
pub use deadline_picker::DeadlinePicker;
pub use theme_switch::ThemeSwitch;
pub use ticker::{Ticker, time_left};

use leptos::prelude::*;

/// An icon of these strokes. The server's own icons are no part of the WASM, so an island names the few that it draws.
fn icon(strokes: &'static str) -> impl IntoView {
    view! {
        <svg
            class="icon"
            viewBox="0 0 20 20"
            fill="none"
            stroke="currentColor"
            stroke-width="1.8"
            aria-hidden="true"
            focusable="false"
            inner_html=strokes
        ></svg>
    }
}
