//! Decides bids in one transaction, on one project or on many.
//!
//! Each bid gets its own outcome: a refused bid does not affect the others.
//!
//! 1. Read each project's state and deadline, and the clock, without a lock. Bids that arrive after the deadline must
//!    not delay the award by taking the row lock.
//! 2. Lock the rows of the open projects. With `wait` there is one project, and we block on its row lock. Otherwise
//!    locked rows are skipped (`skip locked`), which also rules out deadlocks.
//! 3. Find the bids that already have an outcome, because they are repeats (`outcome`).
//! 4. Read the clock again, together with each buyer's last bid. Decide each project's bids in order of arrival
//!    (`book`).
//! 5. Insert the accepted bids, mark the buyers' earlier ones as replaced, update the projects' lowest amounts and
//!    counts, and write events and receipts. Each of these is one statement for all bids.
//!
//! The clock of step 4 decides. So a bid is accepted if and only if the database saw a time before the deadline while
//! the transaction held the row lock.

use super::{
    Bid, BidId, Offer, Outcome, Refusal, State,
    book::Book,
    outcome::{self, Resolution},
    rules,
    store::{self, BuyerFacts, LockedProject, ProjectTotals, StoredBid},
};
use crate::{
    Error, Result,
    account::AccountId,
    erasure,
    event::{self, BidPlaced},
    project::ProjectId,
    receipt::Mark,
    store::Tx,
};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use time::OffsetDateTime;

/// A bid to decide.
#[derive(Debug)]
pub(super) struct BidRequest {
    pub buyer: AccountId,
    pub offer: Offer,
    /// Identifies repeats. Without a mark, a repeated bid is a new one.
    pub mark: Option<Mark>,
}

/// The bids on one project, in order of arrival.
#[derive(Debug)]
pub(super) struct ProjectBids {
    pub project: ProjectId,
    pub bids: Vec<BidRequest>,
}

/// Decides all bids and stores what is accepted. With `wait`, there is one lot and we block on its row lock. Otherwise
/// a project whose row is locked is skipped: its bids get no outcome (`None`), and nothing is stored for them.
///
/// # Errors
/// `Busy` or `Unexpected` if the transaction failed; nothing is stored then. Refusals of single bids are among the
/// outcomes.
pub(super) async fn place_all(
    tx: &mut Tx<'_>,
    lots: &[ProjectBids],
    wait: bool,
) -> Result<Vec<Option<Vec<Result<Outcome>>>>> {
    let held = hold(tx, lots, wait).await?;
    let here = lots.iter().zip(&held);
    let here: Vec<(&ProjectBids, &LockResult)> = here
        .filter_map(|(lot, held)| Some((lot, held.as_ref()?)))
        .collect();
    let bids: Vec<&BidRequest> = here.iter().flat_map(|(lot, _)| &lot.bids).collect();
    // Receipts are read only once the row locks are held, so that a repeat sees the first attempt's receipt.
    let resolutions = outcome::resolutions(tx, &bids).await?;
    let decided = decide(tx, &here, &resolutions).await?;
    let outcomes = outcome::conclude(tx, &bids, resolutions, decided).await?;
    let mut outcomes = outcomes.into_iter();
    let mut of = |lot: &ProjectBids| outcomes.by_ref().take(lot.bids.len()).collect();
    let answers = lots.iter().zip(&held);
    Ok(answers
        .map(|(lot, held)| held.as_ref().map(|_| of(lot)))
        .collect())
}

/// Why a project takes no bids.
#[derive(Debug, Clone)]
enum Closed {
    NotThere,
    By(Refusal),
}

impl From<Closed> for Error {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::NotThere => Self::NotFound,
            Closed::By(refusal) => refusal.into(),
        }
    }
}

/// The project's row, locked, or why the project takes no bids.
type LockResult = Result<LockedProject, Closed>;

/// Locks the projects' rows; `None` for one that was skipped. Reads the clock without locks first, so that bids after
/// the deadline do not delay the award.
async fn hold(
    tx: &mut Tx<'_>,
    lots: &[ProjectBids],
    wait: bool,
) -> Result<Vec<Option<LockResult>>> {
    let ids: Vec<i64> = lots.iter().map(|lot| lot.project.0).collect();
    let glance = store::glance(tx, &ids).await?;
    let glanced = |lot: &ProjectBids| {
        let glance = glance.get(&lot.project).ok_or(Closed::NotThere)?;
        rules::open(glance.state, glance.deadline, glance.now).map_err(Closed::By)
    };
    let glanced: Vec<Result<(), Closed>> = lots.iter().map(glanced).collect();
    let open = ids
        .iter()
        .zip(&glanced)
        .filter(|(_, glance)| glance.is_ok());
    let open: Vec<i64> = open.map(|(id, _)| *id).collect();
    let mut held = match &open[..] {
        [] => HashMap::new(),
        [one] if wait => {
            let held = store::lock(tx, ProjectId(*one)).await?;
            held.map(|held| (ProjectId(*one), held))
                .into_iter()
                .collect()
        }
        several => store::lock_free(tx, several).await?,
    };
    let holding = |(lot, glanced): (&ProjectBids, Result<(), Closed>)| match glanced {
        Err(closed) => Some(Err(closed)),
        Ok(()) => match held.remove(&lot.project) {
            Some(held) => Some(Ok(held)),
            // It existed a moment ago, so it has just been deleted.
            None if wait => Some(Err(Closed::NotThere)),
            None => None,
        },
    };
    Ok(lots.iter().zip(glanced).map(holding).collect())
}

