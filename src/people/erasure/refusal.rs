//! Why an erasure, or what an account does before one, is refused.

use super::Obligation;
use crate::error::{ErrorKind, Refuse};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{}", .0.text())]
    Bound(Obligation),
    #[error(
        "Your account is going to be erased, so it can neither publish projects nor bid. Choose “Keep my account” on your account page first."
    )]
    Scheduled,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Bound(Obligation::OpenProject) => "erasure-open-project",
            Self::Bound(Obligation::ActiveBid) => "erasure-active-bid",
            Self::Bound(Obligation::FormerAddress) => "erasure-former-address",
            Self::Scheduled => "erasure-scheduled",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Bound(_) | Self::Scheduled => ErrorKind::Conflict,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::Bound(_) | Self::Scheduled => None,
        }
    }
}
