//! Every bid on the project, the latest first.

use super::{
    bid_table::{BidTable, HistoryRow, HistoryState, is_full},
    texts::{self, newer},
};
use crate::islands::{announcer::announce, ready::ready, signals};
use guildhall::{
    live::{Lot, MADE_LIMIT},
    project::ProjectId,
};
use leptos::{ev, html, prelude::*};

/// The link's text after a failed attempt. The page stays open with everything that was typed.
const NOT_LOADED: &str = "The newer bids did not load: try again";

fn total_text(made: i64) -> String {
    match made {
        MADE_LIMIT.. => ["the latest ", &MADE_LIMIT.to_string()].concat(),
        1 => "1 bid in total".to_owned(),
        _ => [&made.to_string(), " bids in total"].concat(),
    }
}

/// The heading and the table; `children` is the table as the server rendered it. The table is reloaded after each
/// change of the auction. Until then, a link says what the table lacks, so that it does not contradict the figures
/// above it. Only the table is reloaded, not the page, so nothing that was typed is lost.
pub fn view(lot: RwSignal<Lot>, next_steps: RwSignal<String>, children: Children) -> impl IntoView {
    let heading = NodeRef::<html::H2>::new();
    let currency = lot.get_untracked().currency;
    // The state that the table shows.
    let listed = RwSignal::new(lot.get_untracked());
    let fetched = RwSignal::new(Vec::new());
    let newest = RwSignal::new(0);
    let has_failed = RwSignal::new(false);
    let newer_text = move || {
        let (listed, now) = (listed.get(), lot.get());
        if has_failed.get() && texts::is_behind(&listed, &now) {
            NOT_LOADED.to_owned()
        } else {
            newer(&listed, &now)
        }
    };
    let is_due = RwSignal::new(false);
    let load = move |is_requested: bool| {
        leptos::task::spawn_local(async move {
            let answer = fetch(lot.get_untracked().id).await;
            has_failed.set(answer.is_none());
            if let Some((state, bids, html)) = answer {
                newest.set(texts::newest(&listed.get_untracked()));
                let own = own_bid(&bids);
                // A full list omits the oldest bids, and the viewer's may be one of them.
                let is_known = own.is_some() || !is_full(bids.len());
                if is_known && !lot.get_untracked().is_final() {
                    lot.update(|lot| lot.set_own(own));
                }
                next_steps.set(html);
                fetched.set(bids);
                listed.set(state);
                if is_requested && let Some(heading) = heading.get_untracked() {
                    let _ = heading.focus();
                }
            } else if is_requested {
                announce(NOT_LOADED);
            }
            is_due.set(false);
        });
    };
    follow(lot, listed, has_failed, is_due, move || load(false));
    let show_newer = move |event: ev::MouseEvent| {
        event.prevent_default();
        load(true);
    };
    let is_fetched = move || fetched.with(|fetched| !fetched.is_empty());
    view! {
        <div data-live="history" data-ready=ready()>
            <div class="section-head">
                <h2 id="bids" tabindex="-1" node_ref=heading>
                    "Bid history"
                </h2>
                <span class="count" hidden=signals::flag(move || !newer_text().is_empty())>
                    {signals::text(move || total_text(listed.get().bids_made))}
                </span>
                <a
                    class="link small"
                    href=""
                    data-live="newer"
                    hidden=signals::flag(move || newer_text().is_empty())
                    on:click=show_newer
                >
                    {signals::text(newer_text)}
                </a>
            </div>
            <p class="muted mt-3" hidden=signals::flag(move || no_bids_text(&lot.get()).is_empty())>
                {signals::text(move || no_bids_text(&lot.get()).to_owned())}
            </p>
            <img
                class="staircase"
                alt="The lowest bid over time. The table below lists the bids."
                src=signals::text(move || picture_url(&listed.get()))
            />
            <div hidden=signals::flag(is_fetched)>{children()}</div>
            <div hidden=signals::flag(move || !is_fetched())>
                <BidTable bids=fetched newest currency/>
            </div>
        </div>
    }
}

/// The viewer's active bid: its bidder's number, and its amount in minor units.
fn own_bid(bids: &[HistoryRow]) -> Option<(i32, i64)> {
    let is_active =
        |bid: &HistoryRow| matches!(bid.state, HistoryState::Lowest | HistoryState::Live);
    let own = bids.iter().find(|bid| bid.is_own && is_active(bid))?;
    Some((own.number, own.minor))
}

/// The URL of the picture of these bids. It changes with the bids and when the auction ends, so that the browser
/// loads it again.
fn picture_url(lot: &Lot) -> String {
    let (id, newest) = (lot.id.to_string(), texts::newest(lot).to_string());
    let (bids, end) = (
        lot.bid_count.to_string(),
        if lot.is_final() { "." } else { "" },
    );
    [
        "/projects/",
        &id,
        "/staircase.svg?",
        &newest,
        ".",
        &bids,
        end,
    ]
    .concat()
}

/// The text shown instead of a table if nobody has ever bid.
fn no_bids_text(lot: &Lot) -> &'static str {
    if lot.newest_bid.is_some() {
        ""
    } else if lot.is_open() {
        "Nobody has bid yet."
    } else {
        "There were no bids."
    }
}

#[cfg(not(feature = "hydrate"))]
fn follow(
    _: RwSignal<Lot>,
    _: RwSignal<Lot>,
    _: RwSignal<bool>,
    _: RwSignal<bool>,
    _: impl Fn() + 'static,
) {
}

/// Reloads the table soon after a change, but late enough that the response contains the change. In a busy auction, the
/// table is reloaded every 3 to 6 s. A failed load is retried after 15 to 30 s.
#[cfg(feature = "hydrate")]
fn follow(
    lot: RwSignal<Lot>,
    listed: RwSignal<Lot>,
    has_failed: RwSignal<bool>,
    is_due: RwSignal<bool>,
    load: impl Fn() + Copy + 'static,
) {
    const SOON_MS: f64 = 300.0;
    const REST_MS: f64 = 3_000.0;
    const REST_AFTER_FAILURE_MS: f64 = 15_000.0;
    let mut due_ms = f64::NEG_INFINITY;
    signals::effect(move || {
        if is_due.get() || !texts::is_behind(&listed.get(), &lot.get()) {
            return;
        }
        let now_ms = js_sys::Date::now();
        let pause_ms = if has_failed.get_untracked() {
            REST_AFTER_FAILURE_MS
        } else if now_ms - due_ms < REST_MS {
            REST_MS
        } else {
            SOON_MS
        };
        let pause_ms = pause_ms * (1.0 + js_sys::Math::random());
        due_ms = now_ms + pause_ms;
        is_due.set(true);
        let when_due = move || {
            if texts::is_behind(&listed.get_untracked(), &lot.get_untracked()) {
                load();
            } else {
                is_due.set(false);
            }
        };
        set_timeout(when_due, std::time::Duration::from_millis(pause_ms as u64));
    });
}

#[cfg(not(feature = "hydrate"))]
async fn fetch(_: ProjectId) -> Option<(Lot, Vec<HistoryRow>, String)> {
    None
}

/// The project's state and its bids, from one snapshot, and the viewer's next steps as HTML.
#[cfg(feature = "hydrate")]
async fn fetch(project: ProjectId) -> Option<(Lot, Vec<HistoryRow>, String)> {
    let path = ["/projects/", &project.to_string(), "/history?steps"].concat();
    let answer = crate::fetch::get(&path, "application/json").await.ok()?;
    let update = leptos::serde_json::from_str(&answer.text).ok();
    update.filter(|_| answer.status == 200)
}