/// The decisions so far, in the order of the bids: `None` for a repeat, otherwise the index among the accepted bids.
type Places = Vec<Option<Result<usize>>>;

/// Decides the bids on these projects, and stores what is accepted.
async fn decide(
    tx: &mut Tx<'_>,
    here: &[(&ProjectBids, &LockResult)],
    resolutions: &[Resolution],
) -> Result<Vec<Option<Result<Bid>>>> {
    let of_held = here.iter().filter(|(_, holding)| holding.is_ok());
    let pairs: BTreeSet<(i64, i64)> = of_held
        .flat_map(|(lot, _)| lot.bids.iter().map(|bid| (lot.project.0, bid.buyer.0)))
        .collect();
    if pairs.is_empty() {
        // No project is open, so the bids are refused without another query.
        let mut refused = Vec::with_capacity(resolutions.len());
        for (lot, holding) in here {
            if let Err(closed) = holding {
                refuse(lot, resolutions, closed, &mut refused);
            }
        }
        return Ok(refused);
    }
    let BuyerFacts {
        lasts,
        leaving,
        now,
    } = store::buyer_facts(tx, &pairs).await?;
    let mut places: Places = Vec::with_capacity(resolutions.len());
    let (mut stored, mut sums, mut replaced) = (Vec::new(), Vec::new(), Vec::new());
    for (lot, holding) in here {
        let open = holding.as_ref().map_err(Closed::clone).and_then(|held| {
            rules::open(held.state, held.deadline, now).map_err(Closed::By)?;
            Ok(held)
        });
        let held = match open {
            Ok(held) => held,
            Err(closed) => {
                refuse(lot, resolutions, &closed, &mut places);
                continue;
            }
        };
        let lasts = lasts.get(&lot.project).into_iter().flatten();
        let lasts = lasts.map(|(buyer, last)| (*buyer, last.in_currency(held.budget.currency())));
        let mut book = Book::new(held.budget, held.lowest, held.bidder_count, lasts.collect());
        enter(
            lot,
            resolutions,
            &mut book,
            &leaving,
            stored.len(),
            &mut places,
        );
        sums.extend(ProjectTotals::of(lot.project, &book));
        replaced.extend(&book.replaced);
        let accepted = book.accepted.into_iter();
        stored.extend(accepted.map(|bid| StoredBid {
            project: lot.project,
            bid,
        }));
    }
    let ids = store_all(tx, &stored, &sums, &replaced, now).await?;
    let bid = |place: usize| Bid {
        id: ids[place],
        amount: stored[place].bid.amount,
        leads: stored[place].bid.leads,
    };
    Ok(places
        .into_iter()
        .map(|one| one.map(|one| one.map(bid)))
        .collect())
}

/// Decides the lot's bids with `book`. Those of `leaving` buyers are refused. The indexes of accepted bids start at `first`.
fn enter(
    lot: &ProjectBids,
    resolutions: &[Resolution],
    book: &mut Book,
    leaving: &[i64],
    first: usize,
    places: &mut Places,
) {
    let currency = book.currency();
    for bid in &lot.bids {
        let accepted = |first: usize| matches!(places[first], Some(Ok(_)));
        let is_answered = resolutions[places.len()].is_answered(bid.mark.as_ref(), accepted);
        let mut next = || {
            if leaving.contains(&bid.buyer.0) {
                return Err(erasure::Refusal::Scheduled.into());
            }
            let amount = bid.offer.amount(currency)?;
            let place = book.decide(bid.buyer, amount, bid.offer.note().cloned())?;
            Ok(first + place)
        };
        places.push((!is_answered).then(&mut next));
    }
}

/// Refuses all bids of the lot, except repeats.
fn refuse<T>(
    lot: &ProjectBids,
    resolutions: &[Resolution],
    closed: &Closed,
    decided: &mut Vec<Option<Result<T>>>,
) {
    for bid in &lot.bids {
        let is_answered = resolutions[decided.len()].is_answered(bid.mark.as_ref(), |_| false);
        decided.push((!is_answered).then(|| Err(closed.clone().into())));
    }
}

/// Stores the accepted bids and their events, in a fixed number of statements.
async fn store_all(
    tx: &mut Tx<'_>,
    stored: &[StoredBid],
    sums: &[ProjectTotals],
    replaced: &[BidId],
    accepted_at: OffsetDateTime,
) -> Result<Vec<BidId>> {
    if stored.is_empty() {
        return Ok(Vec::new());
    }
    if !replaced.is_empty() {
        store::end(tx, replaced, State::Replaced, accepted_at).await?;
    }
    let ids = store::insert(tx, stored, accepted_at).await?;
    store::fold(tx, sums).await?;
    let events: Vec<BidPlaced> = stored
        .iter()
        .zip(&ids)
        .map(|(StoredBid { project, bid }, id)| BidPlaced {
            project: *project,
            buyer: bid.buyer,
            body: json!({ "bid": id, "bidder": bid.bidder_number, "amount": bid.amount }),
        })
        .collect();
    event::record_bids(tx, &events).await?;
    Ok(ids)
}
