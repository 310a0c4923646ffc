use super::{Bid, BidId, State, book::Book, rules, store};
use crate::{
    Error, Refusal, Result,
    account::{Role, Viewer},
    event::{self, Kind},
    field::{FieldError, Problem},
    money::{Currency, Money},
    project::ProjectId,
    store::{Connection, Tx, now},
};
use serde_json::json;
use time::OffsetDateTime;

/// A buyer bids on an open project; the bid replaces the buyer's earlier one.
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
    let mut answers = place_all(tx, project, &[(viewer.clone(), amount)]).await?;
    answers
        .pop()
        .unwrap_or_else(|| Err(Error::unexpected("a bid was not decided")))
}

/// Buyers bid on one open project, in this order: each is answered as if its bid were the only one of its transaction.
/// Looks at the clock without the lock first: bidders that go on after the deadline must not keep the award from the row.
///
/// # Errors
/// `Busy` or `Unexpected` for all of them: nothing is stored then. What is refused to one is among the answers.
pub async fn place_all(
    tx: &mut Tx<'_>,
    project: ProjectId,
    asked: &[(Viewer, Money)],
) -> Result<Vec<Result<Bid>>> {
    let allowed: Vec<_> = asked
        .iter()
        .map(|(viewer, _)| viewer.must_be(Role::Buyer))
        .collect();
    if allowed.iter().all(Result::is_err) {
        return Ok(allowed
            .into_iter()
            .map(|answer| answer.and(Err(Error::NotAllowed)))
            .collect());
    }
    match must_be_open(tx, project).await {
        Ok(_) => {}
        Err(error) => return to_all(&allowed, error),
    }
    let Some(held) = store::lock(tx, project).await? else {
        return to_all(&allowed, Error::NotFound);
    };
    let currency = held.budget.currency();
    let buyers: Vec<i64> = distinct(asked);
    let (lasts, accepted_at) = store::lasts_of(tx, project, &buyers, currency).await?;
    if let Err(refusal) = rules::open(held.state, held.deadline, accepted_at) {
        return to_all(&allowed, refusal.into());
    }
    let mut book = Book::new(held.budget, held.lowest, held.bidder_count, lasts);
    let decided: Vec<Result<usize>> = asked
        .iter()
        .zip(allowed)
        .map(|((viewer, amount), allowed)| {
            allowed?;
            if amount.currency() != currency {
                let wrong = FieldError::new("currency", Problem::NotAChoice);
                return Err(Error::Invalid(vec![wrong]));
            }
            Ok(book.decide(viewer.account, *amount)?)
        })
        .collect();
    let ids = store_all(tx, project, &book, accepted_at).await?;
    Ok(decided
        .into_iter()
        .map(|decided| {
            let place = decided?;
            let (id, bid) = (ids[place], book.accepted[place]);
            Ok(Bid {
                id,
                amount: bid.amount,
                leads: bid.leads,
            })
        })
        .collect())
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

/// The same refusal for all that may bid at all.
fn to_all(allowed: &[Result<()>], error: Error) -> Result<Vec<Result<Bid>>> {
    let refused = |error: &Error| match error {
        Error::NotFound => Ok(Error::NotFound),
        Error::Refused(refusal) => Ok(Error::Refused(refusal.clone())),
        _ => Err(()),
    };
    // What is nobody's refusal, such as a lost connection, is the failure of all.
    if refused(&error).is_err() {
        return Err(error);
    }
    Ok(allowed
        .iter()
        .map(|allowed| match allowed {
            Ok(()) => Err(refused(&error).unwrap_or(Error::NotFound)),
            Err(_) => Err(Error::NotAllowed),
        })
        .collect())
}

fn distinct(asked: &[(Viewer, Money)]) -> Vec<i64> {
    let mut buyers: Vec<i64> = asked.iter().map(|(viewer, _)| viewer.account.0).collect();
    buyers.sort_unstable();
    buyers.dedup();
    buyers
}

/// Looks whether a project takes bids at this moment, without holding it, and in which currency.
///
/// # Errors
/// `NotFound`, `Refused(DeadlinePassed | NotOpen)`.
pub async fn must_be_open(db: &mut Connection, project: ProjectId) -> Result<Currency> {
    let seen = store::glance(db, project).await?.ok_or(Error::NotFound)?;
    rules::open(seen.state, seen.deadline, seen.now)?;
    Ok(seen.currency)
}

/// A buyer takes its live bid back before the deadline; answers which it was.
///
/// # Errors
/// `NotAllowed` for sellers, `NotFound`, `Refused(DeadlinePassed | NotOpen | NoBid)`.
pub async fn withdraw(tx: &mut Tx<'_>, viewer: &Viewer, project: ProjectId) -> Result<BidId> {
    viewer.must_be(Role::Buyer)?;
    must_be_open(tx, project).await?;

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
