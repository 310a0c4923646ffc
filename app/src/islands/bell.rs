//! The number of unread notices at the bell in the header.

use super::{ready::ready, signals};
use leptos::prelude::*;

/// Follows the server while the page is visible.
#[island]
pub fn Bell(
    /// The number of unread notices, as it is shown: empty for none.
    unread: String,
) -> impl IntoView {
    let unread = RwSignal::new(unread);
    follow(unread);
    let is_none = signals::flag(move || unread.with(String::is_empty));
    view! {
        <span class="bell-count" hidden=is_none data-ready=ready()>
            {signals::text(move || unread.get())}
        </span>
    }
}

#[cfg(not(feature = "hydrate"))]
fn follow(_: RwSignal<String>) {}

#[cfg(feature = "hydrate")]
fn follow(unread: RwSignal<String>) {
    super::live::Source::follow(
        "/notices/live".to_owned(),
        "unread",
        move |shown| {
            unread.set(shown.into());
            true
        },
        |_| (),
    );
}
