//! Marks islands that are hydrated.

use super::signals::{Reactive, effect};
use leptos::prelude::*;

/// The `data-ready` of an island's outermost element: "true" once hydrated, for tests and scripts that wait for it.
pub fn ready() -> Reactive<Option<&'static str>> {
    let is_ready = RwSignal::new(false);
    effect(move || is_ready.set(true));
    Box::new(move || is_ready.get().then_some("true"))
}
