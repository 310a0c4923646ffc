//! Announcements to screen readers.

use leptos::prelude::*;

#[cfg(feature = "hydrate")]
thread_local! {
    /// The text of the page's one live region.
    static REGION: std::cell::Cell<Option<RwSignal<Option<String>>>> = const { std::cell::Cell::new(None) };
}

/// The live region. A page has only one, because two would talk over each other.
#[component]
pub fn Announcements() -> impl IntoView {
    let text = RwSignal::new(None);
    #[cfg(feature = "hydrate")]
    REGION.set(Some(text));
    view! {
        <p class="sr-only" aria-live="polite" data-said>
            {super::signals::text(move || text.get().unwrap_or_default())}
        </p>
    }
}

/// Announces a message politely, if the page has a live region. A message that soon follows another is appended to it,
/// because the listener has not heard the first one yet. Does nothing on the server.
#[cfg(not(feature = "hydrate"))]
pub fn announce(_: &str) {}

#[cfg(feature = "hydrate")]
pub fn announce(message: &str) {
    use std::cell::Cell;

    const SOON_MS: f64 = 1_500.0;
    const MAX_BYTES: usize = 400;
    thread_local! {
        static ANNOUNCED_AT_MS: Cell<f64> = const { Cell::new(f64::NEG_INFINITY) };
    }
    let Some(region) = REGION.get() else {
        return;
    };
    let now_ms = window().performance().map_or(0.0, |clock| clock.now());
    let is_soon = now_ms - ANNOUNCED_AT_MS.replace(now_ms) < SOON_MS;
    let before = region.get_untracked().unwrap_or_default();
    let is_appended = is_soon && !before.is_empty() && before.len() < MAX_BYTES;
    region.set(Some(if is_appended {
        [&before, " ", message].concat()
    } else {
        message.to_owned()
    }));
}
