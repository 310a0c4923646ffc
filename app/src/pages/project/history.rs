//! Every bid on the project, the latest first, as this visitor may see it.

use super::{Visitor, lot};
use crate::{
    chrome::use_chrome,
    islands::{Bid, BidTable, Follow, Part, Shown},
};
use guildhall::{
    bid::{self, BidId, Made, Note},
    live::Lot,
    moment::{Zone, datetime},
    money::Currency,
    project::{self, Project},
};
use leptos::prelude::*;

/// The bids of a project as a visitor may see them.
#[must_use]
pub fn bids(project: &Project, history: Vec<Made>, leader: Option<BidId>, zone: &Zone) -> Vec<Bid> {
    let is_awarded = project.state() == project::State::Awarded;
    let bids = history.into_iter().map(|made| Bid {
        id: made.id.0,
        number: made.bidder_number,
        is_own: made.own,
        minor: made.amount.minor(),
        at: datetime(made.accepted_at),
        time: zone.exact(made.accepted_at),
        state: shown(&made, leader == Some(made.id), is_awarded),
        name: made.bidder_name,
        note: made.note.map(Note::into_text),
    });
    bids.collect()
}

/// The answer to an open page: the bids, and the state that they make up for everybody.
#[must_use]
pub fn history_update(project: &Project, bids: Vec<Bid>) -> (Lot, Vec<Bid>) {
    (lot(project, &bids, &Visitor::Anonymous), bids)
}

const fn shown(made: &Made, leads: bool, is_awarded: bool) -> Shown {
    match made.state {
        bid::State::Live if leads && is_awarded => Shown::Won,
        bid::State::Live if leads => Shown::Lowest,
        bid::State::Live if is_awarded => Shown::NotChosen,
        bid::State::Live => Shown::Live,
        bid::State::Replaced => Shown::Replaced,
        bid::State::Withdrawn if made.undone_at.is_some() => Shown::Undone,
        bid::State::Withdrawn => Shown::Withdrawn,
    }
}

#[component]
pub(super) fn History(
    project: project::ProjectId,
    currency: Currency,
    bids: Vec<Bid>,
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
