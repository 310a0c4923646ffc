//! Saved searches: a search of the list of open projects, and how often its owner is told of new projects that fit.
//!
//! Invariant: an account saves [`MAX_SAVED`] searches at most. A search tells of each project once, and never of its
//! owner's own.
//!
//! A newly published project is compared with the saved searches in batches, by the conditions of the list itself
//! (`store/matching.rs`). What fits is stored, and is told at once or with the search's next digest: `notice` decides when.

mod filter;
mod frequency;
mod matching;
mod refusal;
mod store;
mod verbs;

pub use filter::SavedFilter;
pub use frequency::{DigestTime, Frequency};
pub use matching::{FoundProject, MAX_COUNTED};
pub use refusal::Refusal;
pub use store::{MATCH_DAYS, forget_old};
pub use verbs::{change, delete, find, of_account, save};
pub(crate) use {
    matching::Digest,
    store::matching::{due, fitting, last_of_batch, record_digests},
};

use crate::{
    Error, Result,
    field::{self, Check},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// How many searches an account may save.
pub const MAX_SAVED: i64 = 30;
/// The longest name, in characters.
pub const LONGEST_NAME: usize = 80;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SavedSearchId(pub i64);

/// A search that somebody saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSearch {
    pub id: SavedSearchId,
    pub name: String,
    pub filter: SavedFilter,
    pub frequency: Frequency,
    pub created_at: OffsetDateTime,
    /// When its owner was last told of a project.
    pub told_at: Option<OffsetDateTime>,
    /// When its owner is told next, if anything fits until then; `None` if at once.
    pub next_digest_at: Option<OffsetDateTime>,
}

/// What its owner decides about a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchChoices {
    pub name: String,
    pub frequency: Frequency,
}

impl SearchChoices {
    /// Parses what was typed and chosen.
    ///
    /// # Errors
    /// `Invalid` for `name` or `frequency`.
    pub fn parse(name: &str, frequency: &str) -> Result<Self> {
        let mut check = Check::default();
        let name = check.take("name", field::line(name, 1, LONGEST_NAME));
        let frequency = check.take("frequency", frequency.parse());
        check.finish()?;
        name.zip(frequency)
            .map(|(name, frequency)| Self { name, frequency })
            .ok_or(Error::Invalid(Vec::new()))
    }
}
