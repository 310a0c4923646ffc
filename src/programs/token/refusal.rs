//! Why a token was not created.

use crate::error::{ErrorKind, Refuse};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("You have {most} access tokens; revoke one first.")]
    TooManyTokens { most: i64 },
    #[error(
        "{name} was already created, and a token is shown only once. If you have no copy of it, revoke it and create another."
    )]
    MadeAlready { name: String },
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::TooManyTokens { .. } => "too-many-tokens",
            Self::MadeAlready { .. } => "token-made-already",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::TooManyTokens { .. } | Self::MadeAlready { .. } => ErrorKind::Conflict,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::TooManyTokens { .. } | Self::MadeAlready { .. } => None,
        }
    }
}
