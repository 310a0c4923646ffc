//! Every bid on the project, the latest first.

use super::words::{digits, newer};
use crate::islands::{announcer::announce, ready::ready, signals};
use guildhall::{
    bid::BidId,
    live::{Lot, MADE_LIMIT},
    money::{Currency, Money},
    project::ProjectId,
};
use leptos::{ev, html, prelude::*};
use serde::{Deserialize, Serialize};

/// A bid that was accepted, as a visitor may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Tuple", into = "Tuple")]
pub struct Bid {
    pub id: i64,
    pub number: i32,
    /// The bidder's name, if the visitor may know it.
    pub name: Option<String>,
    pub is_own: bool,
    /// In minor units (cents).
    pub minor: i64,
    /// When it was accepted, in RFC 3339.
    pub at: String,
    /// The same in the visitor's zone.
    pub time: String,
    pub state: Shown,
}

/// Serialized without field names: less to send, and less code to parse it.
type Tuple = (i64, i32, Option<String>, bool, i64, String, String, u8);

impl From<Tuple> for Bid {
    fn from((id, number, name, is_own, minor, at, time, state): Tuple) -> Self {
        Self {
            id,
            number,
            name,
            is_own,
            minor,
            at,
            time,
            state: Shown::ALL
                .get(usize::from(state))
                .copied()
                .unwrap_or(Shown::Live),
        }
    }
}

impl From<Bid> for Tuple {
    fn from(bid: Bid) -> Self {
        let state = bid.state as u8;
        (
            bid.id, bid.number, bid.name, bid.is_own, bid.minor, bid.at, bid.time, state,
        )
    }
}

/// A bid's state, as the history shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shown {
    Won,
    Lowest,
    NotChosen,
    Live,
    Replaced,
    Withdrawn,
}

impl Shown {
    /// In the order of declaration: a page refers to a state by its number.
    const ALL: [Self; 6] = [
        Self::Won,
        Self::Lowest,
        Self::NotChosen,
        Self::Live,
        Self::Replaced,
        Self::Withdrawn,
    ];

    /// True if the bid is live.
    const fn is_live(self) -> bool {
        !matches!(self, Self::Replaced | Self::Withdrawn)
    }

    /// The class of the row, the class of the badge, and the badge's text.
    const fn appearance(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Won => ("row-lead", "badge state-won", "Won"),
            Self::Lowest => ("row-lead", "badge state-leading", "Lowest"),
            Self::NotChosen => ("", "badge state-lost", "Not chosen"),
            Self::Live => ("", "badge state-live", "Live"),
            Self::Replaced => ("row-off", "badge state-replaced", "Replaced"),
            Self::Withdrawn => ("row-off", "badge state-withdrawn", "Withdrawn"),
        }
    }
}

/// The table of a project's bids.
#[component]
pub fn BidTable(bids: RwSignal<Vec<Bid>>, currency: Currency) -> impl IntoView {
    let is_full = move || is_full(bids.get().len());
    view! {
        <div class="table-wrap" tabindex="0" role="region" aria-label="Bid table">
            <table class="table">
                <caption class="hint" hidden=signals::flag(move || !is_full())>
                    {signals::text(move || if is_full() { caption() } else { String::new() })}
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
                        children=move |bid| row(bid, currency)
                    />
                </tbody>
            </table>
        </div>
    }
}

fn row(bid: Bid, currency: Currency) -> impl IntoView {
    let (class, badge, words) = bid.state.appearance();
    let amount = Money::from_minor(bid.minor, currency);
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

/// The heading and the table; `children` is the table as the server rendered it. The table does not grow while somebody
/// reads it; instead a link offers newer bids. The link fetches only the table, so that nothing that was typed is lost.
pub fn view(lot: RwSignal<Lot>, children: Children) -> impl IntoView {
    let heading = NodeRef::<html::H2>::new();
    let currency = lot.get_untracked().currency;
    // The state that the table shows.
    let listed = RwSignal::new(lot.get_untracked());
    let fetched = RwSignal::new(Vec::new());
    let newer = move || newer(&listed.get(), &lot.get());
    let failed = RwSignal::new(false);
    let offer = move || match newer() {
        newer if newer.is_empty() || !failed.get() => newer,
        _ => NOT_LOADED.to_owned(),
    };
    let show_newer = move |event: ev::MouseEvent| {
        event.prevent_default();
        leptos::task::spawn_local(async move {
            let now = lot.get_untracked();
            let found = fetch(now.id).await;
            failed.set(found.is_none());
            let Some(bids) = found else {
                announce(NOT_LOADED);
                return;
            };
            let live = bids.iter().filter(|bid| bid.state.is_live()).count();
            listed.set(Lot {
                // Live bids can be counted only if all bids are listed.
                bid_count: i32::try_from(live)
                    .ok()
                    .filter(|_| !is_full(bids.len()))
                    .unwrap_or(now.bid_count),
                bids_made: i64::try_from(bids.len()).unwrap_or(MADE_LIMIT),
                newest_bid: bids.first().map(|bid| BidId(bid.id)),
                ..now
            });
            fetched.set(bids);
            if let Some(heading) = heading.get_untracked() {
                let _ = heading.focus();
            }
        });
    };
    let is_fetched = move || !fetched.get().is_empty();
    view! {
        <div data-live="history" data-ready=ready()>
            <div class="section-head">
                <h2 id="bids" tabindex="-1" node_ref=heading>
                    "Bid history"
                </h2>
                <span class="count" hidden=signals::flag(move || !newer().is_empty())>
                    {signals::text(move || counted(listed.get().bids_made))}
                </span>
                <a
                    class="link small"
                    href=""
                    data-live="newer"
                    hidden=signals::flag(move || newer().is_empty())
                    on:click=show_newer
                >
                    {signals::text(offer)}
                </a>
            </div>
            <div hidden=signals::flag(is_fetched)>{children()}</div>
            <div hidden=signals::flag(move || !is_fetched())>
                <BidTable bids=fetched currency/>
            </div>
        </div>
    }
}

#[cfg(not(feature = "hydrate"))]
async fn fetch(_: ProjectId) -> Option<Vec<Bid>> {
    None
}

#[cfg(feature = "hydrate")]
async fn fetch(project: ProjectId) -> Option<Vec<Bid>> {
    let path = ["/projects/", &project.to_string(), "/history"].concat();
    let answer = crate::fetch::get(&path, "application/json").await.ok()?;
    leptos::serde_json::from_str(&answer.text)
        .ok()
        .filter(|_| answer.status == 200)
}
