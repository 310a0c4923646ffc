//! Why a bid is not undone, and what the buyer can do instead.

use crate::error::{ErrorKind, Refuse};

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UndoRefusal {
    /// It was replaced, withdrawn or undone, or is somebody else's.
    #[error("This bid is no longer active, so it can't be undone.")]
    NotActive,
    #[error(
        "A bid can be undone for 60 seconds after it was placed. You can withdraw it instead, until the deadline."
    )]
    TooLate,
    #[error(
        "You can undo one bid a minute on a project, and you undid one just now. You can withdraw this one instead."
    )]
    TooSoon,
    #[error(
        "In the last five minutes before the deadline a bid can't be undone. You can withdraw it instead."
    )]
    NearDeadline,
    /// The form of an undone bid was sent again.
    #[error("You undid this bid. If you mean it after all, place it again.")]
    Undone,
}

impl Refuse for UndoRefusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotActive => "bid-not-active",
            Self::TooLate => "undo-too-late",
            Self::TooSoon => "undo-too-soon",
            Self::NearDeadline => "undo-near-deadline",
            Self::Undone => "bid-undone",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::TooLate | Self::NearDeadline => ErrorKind::TooLate,
            Self::NotActive | Self::TooSoon | Self::Undone => ErrorKind::Conflict,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NotActive | Self::TooLate | Self::TooSoon | Self::NearDeadline | Self::Undone => {
                None
            }
        }
    }
}
