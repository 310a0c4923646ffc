//! Every bid on the project, the latest first.

use super::texts::{self, digits, newer};
use crate::islands::{announcer::announce, ready::ready, signals};
use guildhall::{
    live::{Lot, MADE_LIMIT},
    money::{Currency, Money},
    project::ProjectId,
};
use leptos::{ev, html, prelude::*};
use serde::{Deserialize, Serialize};

/// A bid that was accepted, as a visitor may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Tuple", into = "Tuple")]
pub struct HistoryRow {
    pub id: i64,
    pub number: i32,
    /// The bidder's name, if the visitor may know it.
    pub name: Option<String>,
    pub is_own: bool,
    /// In minor units (cents).
    pub minor: i64,
    /// When it was accepted, as a `datetime` attribute.
    pub at: String,
    /// The same in the visitor's zone.
    pub time: String,
    pub state: HistoryState,
    /// The bidder's note, if the visitor may read it.
    pub note: Option<String>,
}

/// Serialized without field names: less to send, and less code to parse it.
type Tuple = (
    i64,
    i32,
    Option<String>,
    bool,
    i64,
    String,
    String,
    u8,
    Option<String>,
);

impl From<Tuple> for HistoryRow {
    fn from((id, number, name, is_own, minor, at, time, state, note): Tuple) -> Self {
        Self {
            id,
            number,
            name,
            is_own,
            minor,
            at,
            time,
            state: HistoryState::ALL
                .get(usize::from(state))
                .copied()
                .unwrap_or(HistoryState::Live),
            note,
        }
    }
}

impl From<HistoryRow> for Tuple {
    fn from(bid: HistoryRow) -> Self {
        let state = bid.state as u8;
        (
            bid.id, bid.number, bid.name, bid.is_own, bid.minor, bid.at, bid.time, state, bid.note,
        )
    }
}

/// A bid's state, as the history shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HistoryState {
    Won,
    Lowest,
    NotChosen,
    Live,
    Replaced,
    Withdrawn,
    Undone,
}

impl HistoryState {
    /// In the order of declaration: a page refers to a state by its number.
    const ALL: [Self; 7] = [
        Self::Won,
        Self::Lowest,
        Self::NotChosen,
        Self::Live,
        Self::Replaced,
        Self::Withdrawn,
        Self::Undone,
    ];

    /// The class of the row, the class of the badge, and the badge's text.
    const fn appearance(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Won => ("row-lead", "badge state-won", "Won"),
            Self::Lowest => ("row-lead", "badge state-leading", "Lowest"),
            Self::NotChosen => ("", "badge state-lost", "Not chosen"),
            Self::Live => ("", "badge state-live", "Active"),
            Self::Replaced => ("row-off", "badge state-replaced", "Replaced"),
            Self::Withdrawn => ("row-off", "badge state-withdrawn", "Withdrawn"),
            Self::Undone => ("row-off", "badge state-withdrawn", "Undone"),
        }
    }
}

/// The table of a project's bids. A row that is added for a bid newer than `newest` glides in.
#[component]
pub fn BidTable(
    bids: RwSignal<Vec<HistoryRow>>,
    #[prop(default = RwSignal::new(i64::MAX))] newest: RwSignal<i64>,
    currency: Currency,
) -> impl IntoView {
    let is_full = move || is_full(bids.get().len());
    view! {
        <div class="table-wrap" tabindex="0" role="region" aria-label="Bid table">
            <table class="table">
                <caption class="hint" hidden=signals::flag(move || !is_full())>
                    {caption()}
                </caption>
                <thead>
                    <tr>
                        <th scope="col">"Bidder"</th>
                        <th scope="col" class="num-col">"Amount"</th>
                        <th scope="col">"Time"</th>
                        <th scope="col">"State"</th>
                    </tr>
                </thead>
                <tbody>
                    <For
                        each=move || bids.get()
                        key=|bid| (bid.id, bid.state)
                        children=move |bid| row(bid, newest.get_untracked(), currency)
                    />
                </tbody>
            </table>
        </div>
    }
}

fn row(bid: HistoryRow, newest: i64, currency: Currency) -> impl IntoView {
    let (class, badge, words) = bid.state.appearance();
    let class = match class {
        "row-lead" if bid.id > newest => "row-lead row-new",
        "" if bid.id > newest => "row-new",
        _ => class,
    };
    let amount = Money::from_minor(bid.minor, currency);
    let note = bid.note.map(|note| {
        view! {
            <tr class="row-note">
                <td colspan="4" dir="auto">{note}</td>
            </tr>
        }
    });
    view! {
        <tr class=class>
            <th scope="row">{bidder(bid.number, bid.name, bid.is_own)}</th>
            <td class="num-col">
                <data class="money" value=amount.to_decimal()>
                    {digits(amount)}
                </data>
            </td>
            <td>
                <time datetime=bid.at>{bid.time}</time>
            </td>
            <td>
                <span class=badge>{words}</span>
            </td>
        </tr>
        {note}
    }
}

