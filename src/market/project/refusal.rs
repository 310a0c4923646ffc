//! Why a project is not saved, published or cancelled.

use super::DraftVersion;
use crate::error::{ErrorKind, Refuse};
use serde::Deserialize;

/// Deserialized only from receipts of the version that stored variant names: see `receipt::Denial`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    #[error("The deadline has passed; bids are no longer accepted.")]
    DeadlinePassed,
    #[error("This project is not open for bids.")]
    NotOpen,
    #[error("There is a bid already, so the project can't be cancelled.")]
    HasBids,
    #[error("This is no longer a draft. You can't edit a project once it's published.")]
    NotADraft,
    #[error("You have {most} drafts; publish or discard one first.")]
    TooManyDrafts { most: i64 },
    /// The form was filled from an older version than this one.
    #[error(
        "This draft was changed in another window. What you typed here is still in the form, but it is not saved in the draft."
    )]
    ChangedElsewhere { version: DraftVersion },
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::DeadlinePassed => "deadline-passed",
            Self::NotOpen => "not-open",
            Self::HasBids => "has-bids",
            Self::NotADraft => "not-a-draft",
            Self::TooManyDrafts { .. } => "too-many-drafts",
            Self::ChangedElsewhere { .. } => "draft-changed-elsewhere",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::DeadlinePassed => ErrorKind::TooLate,
            Self::NotOpen
            | Self::HasBids
            | Self::NotADraft
            | Self::TooManyDrafts { .. }
            | Self::ChangedElsewhere { .. } => ErrorKind::Conflict,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::DeadlinePassed
            | Self::NotOpen
            | Self::HasBids
            | Self::NotADraft
            | Self::TooManyDrafts { .. }
            | Self::ChangedElsewhere { .. } => None,
        }
    }
}
