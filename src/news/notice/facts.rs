use crate::{
    money::Money,
    saved_search::{FoundProject, MAX_COUNTED},
};
use serde::{Deserialize, Serialize};

/// The figures and names of a notice, as they were when it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeFacts {
    /// The lowest bid, or the winning one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lowest: Option<Money>,
    /// The recipient's own bid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Money>,
    /// The number of active bids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bids: Option<i32>,
    /// The name of an app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// The saved search, and what fits it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<SearchFacts>,
    /// The name of a webhook or a browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// How many passkeys were removed at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkeys: Option<i32>,
    /// What a digest is made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Box<DigestFacts>>,
}

/// What a digest of mail is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestFacts {
    /// The numbers of the recipient's notices in it, in its order: those of a project follow each other.
    pub notices: Vec<i64>,
    /// How many projects there is news of, including those that the digest does not name.
    pub projects: usize,
}

impl DigestFacts {
    pub(super) fn text(&self) -> String {
        format!("There is {}.", self.label())
    }

    /// How many projects there is news of.
    #[must_use]
    pub fn label(&self) -> String {
        match self.projects {
            1 => "news of a project".to_owned(),
            projects => format!("news of {projects} projects"),
        }
    }
}

/// What fits a saved search.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchFacts {
    /// The search's name.
    pub name: String,
    /// How many other searches of the recipient the project fits.
    pub others: usize,
    /// How many new projects fit, counted up to [`MAX_COUNTED`].
    pub count: i64,
    /// The newest of them.
    pub found: Vec<FoundProject>,
    /// The path of the list of all of them.
    pub list: Option<String>,
}

impl SearchFacts {
    /// How many projects fit beside those that are named: "and 7 more". Empty if none.
    #[must_use]
    pub fn more(&self) -> String {
        let named = i64::try_from(self.found.len()).unwrap_or(i64::MAX);
        match self.count.saturating_sub(named) {
            ..=0 => String::new(),
            more if self.count >= MAX_COUNTED => format!("and at least {more} more"),
            more => format!("and {more} more"),
        }
    }
}