/// A bidder's name if the viewer may know it, otherwise its number.
pub fn bidder(number: i32, name: Option<String>, is_own: bool) -> impl IntoView {
    let pseudonym = ["Bidder ", &number.to_string()].concat();
    let (who, note) = match name {
        Some(name) => (name, pseudonym),
        None if is_own => (pseudonym, "you".to_owned()),
        None => (pseudonym, String::new()),
    };
    view! {
        <bdi>{who}</bdi>
        " "
        <span class="muted">{note}</span>
    }
}

/// The link's text after a failed attempt. The page stays open with everything that was typed.
const NOT_LOADED: &str = "The newer bids did not load: try again";

fn caption() -> String {
    let limit = MADE_LIMIT.to_string();
    ["The latest ", &limit, " bids; earlier ones are not listed."].concat()
}

fn is_full(listed: usize) -> bool {
    i64::try_from(listed).is_ok_and(|listed| listed >= MADE_LIMIT)
}

fn counted(made: i64) -> String {
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
    let lacks = move || {
        let (listed, now) = (listed.get(), lot.get());
        if has_failed.get() && texts::is_behind(&listed, &now) {
            NOT_LOADED.to_owned()
        } else {
            newer(&listed, &now)
        }
    };
    let is_due = RwSignal::new(false);
    let load = move |is_asked_for: bool| {
        leptos::task::spawn_local(async move {
            let answer = fetch(lot.get_untracked().id).await;
            has_failed.set(answer.is_none());
            if let Some((state, bids, html)) = answer {
                newest.set(texts::newest(&listed.get_untracked()));
                let own = own_of(&bids);
                // A full list may lack an older bid of the viewer's.
                let is_known = own.is_some() || !is_full(bids.len());
                if is_known && !lot.get_untracked().is_final() {
                    lot.update(|lot| lot.set_own(own));
                }
                next_steps.set(html);
                fetched.set(bids);
                listed.set(state);
                if is_asked_for && let Some(heading) = heading.get_untracked() {
                    let _ = heading.focus();
                }
            } else if is_asked_for {
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
                <span class="count" hidden=signals::flag(move || !lacks().is_empty())>
                    {signals::text(move || counted(listed.get().bids_made))}
                </span>
                <a
                    class="link small"
                    href=""
                    data-live="newer"
                    hidden=signals::flag(move || lacks().is_empty())
                    on:click=show_newer
                >
                    {signals::text(lacks)}
                </a>
            </div>
            <p class="muted mt-3" hidden=signals::flag(move || no_bids(&lot.get()).is_empty())>
                {signals::text(move || no_bids(&lot.get()).to_owned())}
            </p>
            <img
                class="staircase"
                alt="The lowest bid over time. The table below lists the bids."
                src=signals::text(move || picture(&listed.get()))
            />
            <div hidden=signals::flag(is_fetched)>{children()}</div>
            <div hidden=signals::flag(move || !is_fetched())>
                <BidTable bids=fetched newest currency/>
            </div>
        </div>
    }
}

/// The viewer's active bid: its bidder's number, and its amount in minor units.
fn own_of(bids: &[HistoryRow]) -> Option<(i32, i64)> {
    let is_active =
        |bid: &HistoryRow| matches!(bid.state, HistoryState::Lowest | HistoryState::Live);
    let own = bids.iter().find(|bid| bid.is_own && is_active(bid))?;
    Some((own.number, own.minor))
}

/// The address of the picture of these bids. It changes with the bids and when the auction ends, so that the browser
/// loads it again.
fn picture(lot: &Lot) -> String {
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
fn no_bids(lot: &Lot) -> &'static str {
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

/// The project's state and its bids, from one snapshot, and what the viewer does next.
#[cfg(feature = "hydrate")]
async fn fetch(project: ProjectId) -> Option<(Lot, Vec<HistoryRow>, String)> {
    let path = ["/projects/", &project.to_string(), "/history?steps"].concat();
    let answer = crate::fetch::get(&path, "application/json").await.ok()?;
    let update = leptos::serde_json::from_str(&answer.text).ok();
    update.filter(|_| answer.status == 200)
}
