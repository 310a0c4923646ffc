//! Bids: the fixed prices that buyers offer for projects.
//!
//! Invariant: a bid is accepted if and only if the database, holding the project's row lock, sees a time before the
//! deadline. A buyer has at most one live bid on a project, and each bid must be lower than the buyer's previous one,
//! unless that was undone.
//! No accepted bid is lost. `tests/race.rs` tests this with many connections. `award` finds the winner.
//!
//! A bid's path: `place` hands it to the `Combiner`, which batches bids that arrive at the same time; `queues` holds
//! them by project. `decide` locks the rows and decides the bids in one transaction, with the pure `book`. `outcome`
//! recognizes repeated requests in that transaction.
//!
//! A bid may have a `note`, which only the project's seller and the bid's buyer can read.
//!
//! One race remains. A form is accepted in the last millisecond and, before its transaction commits, arrives again
//! through another server after the deadline. That server answers that the deadline has passed. The bid is valid all
//! the same, and the page shows it as live.

mod refusal;
mod rules;
mod standing;

#[cfg(feature = "postgres")]
mod book;
#[cfg(feature = "postgres")]
mod combiner;
#[cfg(feature = "postgres")]
mod decide;
#[cfg(feature = "postgres")]
mod history;
#[cfg(feature = "postgres")]
mod note;
#[cfg(feature = "postgres")]
mod offer;
#[cfg(feature = "postgres")]
mod outcome;
#[cfg(feature = "postgres")]
mod queues;
#[cfg(feature = "postgres")]
mod read;
#[cfg(feature = "postgres")]
mod staircase;
#[cfg(feature = "postgres")]
mod store;
#[cfg(feature = "postgres")]
mod undo;
#[cfg(feature = "postgres")]
mod unusual;
#[cfg(feature = "postgres")]
mod verbs;

pub use refusal::Refusal;
pub use rules::amount;
pub use standing::Standing;
#[cfg(feature = "postgres")]
pub use {
    combiner::Combiner,
    history::{
        HISTORY_LIMIT, History, HistoryBid, history, history_before, history_with_names, latest,
        own_bids_at_snapshot,
    },
    note::{LONGEST_NOTE_CHARS, Note, notes},
    offer::{JsonOffer, Offer},
    outcome::Outcome,
    read::{
        BuyersBid, StandingBid, ViewerBid, ViewerBids, buyers_bids_before, must_be_live, of_buyer,
        own,
    },
    staircase::{MAX_BIDS, Staircase, StaircaseStep, staircase},
    undo::{UndoRefusal, UndoableBid, UndoneBid, can_be_undone, undo},
    unusual::{Comparison, UnusuallyLow, must_be_usual},
    verbs::{place, place_within, withdraw, withdrawable},
};
#[cfg(feature = "postgres")]
pub(crate) use {note::may_read, read::standing};

use crate::money::Money;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BidId(pub i64);

/// An accepted bid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bid {
    pub id: BidId,
    pub amount: Money,
    /// True if it was the lowest bid when it was accepted.
    pub leads: bool,
}

/// The state of an accepted bid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Neither replaced nor withdrawn.
    Live,
    /// The buyer has bid lower since.
    Replaced,
    /// The buyer withdrew it, or undid it: an undone bid is a withdrawn one that does not bind the buyer.
    Withdrawn,
}

impl State {
    /// The name in the database and on pages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Replaced => "replaced",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl std::str::FromStr for State {
    type Err = crate::field::ValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Live, Self::Replaced, Self::Withdrawn]
            .into_iter()
            .find(|state| state.name() == text)
            .ok_or(crate::field::ValueError::NotAChoice)
    }
}
