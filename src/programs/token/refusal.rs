//! Why a token is not made.

use crate::error::{ErrorKind, Refuse};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("You have {most} access tokens; revoke one first.")]
    TooManyTokens { most: i64 },
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::TooManyTokens { .. } => "too-many-tokens",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::TooManyTokens { .. } => ErrorKind::Conflict,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::TooManyTokens { .. } => None,
        }
    }
}
