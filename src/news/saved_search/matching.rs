//! Which searches a new project fits, and what a digest tells.

use super::{DigestTime, Frequency, SavedFilter, SavedSearchId};
use crate::{account::AccountId, moment::Zone, project::ProjectId};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// How many projects a digest counts; a larger number is reported as "at least".
pub const MAX_COUNTED: i64 = 500;
/// How many projects a digest names.
pub const MAX_NAMED: i64 = 5;

/// A search that a new project fits, and whose owner is told at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FittingSearch {
    pub account: AccountId,
    pub name: String,
}

/// A project that fits a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundProject {
    pub id: ProjectId,
    pub name: String,
}

/// A search whose digest is due, with what its owner was not told yet.
#[derive(Debug, Clone)]
pub(crate) struct Digest {
    pub search: SavedSearchId,
    pub account: AccountId,
    pub name: String,
    pub filter: SavedFilter,
    pub frequency: Frequency,
    pub zone: Zone,
    /// How many projects that still take bids fit, counted up to [`MAX_COUNTED`].
    pub count: i64,
    /// The newest of them, up to [`MAX_NAMED`].
    pub found: Vec<FoundProject>,
    /// When the oldest of them was published.
    pub since: Option<OffsetDateTime>,
}

impl Digest {
    /// When the next digest of the search is due; `None` if its owner is told at once from now on.
    pub fn next(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        self.frequency
            .next_digest(&self.zone, DigestTime::MORNING, now)
    }
}
