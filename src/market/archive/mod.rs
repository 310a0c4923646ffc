//! The archive: auctions that have ended, their prices, and what each category usually costs.
//!
//! Invariant: it shows only what the projects' own pages show to everybody: no bidder, not even the winner. Cancelled
//! projects are not in it, because no auction took place. `award` decides results and proves them.

mod cursor;
mod list;
mod statistics;
mod store;

pub use cursor::ArchiveCursor;
pub use list::{ArchivePage, MAX_ROWS, PER_PAGE, list};
pub use statistics::{
    AuctionFigures, BAND_BOUNDS, BudgetBand, CategoryFigures, FEWEST_FOR_QUARTILES, MAX_EVALUATED,
    PriceStatistics, Prices, Quartiles, statistics,
};

use crate::{
    field::ValueError,
    money::{Currency, Money},
    project::{BidBounds, Category, ProjectId, SearchWords, State, TallyFilter},
};
use std::str::FromStr;
use time::OffsetDateTime;

/// An auction that has ended.
#[derive(Debug, Clone)]
pub struct FinishedAuction {
    pub id: ProjectId,
    pub name: String,
    pub seller_name: String,
    pub category: Category,
    pub budget: Money,
    /// The lowest live bid, which won; `None` if there was none.
    pub price: Option<Money>,
    /// The number of bids that were live at the deadline.
    pub bid_count: i32,
    pub deadline: OffsetDateTime,
}

/// How an auction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ending {
    /// The lowest bid won.
    #[default]
    Awarded,
    /// Nobody bid, or every bid was withdrawn.
    Unawarded,
}

impl Ending {
    pub const ALL: [Self; 2] = [Self::Awarded, Self::Unawarded];

    /// The name in URLs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.state().name()
    }

    /// The name on pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Awarded => "With a winner",
            Self::Unawarded => "Without a bid",
        }
    }

    /// What pages call an auction that ended like this: singular and plural.
    #[must_use]
    pub const fn nouns(self) -> (&'static str, &'static str) {
        match self {
            Self::Awarded => ("auction with a winner", "auctions with a winner"),
            Self::Unawarded => ("auction without a bid", "auctions without a bid"),
        }
    }

    /// The other ending, whose auctions are not in a list of these.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Awarded => Self::Unawarded,
            Self::Unawarded => Self::Awarded,
        }
    }

    const fn state(self) -> State {
        match self {
            Self::Awarded => State::Awarded,
            Self::Unawarded => State::Unawarded,
        }
    }
}

impl FromStr for Ending {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::ALL
            .into_iter()
            .find(|ending| ending.name() == text)
            .ok_or(ValueError::NotAChoice)
    }
}

/// Filters of the archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchiveFilter {
    pub words: Option<SearchWords>,
    pub ending: Ending,
    pub category: Option<Category>,
    pub currency: Option<Currency>,
    /// Bounds of the final price and of the number of bids.
    pub bids: BidBounds,
    /// Bounds of the deadline; the upper one is exclusive.
    pub ended_from: Option<OffsetDateTime>,
    pub ended_before: Option<OffsetDateTime>,
}

impl ArchiveFilter {
    const fn tally_filter(&self) -> TallyFilter {
        TallyFilter {
            category: self.category,
            currency: self.currency,
            closing_from: self.ended_from,
            closing_before: self.ended_before,
            bids: self.bids,
            ..TallyFilter::of(self.ending.state())
        }
    }
}

/// The order of the list, by deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ArchiveOrder {
    #[default]
    Newest,
    Oldest,
}

impl ArchiveOrder {
    pub const ALL: [Self; 2] = [Self::Newest, Self::Oldest];

    /// The name in URLs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
        }
    }

    /// The name on pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Newest => "Ended last",
            Self::Oldest => "Ended first",
        }
    }
}

impl FromStr for ArchiveOrder {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::ALL
            .into_iter()
            .find(|order| order.name() == text)
            .ok_or(ValueError::NotAChoice)
    }
}
