//! Recognizes repeated bids, in the transaction that decides them.
//!
//! - One statement reads the receipts of all bids of a transaction, and one stores the new receipts.
//! - One more statement takes the advisory locks of API calls, without waiting: the same key may come with a bid on
//!   another project. Forms need no lock, because the same form sent again waits for the project's row lock.
//! - Repeats within one transaction are found in memory.
//! - If a call arrives after the deadline, its refusal is stored without the row lock. It never replaces a receipt of
//!   an accepted bid; the statement in `receipt` ensures that.
//! - A form's refusal is not kept, so a repeated form is decided again.

use super::{Bid, combiner::busy, decide::BidRequest};
use crate::{
    Error, Result,
    receipt::{self, ClaimResult, Conflict, Denial, Mark, Receipt},
    store::Connection,
};

/// The result of a bid request; a refusal is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Placed(Bid),
    /// The same request was processed before.
    Repeated(Receipt<Bid>),
    Conflict(Conflict),
}

/// Whether a bid still needs a decision, or an earlier request decides it.
pub(super) enum Resolution {
    Open,
    /// The same request as an earlier one in this transaction, at this index.
    SameAs(usize),
    Known(Outcome),
}

impl Resolution {
    /// True if the bid needs no decision, because a receipt or an earlier bid of this transaction answers it.
    /// `accepted` tells whether the bid at an index was accepted.
    pub(super) fn is_answered(
        &self,
        mark: Option<&Mark>,
        accepted: impl FnOnce(usize) -> bool,
    ) -> bool {
        match self {
            Self::Open => false,
            Self::Known(_) => true,
            // A refusal without a receipt does not answer the repeated bid, so that one is decided too.
            Self::SameAs(place) => mark.is_some_and(Mark::keeps_refusals) || accepted(*place),
        }
    }
}

/// Finds out whether each bid repeats an earlier request. Forms need no claim, because a second submission of the same
/// form waits for the project's row lock. API calls are claimed, because the same key may come with a bid on another
/// project.
pub(super) async fn resolutions(
    db: &mut Connection,
    bids: &[&BidRequest],
) -> Result<Vec<Resolution>> {
    let mut resolutions: Vec<Resolution> = (0..bids.len())
        .map(|place| resolution(bids, place))
        .collect();
    // A call that shares its key with an earlier one of this transaction may have been processed before, so look it up
    // too.
    let places: Vec<(usize, &Mark)> = (0..bids.len())
        .filter(|place| !matches!(resolutions[*place], Resolution::SameAs(_)))
        .filter_map(|place| Some((place, bids[place].mark.as_ref()?)))
        .collect();
    let marks: Vec<&Mark> = places.iter().map(|(_, mark)| *mark).collect();
    for ((place, _), standing) in places.iter().zip(receipt::claim_all(db, &marks).await?) {
        match standing {
            ClaimResult::First => {}
            ClaimResult::Repeated(receipt) => {
                resolutions[*place] = Resolution::Known(Outcome::Repeated(receipt));
            }
            ClaimResult::Conflict(conflict) => {
                resolutions[*place] = Resolution::Known(Outcome::Conflict(conflict));
            }
        }
    }
    for place in 0..resolutions.len() {
        if let Resolution::SameAs(first) = resolutions[place]
            && let Resolution::Known(outcome) = &resolutions[first]
        {
            resolutions[place] = Resolution::Known(outcome.clone());
        }
    }
    Ok(resolutions)
}

/// Compares a bid with the earlier ones in the same transaction.
fn resolution(bids: &[&BidRequest], place: usize) -> Resolution {
    let Some(mark) = &bids[place].mark else {
        return Resolution::Open;
    };
    let earlier = bids[..place].iter().enumerate();
    let shared = earlier
        .filter_map(|(at, earlier)| Some((at, earlier.mark.as_ref()?)))
        .find(|(_, earlier)| earlier.shares_receipt_with(mark));
    match shared {
        None => Resolution::Open,
        Some((at, earlier)) if earlier.has_same_content(mark) => Resolution::SameAs(at),
        Some(_) => Resolution::Known(Outcome::Conflict(Conflict::OtherRequest)),
    }
}

/// Determines the result of each bid and stores the receipts in the same transaction as the bids. `decided` has `None`
/// for bids that needed no decision.
pub(super) async fn conclude(
    db: &mut Connection,
    all: &[&BidRequest],
    resolutions: Vec<Resolution>,
    decided: Vec<Option<Result<Bid>>>,
) -> Result<Vec<Result<Outcome>>> {
    let mut receipts = Vec::new();
    let mut outcomes: Vec<Result<Outcome>> = Vec::with_capacity(all.len());
    for ((bid, resolution), decided) in all.iter().zip(resolutions).zip(decided) {
        let outcome = match (decided, resolution) {
            (Some(decided), _) => {
                if let Some(mark) = &bid.mark
                    && let Some(outcome) = receipt_for(mark, &decided)
                {
                    receipts.push((mark, outcome));
                }
                decided.map(Outcome::Placed)
            }
            (None, Resolution::Known(outcome)) => Ok(outcome),
            (None, Resolution::SameAs(first)) => repeated(&outcomes[first], all[first]),
            (None, Resolution::Open) => Err(Error::unexpected("a bid was not decided")),
        };
        outcomes.push(outcome);
    }
    if !receipts.is_empty() {
        receipt::keep_all(db, &receipts).await?;
    }
    Ok(outcomes)
}

/// The receipt for a decided bid, if it gets one.
fn receipt_for(mark: &Mark, decided: &Result<Bid>) -> Option<Result<Bid, Denial>> {
    match decided {
        Ok(bid) => Some(Ok(*bid)),
        Err(error) if mark.keeps_refusals() => Denial::of(error).map(Err),
        Err(_) => None,
    }
}

/// The result of a bid that repeats an earlier one of this transaction.
fn repeated(first: &Result<Outcome>, bid: &BidRequest) -> Result<Outcome> {
    let outcome = match first {
        Ok(Outcome::Placed(bid)) => Ok(*bid),
        Ok(known) => return Ok(known.clone()),
        Err(error) => Err(Denial::of(error).ok_or_else(busy)?),
    };
    let reference = bid.mark.as_ref().and_then(Mark::reference);
    Ok(Outcome::Repeated(Receipt { outcome, reference }))
}
