//! What a search reports besides its results.

use crate::components::UserText;
use guildhall::project::{MAX_EXAMINED, MAX_TERMS, SearchReport, SearchWords};
use leptos::prelude::*;

/// The number of results as a heading, with the noun for one and for several.
pub(in crate::pages) fn count(report: &SearchReport, total: i64, one: &str, many: &str) -> String {
    match total {
        0 if report.stopped_at.is_some() => "No matches so far".to_owned(),
        1 if report.is_total_exact => format!("1 {one}"),
        _ if report.is_total_exact => format!("{total} {many}"),
        1 => format!("At least 1 {one}"),
        _ => format!("At least {total} {many}"),
    }
}

/// Why a search found nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::pages) enum NoMatchReason {
    Word,
    /// Nearly every project contains all of the words.
    UncommonWord,
}

impl NoMatchReason {
    /// What to do about it.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Word => {
                "Your search has no word in it. Type a word such as bakery, or remove the search."
            }
            Self::UncommonWord => {
                "Almost every project contains these words, so the search ignores them. Type a more specific word, such as bakery, or remove the search."
            }
        }
    }
}

/// Why a search for a valid `q` can find nothing.
pub(in crate::pages) fn missing(q: &str, report: &SearchReport) -> Option<NoMatchReason> {
    match q {
        q if q.is_empty() || report.has_term => None,
        q if SearchWords::parse(q).is_empty() => Some(NoMatchReason::Word),
        _ => Some(NoMatchReason::UncommonWord),
    }
}

/// Which words were ignored, and where the search stopped early, with what to do then.
pub(in crate::pages) fn notes(
    report: &SearchReport,
    when_stopped: &'static str,
) -> impl IntoView + use<> {
    let stop_words = (report.has_term && !report.stop_words.is_empty()).then(|| {
        note(
            "Ignored, because almost every project contains them: ",
            quote_all(&report.stop_words),
        )
    });
    let beyond = (!report.beyond.is_empty()).then(|| {
        note(
            &format!("A search uses the first {MAX_TERMS} words and phrases. Ignored: "),
            quote_all(&report.beyond),
        )
    });
    let stopped = report.stopped_at.map(|_| {
        note(
            &format!(
                "This search stopped after {MAX_EXAMINED} projects, so there may be more matches. {when_stopped}"
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

fn quote_all(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("“{word}”")).collect();
    quoted.join(", ")
}
