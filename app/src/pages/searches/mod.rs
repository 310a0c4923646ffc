//! The viewer's saved searches, and the forms that save and change one.

mod change;
mod new;

pub use change::ChangeSearch;
pub use new::SaveSearch;

use super::Page;
use crate::{
    components::{Card, EmptyState, Moment, RadioCards, TextField, UserText},
    form::Form,
};
use guildhall::saved_search::{Frequency, SavedFilter, SavedSearch};
use leptos::{either::Either, prelude::*};

/// The viewer's saved searches, by name.
#[derive(Debug, Clone)]
pub struct SavedSearches {
    pub searches: Vec<SavedSearch>,
}

impl Page for SavedSearches {
    fn title(&self) -> String {
        "Saved searches".to_owned()
    }

    fn description(&self) -> String {
        "Your saved searches on Guildhall, and how often you are told of new projects that fit."
            .to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let content = if self.searches.is_empty() {
            Either::Left(none())
        } else {
            let rows = self.searches.into_iter().map(row).collect_view();
            Either::Right(view! { <ul>{rows}</ul> })
        };
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head page-head-row mb-0">
                        <div>
                            <h1>"Saved searches"</h1>
                            <p class="muted">
                                "We tell you of new projects that fit. "
                                <a class="link" href="/account/notices">"Choose your notifications"</a>
                            </p>
                        </div>
                        <a class="btn btn-primary" href="/projects">"Search projects"</a>
                    </header>
                    {content}
                </div>
            </div>
        }
        .into_any()
    }
}

fn row(search: SavedSearch) -> impl IntoView {
    let path = format!("/account/searches/{}", search.id.0);
    let delete = format!("{path}/delete");
    let told = match (search.told_at, search.next_digest_at) {
        (Some(at), _) => view! { "Last told " <Moment at/> }.into_any(),
        (None, Some(at)) => {
            view! { "Next update " <Moment at/> ", if there are matches" }.into_any()
        }
        (None, None) => "Nothing new yet".into_any(),
    };
    let which = view! { <span class="sr-only">" " <UserText text=search.name.clone()/></span> };
    let which_to_delete =
        view! { <span class="sr-only">" " <UserText text=search.name.clone()/></span> };
    view! {
        <li class="saved-search">
            <div class="stack stack-sm">
                <h2 class="saved-search-name">
                    <a class="link" href=search.filter.path(None)><UserText text=search.name/></a>
                </h2>
                {filters(&search.filter)}
                <p class="small muted">
                    <span class="badge">{search.frequency.label()}</span>
                    " "
                    {told}
                </p>
            </div>
            <div class="actions">
                <a class="btn btn-sm btn-outline" href=path>"Change" {which}</a>
                <form method="post" action=delete>
                    <button class="btn btn-sm btn-outline" type="submit">"Delete" {which_to_delete}</button>
                </form>
            </div>
        </li>
    }
}

/// The filters of a search.
fn filters(filter: &SavedFilter) -> impl IntoView + use<> {
    let items = filter.in_words().into_iter().map(|text| {
        view! { <li class="tag"><UserText text/></li> }
    });
    view! { <ul class="tags" aria-label="Filters">{items.collect_view()}</ul> }
}

/// The choice of how often the viewer is told.
fn frequencies() -> Vec<Card> {
    let cards = Frequency::ALL.map(|frequency| Card {
        value: frequency.name(),
        title: frequency.label(),
        description: match frequency {
            Frequency::AtOnce => "As soon as a project that fits is posted.",
            Frequency::Daily => "Every morning at 7, if anything fits.",
            Frequency::Weekly => "On Mondays at 7, if anything fits.",
        },
    });
    cards.to_vec()
}

/// The name and the frequency, which both forms have.
#[component]
fn SearchFields(form: Form) -> impl IntoView {
    view! {
        <TextField
            name="name"
            label="Name"
            help="What the notifications call it. Only you see it."
            autocomplete="off"
            form=form.clone()
        />
        <RadioCards
            name="frequency"
            legend="Tell me of new projects"
            help="On the site and by e-mail, as you chose for your notifications."
            cards=frequencies()
            form
        />
    }
}

fn none() -> impl IntoView {
    view! {
        <EmptyState title="No saved searches yet">
            <p>"Search the open projects or choose filters, then press “Save this search”. We tell you of new projects that fit."</p>
            <a class="btn btn-outline" href="/projects">"Search projects"</a>
        </EmptyState>
    }
}
