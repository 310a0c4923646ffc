//! Finds which auctions changed, and reads their state for open pages.
//!
//! Invariant: every committed change is found by the first poll after it, however long other transactions stay open.
//! The server manages the streams; this module only reads.

mod lot;
mod wire;

#[cfg(feature = "postgres")]
mod store;
#[cfg(feature = "postgres")]
mod topic;
#[cfg(feature = "postgres")]
mod verbs;

pub use lot::Lot;
pub use wire::objects;
#[cfg(feature = "postgres")]
pub use {
    store::{Poll, Snapshot},
    topic::Topic,
    verbs::{DashboardProject, LatestBid, figures, own, poll},
};

use crate::{
    bid::BidId,
    money::Currency,
    project::{ProjectId, State},
};

/// The limit up to which a project's bids are counted. A page lists no more of them.
pub const MADE_LIMIT: i64 = 200;

/// The public figures of an auction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    pub project: ProjectId,
    pub state: State,
    /// The number of live bids.
    pub bid_count: i32,
    pub lowest_minor: Option<i64>,
    pub currency: Currency,
    /// The pseudonym of the bidder with the lowest bid, who would win if the deadline were now.
    pub leader: Option<i32>,
    /// The pseudonym of the winner.
    pub winner: Option<i32>,
    /// The number of bids ever made, including replaced and withdrawn ones, counted up to [`MADE_LIMIT`].
    pub made: i64,
    /// The newest bid ever made.
    pub newest: Option<BidId>,
}

impl Figures {
    /// True if nothing can change any more.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        self.state.is_final()
    }
}
