//! Why a program was not registered. The errors of OAuth 2 itself are in [`super::OauthError`].

use crate::error::{ErrorKind, Refuse};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("You have registered {most} apps; delete one first.")]
    TooManyPrograms { most: i64 },
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::TooManyPrograms { .. } => "too-many-programs",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::TooManyPrograms { .. } => ErrorKind::Conflict,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::TooManyPrograms { .. } => None,
        }
    }
}
