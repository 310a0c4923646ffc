use super::{
    Query,
    chips::{chip_list, chips},
    pagination::Pagination,
};
use crate::{
    components::{EmptyState, ProjectCard, millis},
    form::Form,
    islands::Ticker,
};
use guildhall::project::{Listing, Summary, Words};
use leptos::{either::Either, prelude::*};
use time::OffsetDateTime;

/// What was found: how many, narrowed by what, and one page of it.
#[component]
pub(super) fn Results(listing: Listing, query: Query, form: Form) -> impl IntoView {
    let Listing {
        projects,
        total,
        page,
        pages,
        now,
    } = listing;
    let chips = chips(&query, &form);
    let narrowed = !chips.is_empty();
    let has_no_word =
        !query.q.is_empty() && Words::parse(&query.q).is_empty() && form.error("q").is_none();
    let count = if total == 1 {
        "1 project".to_owned()
    } else {
        format!("{total} projects")
    };
    let list = if projects.is_empty() {
        Either::Left(nothing_found(narrowed, has_no_word))
    } else {
        Either::Right(cards(projects, now))
    };
    view! {
        <section aria-labelledby="results">
            <div class="section-head">
                <h2 id="results" class="results-title">{count}</h2>
                {chip_list(chips, &query)}
            </div>
            {list}
            <Pagination query page pages/>
        </section>
    }
}

fn cards(projects: Vec<Summary>, now: OffsetDateTime) -> impl IntoView {
    let cards = projects
        .into_iter()
        .map(|project| view! { <ProjectCard project/> })
        .collect_view();
    view! {
        <Ticker now_ms=millis(now)>
            <ul class="project-list">{cards}</ul>
        </Ticker>
    }
}

fn nothing_found(narrowed: bool, has_no_word: bool) -> impl IntoView {
    if narrowed {
        let why = if has_no_word {
            "Your search has no word in it. Type a word such as bakery, or remove the search."
        } else {
            "Nothing is open with all of these filters. Remove one of them, or look at all projects that close soon."
        };
        Either::Left(view! {
            <EmptyState title="No project matches">
                <p>{why}</p>
                <a class="btn btn-primary" href="/projects">"All open projects"</a>
            </EmptyState>
        })
    } else {
        Either::Right(view! {
            <EmptyState title="No project is open">
                <p>"Every auction has ended. New ones appear here as soon as somebody posts a project."</p>
                <a class="btn btn-primary" href="/how-it-works">"How it works"</a>
            </EmptyState>
        })
    }
}
