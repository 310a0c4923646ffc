use super::{
    Bid, BidId, Combiner, Offer, Outcome, Refusal, State, UndoableBid, ViewerBid,
    decide::{self, BidRequest, ProjectBids},
    own, rules, store, undo,
};
use crate::{
    Error, Result,
    account::{Role, Viewer},
    event::{self, EventKind},
    project::{self, Project, ProjectId},
    receipt::{self, Mark},
    store::{Connection, Tx, now},
};
use serde_json::json;

/// A buyer bids on an open project; the bid replaces the buyer's earlier one. Returns once the bid is committed, in a
/// transaction that it may share with others. If the caller stops waiting, the bid may still be accepted; a retry with
/// the same `mark` is recognized.
///
/// # Errors
/// `NotAllowed` for sellers; `NotFound`; `Refused(EmailUnconfirmed | Scheduled | DeadlinePassed | NotOpen | AboveBudget | NotLower)`;
/// `Invalid` if the amount is not valid in the project's currency, or the note is not valid; `Busy` at once while too many
/// bids are pending.
pub async fn place(
    bids: &Combiner,
    viewer: &Viewer,
    project: ProjectId,
    offer: impl Into<Offer>,
    mark: Option<Mark>,
) -> Result<Outcome> {
    bids.place(viewer, project, offer.into(), mark).await
}

/// Decides a bid in the caller's transaction, for data that is stored as a whole or not at all. Use [`place`] otherwise.
///
/// # Errors
/// The same as [`place`].
pub async fn place_within(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    project: ProjectId,
    offer: impl Into<Offer>,
) -> Result<Bid> {
    viewer.must_be(Role::Buyer)?;
    viewer.must_have_confirmed_email()?;
    let lot = ProjectBids {
        project,
        bids: vec![BidRequest {
            buyer: viewer.account,
            offer: offer.into(),
            mark: None,
        }],
    };
    let mut decided = decide::place_all(tx, &[lot], true).await?;
    let outcome = decided
        .pop()
        .flatten()
        .and_then(|mut outcomes| outcomes.pop());
    match outcome.ok_or_else(|| Error::unexpected("a bid was not decided"))?? {
        Outcome::Placed(bid) => Ok(bid),
        other => Err(Error::unexpected(format!(
            "a bid has the unexpected outcome {other:?}"
        ))),
    }
}

/// Withdraws the buyer's live bid before the deadline and returns its id. If `bid` is given, because a page showed that
/// bid, it must be the live one.
///
/// # Errors
/// `NotAllowed` for sellers, `NotFound`, `Refused(DeadlinePassed | NotOpen | NoBid)`; `Refused(StalePage)` if another
/// bid of the buyer's is live.
pub async fn withdraw(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    project: ProjectId,
    bid: Option<BidId>,
) -> Result<BidId> {
    viewer.must_be(Role::Buyer)?;
    let mut glance = store::glance(tx, &[project.0]).await?;
    let glance = glance.remove(&project).ok_or(Error::NotFound)?;
    rules::open(glance.state, glance.deadline, glance.now)?;
    // Requests that can't succeed neither wait for the row lock nor make others wait for it.
    let last = store::last_bid(tx, project, viewer.account, None, None).await?;
    if last.is_none_or(|last| last.state != State::Live) {
        return Err(Refusal::NoBid.into());
    }

    let locked = store::lock(tx, project).await?.ok_or(Error::NotFound)?;
    let last = store::last_bid(tx, project, viewer.account, None, None).await?;
    let withdrawn_at = now(tx).await?;
    rules::open(locked.state, locked.deadline, withdrawn_at)?;
    let live = last.filter(|last| last.state == State::Live);
    let own = live.ok_or(Refusal::NoBid)?;
    if bid.is_some_and(|bid| bid != own.id) {
        return Err(receipt::Refusal::StalePage.into());
    }
    store::end(tx, &[own.id], State::Withdrawn, withdrawn_at).await?;
    store::fold_withdrawn(tx, project).await?;
    event::record(
        tx,
        EventKind::BidWithdrawn,
        Some(project),
        Some(viewer.account),
        json!({ "bid": own.id, "bidder": own.bidder_number }),
    )
    .await?;
    Ok(own.id)
}

/// The project, the buyer's live bid on it, which can be withdrawn now, and until when that bid can be undone instead,
/// if it can. Nothing is changed or locked.
///
/// # Errors
/// The same as [`withdraw`].
pub async fn withdrawable(
    db: &mut Connection,
    viewer: &Viewer,
    project: ProjectId,
) -> Result<(Project, ViewerBid, Option<UndoableBid>)> {
    viewer.must_be(Role::Buyer)?;
    let project = project::find(db, project).await?;
    rules::open(project.state(), project.deadline, project.now)?;
    let own = own(db, viewer, &project).await?.ok_or(Refusal::NoBid)?;
    let last_undone_at = undo::store::last_undone_at(db, project.id, viewer.account).await?;
    let undoable = undo::undoable(&own, last_undone_at, &project);
    Ok((project, own, undoable))
}
