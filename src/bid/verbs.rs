use super::{
    Bid, BidId, Offer, Once, Outcome, State,
    book::Book,
    once::{self, Asked, Turn},
    rules,
    store::{self, Held},
};
use crate::{
    Error, Refusal, Result,
    account::{Role, Viewer},
    event::{self, Kind},
    project::ProjectId,
    store::{Tx, now},
};
use serde_json::json;
use std::collections::BTreeSet;
use time::OffsetDateTime;

/// A buyer bids on an open project; the bid replaces the buyer's earlier one.
///
/// # Errors
/// `NotAllowed` for sellers, `NotFound`, `Refused(DeadlinePassed | NotOpen | AboveBudget | NotLower)`; `Invalid` for an
/// offer that is no amount in the project's currency.
pub async fn place(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    project: ProjectId,
    offer: impl Into<Offer>,
) -> Result<Bid> {
    viewer.must_be(Role::Buyer)?;
    let asked = vec![Asked {
        buyer: viewer.account,
        offer: offer.into(),
        once: Once::Never,
    }];
    let outcome = place_all(tx, project, asked).await?.pop();
    match outcome.ok_or_else(|| Error::unexpected("a bid was not decided"))?? {
        Outcome::Placed(bid) => Ok(bid),
        other => Err(Error::unexpected(format!("a bid became {other:?}"))),
    }
}

/// Buyers bid on one open project, in this order: each is answered as if its bid were the only one of its transaction.
///
/// # Errors
/// `Busy` or `Unexpected` for all of them: nothing is stored then. What is refused to one is among the answers.
pub(super) async fn place_all(
    tx: &mut Tx<'_>,
    project: ProjectId,
    asked: Vec<Asked>,
) -> Result<Vec<Result<Outcome>>> {
    let held = hold(tx, project).await?;
    // What was decided before is known once the row is held; a late bid must not hold it.
    let turns = once::turns(tx, &asked).await?;
    let decided = match held {
        Ok(held) => decide(tx, project, held, &asked, &turns).await?,
        Err(closed) => refuse(&closed, &asked, &turns),
    };
    once::conclude(tx, asked, turns, decided).await
}

/// Why nothing can be bid on a project: a refusal, or none where there is no such project.
type Closed = Option<Refusal>;

/// Holds the project's row. Looks at the clock without the lock first: bidders that go on after the deadline must not keep
/// the award from the row.
async fn hold(tx: &mut Tx<'_>, project: ProjectId) -> Result<Result<Held, Closed>> {
    let Some(seen) = store::glance(tx, project).await? else {
        return Ok(Err(None));
    };
    if let Err(refusal) = rules::open(seen.state, seen.deadline, seen.now) {
        return Ok(Err(Some(refusal)));
    }
    Ok(store::lock(tx, project).await?.ok_or(None))
}

/// Tells all that were not answered before that nothing can be bid.
fn refuse(closed: &Closed, asked: &[Asked], turns: &[Turn]) -> Vec<Option<Result<Bid>>> {
    let refusal = || closed.clone().map_or(Error::NotFound, Error::from);
    asked
        .iter()
        .zip(turns)
        .map(|(asked, turn)| match (turn, &asked.once) {
            (Turn::Known(_), _) | (Turn::SameAs(_), Once::Keyed { .. }) => None,
            _ => Some(Err(refusal())),
        })
        .collect()
}

/// Decides the bids of a project whose row is held, and stores what is accepted.
async fn decide(
    tx: &mut Tx<'_>,
    project: ProjectId,
    held: Held,
    asked: &[Asked],
    turns: &[Turn],
) -> Result<Vec<Option<Result<Bid>>>> {
    let currency = held.budget.currency();
    let (lasts, accepted_at) = store::lasts_of(tx, project, &buyers(asked), currency).await?;
    if let Err(refusal) = rules::open(held.state, held.deadline, accepted_at) {
        return Ok(refuse(&Some(refusal), asked, turns));
    }
    let mut book = Book::new(held.budget, held.lowest, held.bidder_count, lasts);
    let mut decided: Vec<Option<Result<usize>>> = Vec::with_capacity(asked.len());
    for (asked, turn) in asked.iter().zip(turns) {
        let was_accepted = |first: usize| matches!(decided[first], Some(Ok(_)));
        let is_answered = match (turn, &asked.once) {
            (Turn::Open, _) => false,
            (Turn::Known(_), _) | (Turn::SameAs(_), Once::Keyed { .. }) => true,
            // A form that was refused is no other form when it comes again: it is read once more.
            (Turn::SameAs(first), _) => was_accepted(*first),
        };
        let mut next = || Ok(book.decide(asked.buyer, asked.offer.amount(currency)?)?);
        decided.push((!is_answered).then(&mut next));
    }
    let ids = store_all(tx, project, &book, accepted_at).await?;
    let bid = |place: usize| Bid {
        id: ids[place],
        amount: book.accepted[place].amount,
        leads: book.accepted[place].leads,
    };
    Ok(decided
        .into_iter()
        .map(|one| one.map(|one| one.map(bid)))
        .collect())
}

/// Each of them once.
fn buyers(asked: &[Asked]) -> Vec<i64> {
    let buyers: BTreeSet<i64> = asked.iter().map(|asked| asked.buyer.0).collect();
    buyers.into_iter().collect()
}

/// Stores what was accepted, with its events, in a few statements however many there are.
async fn store_all(
    tx: &mut Tx<'_>,
    project: ProjectId,
    book: &Book,
    accepted_at: OffsetDateTime,
) -> Result<Vec<BidId>> {
    let Some(lowest) = book.lowest_accepted() else {
        return Ok(Vec::new());
    };
    if !book.replaced.is_empty() {
        store::end(tx, &book.replaced, State::Replaced, accepted_at).await?;
    }
    let ids = store::insert(tx, project, &book.accepted, accepted_at).await?;
    store::fold(tx, project, lowest, book.more_live, book.more_bidders).await?;
    let events: Vec<_> = book
        .accepted
        .iter()
        .zip(&ids)
        .map(|(bid, id)| {
            let body = json!({ "bid": id, "bidder": bid.bidder_number, "amount": bid.amount });
            (bid.buyer, body)
        })
        .collect();
    event::record_bids(tx, project, &events).await?;
    Ok(ids)
}

/// A buyer takes its live bid back before the deadline; answers which it was.
///
/// # Errors
/// `NotAllowed` for sellers, `NotFound`, `Refused(DeadlinePassed | NotOpen | NoBid)`.
pub async fn withdraw(tx: &mut Tx<'_>, viewer: &Viewer, project: ProjectId) -> Result<BidId> {
    viewer.must_be(Role::Buyer)?;
    let seen = store::glance(tx, project).await?.ok_or(Error::NotFound)?;
    rules::open(seen.state, seen.deadline, seen.now)?;

    let held = store::lock(tx, project).await?.ok_or(Error::NotFound)?;
    let last = store::last_of(tx, project, viewer.account, None).await?;
    let withdrawn_at = now(tx).await?;
    rules::open(held.state, held.deadline, withdrawn_at)?;
    let live = last.filter(|last| last.state == State::Live);
    let own = live.ok_or(Refusal::NoBid)?;
    store::end(tx, &[own.id], State::Withdrawn, withdrawn_at).await?;
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
