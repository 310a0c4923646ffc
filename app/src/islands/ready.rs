//! Islands say when they are hydrated.

use leptos::prelude::*;

/// "true" once the island is hydrated: `data-ready` on its outermost element, for whoever must not act before, such as tests.
pub fn ready() -> Signal<Option<&'static str>> {
    let is_ready = RwSignal::new(false);
    Effect::new(move |_| is_ready.set(true));
    Signal::derive(move || is_ready.get().then_some("true"))
}
