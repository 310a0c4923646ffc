//! Undoing a bid: for a minute after it was placed, it can be taken back as if it had never been placed.
//!
//! An undone bid is a withdrawn one that does not bind its buyer. The bid that it replaced is live again, with its old
//! rank, and the next bid must be lower than that one. The history keeps the undone bid and says so; its note is deleted.
//!
//! Invariant: nobody can bluff with it. A buyer can undo one bid a minute on a project, and none in the last five
//! minutes before the deadline, when others could not react.

mod refusal;
mod rules;
pub(super) mod store;

pub use refusal::UndoRefusal;

use super::{BidId, State, ViewerBid, store as bids};
use crate::{
    Error, Result,
    account::{Role, Viewer},
    event::{self, BidPlaced, EventKind},
    money::Money,
    project::{Project, ProjectId},
    store::{Tx, now},
};
use rules::{BidTimes, undoable_until};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;

/// A live bid that its buyer can undo at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UndoableBid {
    pub bid: BidId,
    pub until: OffsetDateTime,
}

/// A bid that was undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoneBid {
    pub bid: BidId,
    /// The buyer's earlier bid, if it is live again.
    pub restored: Option<Money>,
}

/// True if a bid that is placed on the project now could be undone for a minute, or until shortly before the deadline.
#[must_use]
pub fn can_be_undone(project: &Project) -> bool {
    let times = BidTimes {
        accepted_at: project.now,
        last_undone_at: None,
        deadline: project.deadline,
    };
    undoable_until(times, project.now).is_ok()
}

/// Whether a live bid could be undone when its project was read.
pub(super) fn undoable(
    live: &ViewerBid,
    last_undone_at: Option<OffsetDateTime>,
    project: &Project,
) -> Option<UndoableBid> {
    let times = BidTimes {
        accepted_at: live.accepted_at,
        last_undone_at,
        deadline: project.deadline,
    };
    let until = undoable_until(times, project.now).ok()?;
    project.accepts_bids().then_some(UndoableBid {
        bid: live.id,
        until,
    })
}

/// Undoes this bid, as if it had never been placed. It must be the buyer's live one.
///
/// # Errors
/// `NotAllowed` for sellers, `NotFound`, `Refused(DeadlinePassed | NotOpen)` or `Refused` with an [`UndoRefusal`].
pub async fn undo(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    project: ProjectId,
    bid: BidId,
) -> Result<UndoneBid> {
    viewer.must_be(Role::Buyer)?;
    let mut glance = bids::glance(tx, &[project.0]).await?;
    let glance = glance.remove(&project).ok_or(Error::NotFound)?;
    super::rules::open(glance.state, glance.deadline, glance.now)?;

    // Requests that can't succeed don't wait for the row lock, and hold nobody up.
    let last = bids::last_bid(tx, project, viewer.account, None, None).await?;
    if last.is_none_or(|last| last.id != bid) {
        return Err(UndoRefusal::NotActive.into());
    }

    let held = bids::lock(tx, project).await?.ok_or(Error::NotFound)?;
    let last = bids::last_bid(tx, project, viewer.account, None, None).await?;
    let last_undone_at = store::last_undone_at(tx, project, viewer.account).await?;
    let undone_at = now(tx).await?;
    super::rules::open(held.state, held.deadline, undone_at)?;
    let live = last.filter(|last| last.id == bid && last.state == State::Live);
    let own = live.ok_or(UndoRefusal::NotActive)?;
    let times = BidTimes {
        accepted_at: own.accepted_at,
        last_undone_at,
        deadline: held.deadline,
    };
    undoable_until(times, undone_at)?;

    store::end_undone(tx, own.id, undone_at).await?;
    let before = bids::last_bid(tx, project, viewer.account, Some(own.id), None).await?;
    let restored = before.filter(|before| before.state == State::Replaced);
    if let Some(restored) = &restored {
        store::restore(tx, restored.id).await?;
    }
    store::fold_undone(tx, project, restored.is_some()).await?;
    event::record(
        tx,
        EventKind::BidWithdrawn,
        Some(project),
        Some(viewer.account),
        json!({ "bid": own.id, "bidder": own.bidder_number, "undone": true }),
    )
    .await?;
    let restored = restored.map(|restored| {
        let amount = Money::from_minor(restored.amount_minor, held.budget.currency());
        (restored, amount)
    });
    if let Some((restored, amount)) = &restored {
        // Readers of the change feed learn that this bid counts again.
        let placed = BidPlaced {
            project,
            buyer: viewer.account,
            body: json!({ "bid": restored.id, "bidder": restored.bidder_number, "amount": amount, "restored": true }),
        };
        event::record_bids(tx, &[placed]).await?;
    }
    Ok(UndoneBid {
        bid: own.id,
        restored: restored.map(|(_, amount)| amount),
    })
}
