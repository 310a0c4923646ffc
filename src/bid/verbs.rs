use super::{Bid, BidId, Offer, State, book::Book, rules, store};
use crate::{
    Error, Refusal, Result,
    account::{AccountId, Role, Viewer},
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
    let asked = [(viewer.account, offer.into())];
    let mut answers = place_all(tx, project, &asked).await?;
    answers
        .pop()
        .unwrap_or_else(|| Err(Error::unexpected("a bid was not decided")))
}

/// Buyers bid on one open project, in this order: each is answered as if its bid were the only one of its transaction.
/// Looks at the clock without the lock first: bidders that go on after the deadline must not keep the award from the row.
///
/// # Errors
/// `Busy` or `Unexpected` for all of them: nothing is stored then. What is refused to one is among the answers.
pub(super) async fn place_all(
    tx: &mut Tx<'_>,
    project: ProjectId,
    asked: &[(AccountId, Offer)],
) -> Result<Vec<Result<Bid>>> {
    let to_all = |refusal: Option<Refusal>| {
        let answer = |_| Err(refusal.clone().map_or(Error::NotFound, Error::from));
        asked.iter().map(answer).collect()
    };
    let Some(seen) = store::glance(tx, project).await? else {
        return Ok(to_all(None));
    };
    if let Err(refusal) = rules::open(seen.state, seen.deadline, seen.now) {
        return Ok(to_all(Some(refusal)));
    }
    let Some(held) = store::lock(tx, project).await? else {
        return Ok(to_all(None));
    };
    let currency = held.budget.currency();
    let (lasts, accepted_at) = store::lasts_of(tx, project, &buyers(asked), currency).await?;
    if let Err(refusal) = rules::open(held.state, held.deadline, accepted_at) {
        return Ok(to_all(Some(refusal)));
    }
    let mut book = Book::new(held.budget, held.lowest, held.bidder_count, lasts);
    let decided: Vec<Result<usize>> = asked
        .iter()
        .map(|(buyer, offer)| Ok(book.decide(*buyer, offer.amount(currency)?)?))
        .collect();
    let ids = store_all(tx, project, &book, accepted_at).await?;
    let answer = |decided: Result<usize>| {
        let place = decided?;
        Ok(Bid {
            id: ids[place],
            amount: book.accepted[place].amount,
            leads: book.accepted[place].leads,
        })
    };
    Ok(decided.into_iter().map(answer).collect())
}

/// Each of them once.
fn buyers(asked: &[(AccountId, Offer)]) -> Vec<i64> {
    let buyers: BTreeSet<i64> = asked.iter().map(|(buyer, _)| buyer.0).collect();
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
    let live = store::live_of(tx, project, viewer.account).await?;
    let withdrawn_at = now(tx).await?;
    rules::open(held.state, held.deadline, withdrawn_at)?;
    let (own, bidder_number) = live.ok_or(Refusal::NoBid)?;
    store::end(tx, &[own], State::Withdrawn, withdrawn_at).await?;
    store::fold_withdrawn(tx, project).await?;
    event::record(
        tx,
        Kind::BidWithdrawn,
        Some(project),
        Some(viewer.account),
        json!({ "bid": own, "bidder": bidder_number }),
    )
    .await?;
    Ok(own)
}
