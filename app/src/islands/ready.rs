//! Marks islands that are hydrated.

use super::signals::{Following, effect};
use leptos::prelude::*;

/// The `data-ready` of an island's outermost element: "true" once hydrated, for tests and scripts that wait for it.
pub fn ready() -> Following<Option<&'static str>> {
    let is_ready = RwSignal::new(false);
    effect(move || is_ready.set(true));
    Box::new(move || is_ready.get().then_some("true"))
}
