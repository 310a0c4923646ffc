use super::{Query, chips::chips, pagination::Pagination};
use crate::{
    components::{EmptyState, Icon, ProjectCard, millis},
    form::Form,
    islands::Ticker,
    pages::search::{NoMatchReason, chip_list, count, missing, notes},
};
use guildhall::project::{Listing, SearchReport, Summary};
use leptos::{either::Either, prelude::*};
use time::OffsetDateTime;

/// The results: their number, the applied filters, and one page of projects.
#[component]
pub(super) fn Results(listing: Listing, query: Query, form: Form) -> impl IntoView {
    let Listing {
        projects,
        total,
        page,
        pages,
        now,
        search,
    } = listing;
    let report = search.unwrap_or_else(|| SearchReport {
        is_total_exact: true,
        ..SearchReport::default()
    });
    let chips = chips(&query, &form);
    let is_filtered = !chips.is_empty();
    let missing = missing(&query.q, &report).filter(|_| form.error("q").is_none());
    let count = count(&report, total, "project", "projects");
    let list = if projects.is_empty() {
        Either::Left(no_results(is_filtered, missing, &report))
    } else {
        Either::Right(cards(projects, now))
    };
    let saving = query.saving().filter(|_| !form.is_refused()).map(|href| {
        view! { <a class="btn btn-sm btn-outline" href=href><Icon name="bell"/>"Save this search"</a> }
    });
    let notes = notes(&report, "Add a word or a filter, or choose another order.");
    view! {
        <section aria-labelledby="results">
            <div class="section-head">
                <h2 id="results" class="results-title">{count}</h2>
                {chip_list(chips, "/projects")}
                {saving}
            </div>
            {notes}
            {list}
            <p class="hint mt-6">
                <a class="link" href=query.feed()>"Atom feed of this search"</a>
                ": new projects in your feed reader."
            </p>
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

fn no_results(
    is_filtered: bool,
    missing: Option<NoMatchReason>,
    report: &SearchReport,
) -> impl IntoView + use<> {
    if is_filtered {
        let why = match missing {
            Some(missing) => missing.advice(),
            None if report.stopped_at.is_some() => {
                "No project examined so far matches. Add a word or a filter, or choose another order."
            }
            None => {
                "No open project matches all of these filters. Remove one of them, or see all open projects."
            }
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
