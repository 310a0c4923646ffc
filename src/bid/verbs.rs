use super::{Bid, BidId, State, rules, store};
use crate::{
    Error, Refusal, Result,
    account::{Role, Viewer},
    event::{self, Kind},
    field::{FieldError, Problem},
    money::Money,
    project::ProjectId,
    store::{Connection, Tx, now},
};
use serde_json::json;

/// A buyer bids on an open project; the bid replaces the buyer's earlier one. Looks at the clock without the lock first:
/// bidders that go on after the deadline must not keep the award from the row.
///
/// # Errors
/// `NotAllowed` for sellers, `NotFound`, `Refused(DeadlinePassed | NotOpen | AboveBudget | NotLower)`; `Invalid` for an
/// amount in another currency than the project's.
pub async fn place(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    project: ProjectId,
    amount: Money,
) -> Result<Bid> {
    viewer.must_be(Role::Buyer)?;
    must_be_open(tx, project).await?;

    let held = store::lock(tx, project).await?.ok_or(Error::NotFound)?;
    let last = store::last_of(tx, project, viewer.account, held.budget.currency()).await?;
    // Asked for after the lock is held, in a statement of its own: whoever awards this project waits for us or we for it.
    let accepted_at = now(tx).await?;
    rules::open(held.state, held.deadline, accepted_at)?;
    if amount.currency() != held.budget.currency() {
        return Err(Error::Invalid(vec![FieldError::new(
            "currency",
            Problem::NotAChoice,
        )]));
    }
    rules::amount(amount, held.budget, last.as_ref().map(|last| last.amount))?;

    let live = last.as_ref().filter(|last| last.state == State::Live);
    if let Some(live) = live {
        store::end(tx, live.id, State::Replaced, accepted_at).await?;
    }
    let bidder_number = last
        .as_ref()
        .map_or(held.bidder_count + 1, |last| last.bidder_number);
    let id = store::insert(
        tx,
        project,
        viewer.account,
        bidder_number,
        amount,
        accepted_at,
    )
    .await?;
    store::fold(tx, project, amount, live.is_none(), last.is_none()).await?;
    event::record(
        tx,
        Kind::BidPlaced,
        Some(project),
        Some(viewer.account),
        json!({ "bid": id, "bidder": bidder_number, "amount": amount }),
    )
    .await?;
    let leads = held
        .lowest
        .is_none_or(|lowest| amount.minor() < lowest.minor());
    Ok(Bid { id, amount, leads })
}

/// Looks whether a project takes bids at this moment, without holding it.
///
/// # Errors
/// `NotFound`, `Refused(DeadlinePassed | NotOpen)`.
pub async fn must_be_open(db: &mut Connection, project: ProjectId) -> Result<()> {
    let seen = store::glance(db, project).await?.ok_or(Error::NotFound)?;
    rules::open(seen.state, seen.deadline, seen.now)?;
    Ok(())
}

/// A buyer takes its live bid back before the deadline; answers which it was.
///
/// # Errors
/// `NotAllowed` for sellers, `NotFound`, `Refused(DeadlinePassed | NotOpen | NoBid)`.
pub async fn withdraw(tx: &mut Tx<'_>, viewer: &Viewer, project: ProjectId) -> Result<BidId> {
    viewer.must_be(Role::Buyer)?;
    must_be_open(tx, project).await?;

    let held = store::lock(tx, project).await?.ok_or(Error::NotFound)?;
    let last = store::last_of(tx, project, viewer.account, held.budget.currency()).await?;
    let withdrawn_at = now(tx).await?;
    rules::open(held.state, held.deadline, withdrawn_at)?;
    let own = last
        .filter(|last| last.state == State::Live)
        .ok_or(Refusal::NoBid)?;
    store::end(tx, own.id, State::Withdrawn, withdrawn_at).await?;
    store::fold_withdrawn(tx, project).await?;
    event::record(
        tx,
        Kind::BidWithdrawn,
        Some(project),
        Some(viewer.account),
        json!({ "bid": own.id, "bidder": own.bidder_number }),
    )
    .await?;
    Ok(own.id)
}
