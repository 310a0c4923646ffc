use crate::components::{Icon, UserText};
use leptos::prelude::*;

/// An applied filter, with the list's URL without it.
pub(in crate::pages) struct Chip {
    pub text: String,
    pub url_without: String,
}

/// The chips as a list, with a link to the whole list; empty without filters.
pub(in crate::pages) fn chip_list(chips: Vec<Chip>, all: &'static str) -> impl IntoView + use<> {
    (!chips.is_empty()).then(|| {
        let items = chips
            .into_iter()
            .map(|chip| {
                view! {
                    <li>
                        <a class="chip" href=chip.url_without>
                            <span class="sr-only">"Remove filter: "</span>
                            <UserText text=chip.text/>
                            <Icon name="x"/>
                        </a>
                    </li>
                }
            })
            .collect_view();
        view! {
            <ul class="chips" aria-label="Active filters">
                {items}
                <li><a class="link link-alone small" href=all>"Clear all"</a></li>
            </ul>
        }
    })
}
