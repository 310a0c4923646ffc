//! A whole page that stays current.

use super::{Live, state::ConnectionState, texts};
use crate::islands::{
    announcer::{Announcements, announce},
    ready::ready,
    signals,
};
use guildhall::live::Lot;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What a page needs to know to stay current.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Tuple", into = "Tuple")]
pub struct LiveTerms {
    /// The path of its updates.
    pub source: String,
    /// The server's clock when the page was rendered, in milliseconds since the epoch.
    pub now_ms: i64,
    /// True if the page is about one project. It then stops updating once that project can't change any more.
    pub is_about_one: bool,
    /// Every project that the page shows.
    pub lots: Vec<Lot>,
}

/// Serialized without field names, which takes less code to parse.
type Tuple = (String, i64, bool, Vec<Lot>);

impl From<Tuple> for LiveTerms {
    fn from((source, now_ms, is_about_one, lots): Tuple) -> Self {
        Self {
            source,
            now_ms,
            is_about_one,
            lots,
        }
    }
}

impl From<LiveTerms> for Tuple {
    fn from(terms: LiveTerms) -> Self {
        (terms.source, terms.now_ms, terms.is_about_one, terms.lots)
    }
}

/// Provides the state that a page's live parts share, and the live region for their announcements.
pub fn page_view(live: &Live<Lot>, terms: LiveTerms, children: Children) -> impl IntoView + use<> {
    let connection = live.connection;
    provide_context(live.clone());
    start(live.clone(), terms);
    signals::effect(move || {
        if connection.get() == ConnectionState::Over {
            announce("This page is not live any more. Reload it.");
        }
    });
    view! {
        <div data-ready=ready()>{children()} <Announcements/></div>
    }
}

#[cfg(not(feature = "hydrate"))]
fn start(_: Live<Lot>, _: LiveTerms) {}

#[cfg(feature = "hydrate")]
fn start(live: Live<Lot>, terms: LiveTerms) {
    live.follow(terms.source, terms.is_about_one);
    super::clock::every_second_since(terms.now_ms as f64, move |now_ms| {
        close(&live, now_ms as i64);
    });
}

/// Closes the projects whose deadline has passed, by a clock that is never ahead. The result follows in an update from
/// the server.
#[cfg(feature = "hydrate")]
fn close(live: &Live<Lot>, now_ms: i64) {
    for item in live.items() {
        let lot = item.now.get_untracked();
        if !lot.is_closed
            && lot
                .deadline_ms
                .is_some_and(|deadline_ms| now_ms >= deadline_ms)
        {
            item.now.set(Lot {
                is_closed: true,
                ..lot
            });
        }
    }
}

/// Shows whether the page is current, once that is known.
pub fn connection_view(live: &Live<Lot>) -> impl IntoView + use<> {
    let connection = live.connection;
    let state = move || connection.get();
    let class = signals::one_of(move || match state() {
        ConnectionState::Unknown | ConnectionState::Live => "live-mark",
        ConnectionState::Lost | ConnectionState::Over => "live-mark live-mark-off",
    });
    let text = signals::text(move || {
        let text = match state() {
            ConnectionState::Unknown => "",
            ConnectionState::Live => "Live",
            ConnectionState::Lost => "Reconnecting …",
            ConnectionState::Over => "Not live any more: ",
        };
        text.to_owned()
    });
    let reload = signals::text(move || {
        let text = match state() {
            ConnectionState::Over => "reload the page",
            _ => "",
        };
        text.to_owned()
    });
    view! {
        <span class=class hidden=signals::flag(move || state() == ConnectionState::Unknown) data-ready=ready()>
            {text}
            <a class="link" href="" hidden=signals::flag(move || state() != ConnectionState::Over)>
                {reload}
            </a>
        </span>
    }
}

/// A link that loads the page in its new order. Until then, the rows keep their places.
pub fn moved_view(live: Live<Lot>, shown: String) -> impl IntoView {
    let text = move || {
        let place = |lot: &Lot| {
            if shown.is_empty() {
                lot.section()
            } else {
                lot.part()
            }
        };
        let moved = live
            .items()
            .iter()
            .filter(|item| place(&item.now.get()) != place(&item.shown));
        // If only one tab is shown, projects in other tabs don't count.
        let is_shown = |lot: &Lot| shown.is_empty() || shown == lot.part();
        texts::moved(moved.count() + live.count_others(is_shown))
    };
    let has_not_moved = text.clone();
    view! {
        <a
            class="link"
            href=""
            data-live="moved"
            hidden=signals::flag(move || has_not_moved().is_empty())
            data-ready=ready()
        >
            {signals::text(text)}
        </a>
    }
}
