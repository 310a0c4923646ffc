//! A button that copies a text.

use super::{ready::ready, signals};
use leptos::prelude::*;

/// Copies `text` to the clipboard. Hidden without JavaScript, and over plain HTTP, where browsers do not let pages
/// copy.
#[island(lazy)]
pub fn CopyButton(
    text: String,
    /// The button's label.
    label: String,
) -> impl IntoView {
    let may_copy = RwSignal::new(false);
    let is_copied = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    signals::effect(move || may_copy.set(window().is_secure_context()));
    view! {
        <div class="row" hidden=signals::flag(move || !may_copy.get()) data-ready=ready()>
            <button
                class="btn btn-sm btn-outline"
                type="button"
                on:click=move |_| copy(text.clone(), is_copied)
            >
                {label}
            </button>
            <span role="status">
                {signals::text(move || if is_copied.get() { "Copied." } else { "" }.to_owned())}
            </span>
        </div>
    }
}

#[cfg(not(feature = "hydrate"))]
fn copy(_: String, _: RwSignal<bool>) {}

#[cfg(feature = "hydrate")]
fn copy(text: String, is_copied: RwSignal<bool>) {
    use wasm_bindgen_futures::JsFuture;

    leptos::task::spawn_local(async move {
        let written = window().navigator().clipboard().write_text(&text);
        is_copied.set(JsFuture::from(written).await.is_ok());
    });
}
