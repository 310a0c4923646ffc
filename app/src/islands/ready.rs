//! Marks islands that are hydrated.

use super::signals::{Following, effect};
use leptos::prelude::*;

/// "true" once the island is hydrated: `data-ready` on its outermost element, for tests and others that must wait for it.
pub fn ready() -> Following<Option<&'static str>> {
    let is_ready = RwSignal::new(false);
    effect(move || is_ready.set(true));
    Box::new(move || is_ready.get().then_some("true"))
}
