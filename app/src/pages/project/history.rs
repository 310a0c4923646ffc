//! Every bid on the project, the latest first, as this visitor may see it.

use super::{Visitor, lot, next_steps};
use crate::{
    chrome::use_chrome,
    islands::{BidTable, Follow, HistoryRow, HistoryState, Part},
};
use guildhall::{
    award::Contacts,
    bid::{self, BidId, HistoryBid, Note},
    live::Lot,
    moment::{Zone, datetime},
    money::Currency,
    project::{self, Project},
};
use leptos::prelude::*;

/// The bids of a project as a visitor may see them.
#[must_use]
pub fn bids(
    project: &Project,
    history: Vec<HistoryBid>,
    leader: Option<BidId>,
    zone: &Zone,
) -> Vec<HistoryRow> {
    let is_awarded = project.state() == project::State::Awarded;
    let bids = history.into_iter().map(|bid| HistoryRow {
        id: bid.id.0,
        number: bid.bidder_number,
        is_own: bid.is_own,
        minor: bid.amount.minor(),
        at: datetime(bid.accepted_at),
        time: zone.exact(bid.accepted_at),
        state: history_state(&bid, leader == Some(bid.id), is_awarded),
        name: bid.bidder_name,
        note: bid.note.map(Note::into_text),
    });
    bids.collect()
}

/// The response to an open page: the project's public state, computed from these bids, the bids themselves, and the
/// viewer's next steps as HTML.
#[must_use]
pub fn history_update(
    project: &Project,
    bids: Vec<HistoryRow>,
    contacts: &Contacts,
) -> (Lot, Vec<HistoryRow>, String) {
    let lot = lot(project, &bids, &Visitor::Anonymous);
    let steps = Owner::new().with(|| next_steps(project, contacts).map(|steps| steps.to_html()));
    (lot, bids, steps.unwrap_or_default())
}

const fn history_state(bid: &HistoryBid, leads: bool, is_awarded: bool) -> HistoryState {
    match bid.state {
        bid::State::Live if leads && is_awarded => HistoryState::Won,
        bid::State::Live if leads => HistoryState::Lowest,
        bid::State::Live if is_awarded => HistoryState::NotChosen,
        bid::State::Live => HistoryState::Live,
        bid::State::Replaced => HistoryState::Replaced,
        bid::State::Withdrawn if bid.undone_at.is_some() => HistoryState::Undone,
        bid::State::Withdrawn => HistoryState::Withdrawn,
    }
}

#[component]
pub(super) fn History(
    project: project::ProjectId,
    currency: Currency,
    bids: Vec<HistoryRow>,
    for_owner: bool,
) -> impl IntoView {
    let table = (!bids.is_empty()).then(|| view! { <BidTable bids=RwSignal::new(bids) currency/> });
    let names = if for_owner {
        "Only you see the names and the notes. Everybody else sees Bidder 1, Bidder 2 and so on."
    } else {
        "Bidders are shown by number. Only the seller sees who they are and reads their notes."
    };
    let zone = use_chrome().zone.name().to_owned();
    view! {
        <section aria-labelledby="bids">
            <Follow part=Part::History project>
                {table}
            </Follow>
            <p class="hint mt-3">{names} " Times are shown in " {zone} "."</p>
        </section>
    }
}
