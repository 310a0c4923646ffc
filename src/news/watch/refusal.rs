//! Why a project is not watched.

use crate::error::{ErrorKind, Refuse};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("You watch {most} projects, which is the limit. Stop watching one of them first.")]
    TooManyWatched { most: i64 },
    #[error("This project no longer accepts bids, so you can’t watch it.")]
    Ended,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::TooManyWatched { .. } => "too-many-watched",
            Self::Ended => "watch-too-late",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::TooManyWatched { .. } => ErrorKind::Conflict,
            Self::Ended => ErrorKind::TooLate,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::TooManyWatched { .. } | Self::Ended => None,
        }
    }
}
