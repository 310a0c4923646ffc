//! Projects: work that a seller offers, from draft to result.
//!
//! Invariant: draft → open → awarded, unawarded or cancelled. A published project is never edited, because buyers bid
//! on what it said. `bid` decides bids, and `award` decides the result.
//!
//! A draft is a row of `project` whose budget and deadline may be missing; a constraint ensures that every other
//! project has both.

mod category;

#[cfg(feature = "postgres")]
mod backdate;
#[cfg(feature = "postgres")]
mod browse;
#[cfg(feature = "postgres")]
mod decision;
#[cfg(feature = "postgres")]
mod details;
#[cfg(feature = "postgres")]
mod draft;
#[cfg(feature = "postgres")]
mod featured;
#[cfg(feature = "postgres")]
mod fulfillment;
#[cfg(feature = "postgres")]
mod list;
#[cfg(feature = "postgres")]
mod progress;
#[cfg(feature = "postgres")]
mod refusal;
#[cfg(feature = "postgres")]
mod rules;
#[cfg(feature = "postgres")]
mod search;
#[cfg(feature = "postgres")]
mod search_words;
#[cfg(feature = "postgres")]
mod sitemap;
#[cfg(feature = "postgres")]
mod store;
#[cfg(feature = "postgres")]
mod tally;
#[cfg(feature = "postgres")]
mod template;
#[cfg(feature = "postgres")]
mod verbs;

pub use category::Category;
#[cfg(feature = "postgres")]
pub use {
    backdate::backdate,
    browse::{BrowseFilter, BrowsedProject, Order, Start, browse, browsed_total, search},
    decision::{NEW_RESULT, SellerDecision},
    details::{Details, LIMITS, ProjectInput, Purpose},
    draft::{Draft, DraftForm, DraftVersion, LastSave},
    featured::featured,
    fulfillment::{
        DeliveryDate, DurationUnit, Fulfillment, FulfillmentInput, LONGEST_SITE, MAX_DAYS,
        WorkDuration, WorkPlace, WorkPlaceKind,
    },
    list::{Filter, Listing, PER_PAGE, Sort, budget_bound, closing_soon, list},
    progress::{OwnProgress, Progress, Terms},
    refusal::Refusal,
    search::{FILLED_AT_ONCE, MAX_COUNTED, MAX_EXAMINED, SearchReport, TotalCache, fill_search},
    search_words::{LONGEST_SEARCH, MAX_TERMS, SearchWords},
    sitemap::{MAX_PARTS, PART_SIZE, open_in_part, open_parts},
    tally::{BidBounds, FOLDED_AT_ONCE, count_by_category, fold_tally},
    template::{Insertion, Template, name_with_template, open_gaps, with_template},
    verbs::{
        cancel, cancellable, discard_draft, draft, draft_to_change, edit_draft, ended, find,
        find_all, of_seller, of_seller_before, publish, review, save_draft,
    },
};
#[cfg(feature = "postgres")]
pub(crate) use {
    search::{Search, SortKey},
    store::begin_list_read,
    tally::TallyFilter,
};

use serde::{Deserialize, Serialize};
use std::str::FromStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProjectId(pub i64);

impl std::fmt::Display for ProjectId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Visible only to its seller.
    Draft,
    /// Takes bids until its deadline.
    Open,
    /// The lowest bid won.
    Awarded,
    /// There was no live bid at the deadline.
    Unawarded,
    /// The seller cancelled it while it had no live bid.
    Cancelled,
}

impl State {
    /// Every state, in the order of a project's life.
    pub const ALL: [Self; 5] = [
        Self::Draft,
        Self::Open,
        Self::Awarded,
        Self::Unawarded,
        Self::Cancelled,
    ];

    /// The name in the database, the API and on pages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Awarded => "awarded",
            Self::Unawarded => "unawarded",
            Self::Cancelled => "cancelled",
        }
    }

    /// True if nothing can change any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Awarded | Self::Unawarded | Self::Cancelled)
    }
}

impl FromStr for State {
    type Err = crate::field::ValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.name() == text)
            .ok_or(crate::field::ValueError::NotAChoice)
    }
}

#[cfg(feature = "postgres")]
mod read {
    use super::{
        Category, Draft, Fulfillment, OwnProgress, Progress, ProjectId, State, Terms, rules,
    };
    use crate::{
        account::AccountId,
        bid::Note,
        money::{Currency, Money},
    };
    use time::OffsetDateTime;

    /// A published project, as visible to everybody.
    #[derive(Debug, Clone)]
    pub struct Project {
        pub id: ProjectId,
        pub seller: AccountId,
        pub seller_name: String,
        pub progress: Progress,
        pub name: String,
        pub summary: String,
        pub description: String,
        pub category: Category,
        pub skills: Vec<String>,
        pub budget: Money,
        pub lowest: Option<Money>,
        pub bid_count: i32,
        pub deadline: OffsetDateTime,
        pub published_at: OffsetDateTime,
        pub fulfillment: Fulfillment,
        /// The database's clock when this was read.
        pub now: OffsetDateTime,
    }

    impl Project {
        /// The state without its data.
        #[must_use]
        pub const fn state(&self) -> State {
            self.progress.state()
        }

        /// The same project as a draft that has not been saved, with a deadline that takes bids for as long as before.
        #[must_use]
        pub fn to_post_again(&self) -> Draft {
            let deadline = rules::next_deadline(self.published_at, self.deadline, self.now);
            Draft {
                id: self.id,
                name: self.name.clone(),
                summary: self.summary.clone(),
                description: self.description.clone(),
                category: Some(self.category),
                skills: self.skills.clone(),
                currency: self.budget.currency(),
                budget: Some(self.budget),
                deadline: Some(deadline),
                zone: None,
                fulfillment: self.fulfillment.shifted(self.deadline, deadline),
                last_save: None,
            }
        }

        /// True if a bid could still be accepted when this was read.
        #[must_use]
        pub fn accepts_bids(&self) -> bool {
            self.progress == Progress::Open && self.now < self.deadline
        }
    }

    /// What publishing a project makes public.
    #[derive(Debug, Clone)]
    pub struct Publication {
        pub name: String,
        pub summary: String,
        pub description: String,
        pub category: Category,
        pub skills: Vec<String>,
        pub terms: Terms,
        pub fulfillment: Fulfillment,
    }

    /// An open project in a list.
    #[derive(Debug, Clone)]
    pub struct Summary {
        pub id: ProjectId,
        pub seller_name: String,
        pub name: String,
        pub summary: String,
        pub category: Category,
        pub skills: Vec<String>,
        pub budget: Money,
        pub lowest: Option<Money>,
        pub bid_count: i32,
        pub deadline: OffsetDateTime,
        pub published_at: OffsetDateTime,
        pub fulfillment: Fulfillment,
    }

    /// One of the seller's own projects, as shown on the dashboard.
    #[derive(Debug, Clone)]
    pub struct SellerProject {
        pub id: ProjectId,
        pub name: String,
        pub currency: Currency,
        pub lowest: Option<Money>,
        pub bid_count: i32,
        pub progress: OwnProgress,
        /// The note to the winning bid, if the project is awarded.
        pub winning_note: Option<Note>,
    }

    impl SellerProject {
        /// The state without its data.
        #[must_use]
        pub const fn state(&self) -> State {
            self.progress.state()
        }
    }
}

#[cfg(feature = "postgres")]
pub use read::{Project, Publication, SellerProject, Summary};
