//! Text that people typed, beside our own words: names and titles.
//!
//! `UserText` is a `<bdi>`: it keeps the direction of its script and leaves that of our words alone. The style sheet
//! lets it break anywhere (`overflow-wrap: anywhere`), so that a long word does not widen a narrow page. Never write
//! such text without it. A block that holds nothing else may carry `dir="auto"` instead.

use leptos::prelude::*;

/// A name, a title or another text that somebody typed. It keeps the direction of its own script, and leaves that of our words beside
/// it alone. A block that holds nothing else may carry `dir="auto"` instead, which aligns it too.
#[component]
pub fn UserText(#[prop(into)] text: String) -> impl IntoView {
    view! { <bdi>{text}</bdi> }
}
