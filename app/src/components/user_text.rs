//! Text typed by people, next to our own: names and titles.
//!
//! `UserText` is a `<bdi>`: it keeps the direction of its script and does not affect the text around it. The style
//! sheet allows it to break anywhere (`overflow-wrap: anywhere`), so that a long word does not widen a narrow page.
//! Never render such text without it. A block that holds nothing else may have `dir="auto"` instead.

use leptos::prelude::*;

/// A name, a title or other text typed by a person. It keeps the direction of its script without affecting the text
/// around it. A block that holds nothing else may have `dir="auto"` instead, which also aligns it.
#[component]
pub fn UserText(#[prop(into)] text: String) -> impl IntoView {
    view! { <bdi>{text}</bdi> }
}

/// A heading in which "e-mail" is not broken at its hyphen.
pub fn unbroken_email(heading: &'static str) -> AnyView {
    match heading.split_once("e-mail") {
        Some((before, after)) => {
            view! { {before} <span class="whitespace-nowrap">"e-mail"</span> {after} }.into_any()
        }
        None => heading.into_any(),
    }
}
