//! Deciding bids in a transaction, on one project or on several. Each is answered as if it were the only one.

use super::{
    Bid, BidId, Outcome, State,
    book::Book,
    once::{self, Asked, Once, Turn},
    rules,
    store::{self, Held, Stored, Sum},
};
use crate::{
    Error, Refusal, Result,
    event::{self, Placed},
    project::ProjectId,
    store::Tx,
};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use time::OffsetDateTime;

/// What is bid on one project, in the order in which it came.
#[derive(Debug)]
pub(super) struct Lot {
    pub project: ProjectId,
    pub asked: Vec<Asked>,
}

/// Buyers bid on open projects. Who `waits` bids on one, and waits for it. Otherwise nothing is said of those that somebody else
/// holds at this moment, and nothing of what was bid on them is stored.
///
/// # Errors
/// `Busy` or `Unexpected` for all of them: nothing is stored then. What is refused to one is among the answers.
pub(super) async fn place_all(
    tx: &mut Tx<'_>,
    lots: &[Lot],
    waits: bool,
) -> Result<Vec<Option<Vec<Result<Outcome>>>>> {
    let held = hold(tx, lots, waits).await?;
    let here = lots.iter().zip(&held);
    let here: Vec<(&Lot, &Holding)> = here
        .filter_map(|(lot, held)| Some((lot, held.as_ref()?)))
        .collect();
    let asked: Vec<&Asked> = here.iter().flat_map(|(lot, _)| &lot.asked).collect();
    // What was decided before is known once the rows are held; late bids must not hold them.
    let turns = once::turns(tx, &asked).await?;
    let decided = decide(tx, &here, &turns).await?;
    let outcomes = once::conclude(tx, &asked, turns, decided).await?;
    let mut outcomes = outcomes.into_iter();
    let mut of = |lot: &Lot| outcomes.by_ref().take(lot.asked.len()).collect();
    let answers = lots.iter().zip(&held);
    Ok(answers
        .map(|(lot, held)| held.as_ref().map(|_| of(lot)))
        .collect())
}

/// The project's row, or why nothing can be bid on it: a refusal, or none where there is no such project.
type Holding = Result<Held, Option<Refusal>>;

/// Holds the projects' rows; nothing for one that somebody else holds. Looks at the clock without the locks first: bidders
/// that go on after the deadline must not keep the award from the row.
async fn hold(tx: &mut Tx<'_>, lots: &[Lot], waits: bool) -> Result<Vec<Option<Holding>>> {
    let ids: Vec<i64> = lots.iter().map(|lot| lot.project.0).collect();
    let seen = store::glance(tx, &ids).await?;
    let closed = |lot: &Lot| match seen.get(&lot.project) {
        None => Some(None),
        Some(seen) => rules::open(seen.state, seen.deadline, seen.now)
            .err()
            .map(Some),
    };
    let closed: Vec<Option<Option<Refusal>>> = lots.iter().map(closed).collect();
    let open: Vec<i64> = lots
        .iter()
        .zip(&closed)
        .filter(|(_, closed)| closed.is_none())
        .map(|(lot, _)| lot.project.0)
        .collect();
    let mut held = match &open[..] {
        [] => HashMap::new(),
        [one] if waits => store::lock(tx, ProjectId(*one))
            .await?
            .map(|held| (ProjectId(*one), held))
            .into_iter()
            .collect(),
        several => store::lock_free(tx, several).await?,
    };
    let holding = |(lot, closed): (&Lot, Option<Option<Refusal>>)| match closed {
        Some(closed) => Some(Err(closed)),
        None => match held.remove(&lot.project) {
            Some(held) => Some(Ok(held)),
            // It was there a moment ago.
            None if waits => Some(Err(None)),
            None => None,
        },
    };
    Ok(lots.iter().zip(closed).map(holding).collect())
}

/// What was bid on one project, and what is known of it.
struct Part<'a> {
    lot: &'a Lot,
    turns: &'a [Turn],
}

