//! The table of a project's bids.

use super::texts::digits;
use crate::islands::signals;
use guildhall::{
    live::MADE_LIMIT,
    money::{Currency, Money},
};
use leptos::prelude::*;
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
    let (class, badge, badge_text) = bid.state.appearance();
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
                <span class=badge>{badge_text}</span>
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

fn caption() -> String {
    let limit = MADE_LIMIT.to_string();
    ["The latest ", &limit, " bids; earlier ones are not listed."].concat()
}

/// True if the table lists as many bids as it may.
pub fn is_full(listed: usize) -> bool {
    i64::try_from(listed).is_ok_and(|listed| listed >= MADE_LIMIT)
}
