//! Why a search is not saved.

use crate::error::{ErrorKind, Refuse};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("You have saved {most} searches, which is the limit. Delete one of them first.")]
    TooManySearches { most: i64 },
    #[error("Choose a filter or search for a word first: this search finds every project.")]
    NothingToFind,
    #[error(
        "This search has no word to look for: very common words and punctuation are ignored. Search for another word."
    )]
    StopWordsOnly,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::TooManySearches { .. } => "too-many-searches",
            Self::NothingToFind => "search-finds-everything",
            Self::StopWordsOnly => "search-finds-nothing",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::TooManySearches { .. } => ErrorKind::Conflict,
            Self::NothingToFind | Self::StopWordsOnly => ErrorKind::Invalid,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::TooManySearches { .. } | Self::NothingToFind | Self::StopWordsOnly => None,
        }
    }
}
