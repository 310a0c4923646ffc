//! What people call themselves and their things, wherever it stands beside our own words.

use leptos::prelude::*;

/// A name, a title or another text that somebody typed. It keeps the direction of its own script, and leaves that of our words beside
/// it alone. A block that holds nothing else may carry `dir="auto"` instead, which aligns it too.
#[component]
pub fn UserText(#[prop(into)] text: String) -> impl IntoView {
    view! { <bdi>{text}</bdi> }
}
