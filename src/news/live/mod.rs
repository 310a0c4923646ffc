//! What a page that stays open has to learn: how an auction stands now, and which ones changed.
//! Invariant: every committed change is found by the first look after it, however long other transactions stay open.
//! Ends where pages are told: the server keeps their streams.

mod wire;

#[cfg(feature = "postgres")]
mod store;
#[cfg(feature = "postgres")]
mod topic;
#[cfg(feature = "postgres")]
mod verbs;

pub use wire::{member, objects};
#[cfg(feature = "postgres")]
pub use {
    store::{Look, Snapshot},
    topic::Topic,
    verbs::{Own, OwnBid, figures, look, own},
};

use crate::{
    bid::BidId,
    money::{Currency, Money},
    project::{ProjectId, State},
};

/// How far the bids made on a project are counted. A page lists no more of them than it would count here.
pub const MADE_LIMIT: i64 = 200;

/// How an auction stands, as everybody may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    pub project: ProjectId,
    pub state: State,
    /// Of live bids.
    pub bid_count: i32,
    pub lowest_minor: Option<i64>,
    pub currency: Currency,
    /// The pseudonym of whoever made the lowest bid: it would win if the deadline were now.
    pub leader: Option<i32>,
    /// The pseudonym of whoever won.
    pub winner: Option<i32>,
    /// Of bids ever made, replaced and withdrawn ones too, counted up to [`MADE_LIMIT`].
    pub made: i64,
    /// The newest bid ever made.
    pub newest: Option<BidId>,
}

impl Figures {
    /// The lowest amount that stands.
    #[must_use]
    pub fn lowest(&self) -> Option<Money> {
        self.lowest_minor
            .map(|minor| Money::from_minor(minor, self.currency))
    }

    /// Whether nothing can change any more.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(
            self.state,
            State::Awarded | State::Unawarded | State::Cancelled
        )
    }
}
