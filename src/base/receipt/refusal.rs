//! Refusals that any form may get.

use crate::error::{ErrorKind, Refuse};

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The data shown on the page has changed since it was rendered, or the form's key is not one of ours.
    #[error("This page was out of date; check what it says now and send it again.")]
    StalePage,
    /// The form was rendered for a different account than the one that is signed in now.
    #[error(
        "You have signed in with another account since this page was opened. Sign in with the one it was opened with, and send it again."
    )]
    OtherAccount,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::StalePage => "stale-page",
            Self::OtherAccount => "other-account",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::StalePage => ErrorKind::Conflict,
            Self::OtherAccount => ErrorKind::NotAllowed,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::StalePage | Self::OtherAccount => None,
        }
    }
}
