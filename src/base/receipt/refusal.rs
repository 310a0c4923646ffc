//! Refusals that any form may get.

use crate::error::{ErrorKind, Refuse};

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The data shown on the page has changed since it was rendered, or the form's key is not one of ours.
    #[error("This page was out of date; check what it says now and send it again.")]
    StalePage,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::StalePage => "stale-page",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::StalePage => ErrorKind::Conflict,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::StalePage => None,
        }
    }
}
