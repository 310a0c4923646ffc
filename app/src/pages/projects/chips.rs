use super::Query;
use crate::{
    components::{Icon, UserText},
    form::Form,
};
use guildhall::project::Category;
use leptos::prelude::*;

/// An applied filter, with a link that removes it.
pub(super) struct Chip {
    name: &'static str,
    words: String,
}

/// The applied filters, without refused ones. The order is not a filter.
pub(super) fn chips(query: &Query, form: &Form) -> Vec<Chip> {
    query
        .pairs()
        .into_iter()
        .filter(|(name, _)| form.error(name).is_none())
        .filter_map(|(name, value)| {
            let words = match name {
                "q" => format!("“{value}”"),
                "category" => value.parse::<Category>().ok()?.label().to_owned(),
                "currency" => value.to_owned(),
                "budget_from" => format!("From {value}"),
                "budget_to" => format!("Up to {value}"),
                _ => return None,
            };
            Some(Chip { name, words })
        })
        .collect()
}

/// The chips as a list; empty without filters.
pub(super) fn chip_list(chips: Vec<Chip>, query: &Query) -> impl IntoView + use<> {
    (!chips.is_empty()).then(|| {
        let items = chips
            .into_iter()
            .map(|chip| {
                view! {
                    <li>
                        <a class="chip" href=query.url_without(chip.name)>
                            <span class="sr-only">"Remove filter: "</span>
                            <UserText text=chip.words/>
                            <Icon name="x"/>
                        </a>
                    </li>
                }
            })
            .collect_view();
        view! {
            <ul class="chips" aria-label="Active filters">
                {items}
                <li><a class="link small" href="/projects">"Clear all"</a></li>
            </ul>
        }
    })
}
