use super::{
    Query,
    chips::{chip_list, chips},
    pagination::Pagination,
};
use crate::{
    components::{EmptyState, ProjectCard, UserText, millis},
    form::Form,
    islands::Ticker,
};
use guildhall::project::{Listing, MOST_EXAMINED, MOST_TERMS, SearchReport, Summary, Words};
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
    let narrowed = !chips.is_empty();
    let missing = match &query.q {
        q if q.is_empty() || form.error("q").is_some() || report.has_term => None,
        q if Words::parse(q).is_empty() => Some(Missing::Word),
        _ => Some(Missing::UncommonWord),
    };
    let count = match total {
        0 if report.stopped_at.is_some() => "No matches so far".to_owned(),
        1 if report.is_total_exact => "1 project".to_owned(),
        _ if report.is_total_exact => format!("{total} projects"),
        1 => "At least 1 project".to_owned(),
        _ => format!("At least {total} projects"),
    };
    let list = if projects.is_empty() {
        Either::Left(nothing_found(narrowed, missing, &report))
    } else {
        Either::Right(cards(projects, now))
    };
    let notes = notes(&report);
    view! {
        <section aria-labelledby="results">
            <div class="section-head">
                <h2 id="results" class="results-title">{count}</h2>
                {chip_list(chips, &query)}
            </div>
            {notes}
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

/// Why a search found nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Word,
    /// Nearly every project contains all of the words.
    UncommonWord,
}

/// Which words were ignored, and where the search stopped early.
fn notes(report: &SearchReport) -> impl IntoView + use<> {
    let stop_words = (report.has_term && !report.stop_words.is_empty()).then(|| {
        note(
            "Ignored, because almost every project contains them: ",
            quoted(&report.stop_words),
        )
    });
    let beyond = (!report.beyond.is_empty()).then(|| {
        note(
            &format!("A search uses the first {MOST_TERMS} words and phrases. Ignored: "),
            quoted(&report.beyond),
        )
    });
    let stopped = report.stopped_at.map(|_| {
        note(
            &format!(
                "This search stopped after {MOST_EXAMINED} projects, so there may be more matches. Add a word or a filter, or choose another order."
            ),
            String::new(),
        )
    });
    view! {
        {stop_words}
        {beyond}
        {stopped}
    }
}

fn note(text: &str, words: String) -> impl IntoView + use<> {
    view! { <p class="small muted mb-4">{text.to_owned()}<UserText text=words/></p> }
}

fn quoted(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("“{word}”")).collect();
    quoted.join(", ")
}

fn nothing_found(
    narrowed: bool,
    missing: Option<Missing>,
    report: &SearchReport,
) -> impl IntoView + use<> {
    if narrowed {
        let why = match missing {
            Some(Missing::Word) => {
                "Your search has no word in it. Type a word such as bakery, or remove the search."
            }
            Some(Missing::UncommonWord) => {
                "Almost every project contains these words, so the search ignores them. Type a more specific word, such as bakery, or remove the search."
            }
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
