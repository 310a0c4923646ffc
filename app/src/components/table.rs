//! Tables that may be wider than the page.

use leptos::prelude::*;

/// Wraps a table that may be too wide: it scrolls sideways in a region with this name, which can be focused with the
/// keyboard.
#[component]
pub fn TableRegion(#[prop(into)] label: String, children: Children) -> impl IntoView {
    view! { <div class="table-wrap" tabindex="0" role="region" aria-label=label>{children()}</div> }
}
