//! Tables that may be wider than the page.
//!
//! They scroll sideways in a region that has a name and that the keyboard reaches.

use leptos::prelude::*;

/// Around a table that may be wider than its place: it scrolls sideways in a region of this name, which the keyboard reaches.
#[component]
pub fn TableRegion(label: &'static str, children: Children) -> impl IntoView {
    view! { <div class="table-wrap" tabindex="0" role="region" aria-label=label>{children()}</div> }
}