/// Decides the bids whose projects' rows are held, and stores what is accepted.
async fn decide(
    tx: &mut Tx<'_>,
    here: &[(&Lot, &Holding)],
    turns: &[Turn],
) -> Result<Vec<Option<Result<Bid>>>> {
    let of_held = here.iter().filter(|(_, holding)| holding.is_ok());
    let pairs: BTreeSet<(i64, i64)> = of_held
        .flat_map(|(lot, _)| lot.asked.iter().map(|asked| (lot.project.0, asked.buyer.0)))
        .collect();
    let known = match pairs.is_empty() {
        true => None,
        false => Some(store::lasts_of(tx, &pairs).await?),
    };
    let mut decided: Vec<Option<Result<usize>>> = Vec::with_capacity(turns.len());
    let (mut stored, mut sums, mut replaced) = (Vec::new(), Vec::new(), Vec::new());
    for (lot, holding) in here {
        let from = decided.len();
        let part = Part {
            lot,
            turns: &turns[from..from + lot.asked.len()],
        };
        let open = match (holding, &known) {
            (Ok(held), Some((lasts, now))) => rules::open(held.state, held.deadline, *now)
                .map(|()| (held, lasts))
                .map_err(Some),
            (Ok(_), None) => Err(None),
            (Err(closed), _) => Err(closed.clone()),
        };
        match open {
            Err(closed) => part.refuse(&closed, &mut decided),
            Ok((held, lasts)) => {
                let lasts = lasts.get(&lot.project);
                let lasts = lasts.into_iter().flatten();
                let lasts =
                    lasts.map(|(buyer, last)| (*buyer, last.in_currency(held.budget.currency())));
                let mut book =
                    Book::new(held.budget, held.lowest, held.bidder_count, lasts.collect());
                part.decide(&mut book, stored.len(), &mut decided);
                sums.extend(Sum::of(lot.project, &book));
                replaced.extend(&book.replaced);
                let accepted = book.accepted.into_iter();
                stored.extend(accepted.map(|bid| Stored {
                    project: lot.project,
                    bid,
                }));
            }
        }
    }
    let ids = match known {
        Some((_, accepted_at)) => store_all(tx, &stored, &sums, &replaced, accepted_at).await?,
        None => Vec::new(),
    };
    let bid = |place: usize| Bid {
        id: ids[place],
        amount: stored[place].bid.amount,
        leads: stored[place].bid.leads,
    };
    Ok(decided
        .into_iter()
        .map(|one| one.map(|one| one.map(bid)))
        .collect())
}

impl Part<'_> {
    /// Decides its bids by the book; what is accepted is numbered from `first` on.
    fn decide(&self, book: &mut Book, first: usize, decided: &mut Vec<Option<Result<usize>>>) {
        let currency = book.currency();
        for (asked, turn) in self.lot.asked.iter().zip(self.turns) {
            let is_answered = match (turn, &asked.once) {
                (Turn::Open, _) => false,
                (Turn::Known(_), _) | (Turn::SameAs(_), Once::Keyed { .. }) => true,
                // A form that was refused is no other form when it comes again: it is read once more.
                (Turn::SameAs(same), _) => matches!(decided[*same], Some(Ok(_))),
            };
            let mut next = || {
                let place = book.decide(asked.buyer, asked.offer.amount(currency)?)?;
                Ok(first + place)
            };
            decided.push((!is_answered).then(&mut next));
        }
    }

    /// Tells all that were not answered before that nothing can be bid.
    fn refuse(&self, closed: &Option<Refusal>, decided: &mut Vec<Option<Result<usize>>>) {
        let refusal = || closed.clone().map_or(Error::NotFound, Error::from);
        for (asked, turn) in self.lot.asked.iter().zip(self.turns) {
            decided.push(match (turn, &asked.once) {
                (Turn::Known(_), _) | (Turn::SameAs(_), Once::Keyed { .. }) => None,
                _ => Some(Err(refusal())),
            });
        }
    }
}

/// Stores what was accepted, with its events, in a few statements however much it is.
async fn store_all(
    tx: &mut Tx<'_>,
    stored: &[Stored],
    sums: &[Sum],
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
    let events: Vec<Placed> = stored
        .iter()
        .zip(&ids)
        .map(|(Stored { project, bid }, id)| Placed {
            project: *project,
            buyer: bid.buyer,
            body: json!({ "bid": id, "bidder": bid.bidder_number, "amount": bid.amount }),
        })
        .collect();
    event::record_bids(tx, &events).await?;
    Ok(ids)
}
