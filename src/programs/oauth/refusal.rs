//! Why a program was not registered, or a device not allowed. The errors of OAuth 2 itself are in [`super::OauthError`].

use crate::{
    account::Role,
    error::{ErrorKind, Refuse},
    token::Scopes,
};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("You have registered {most} apps; delete one first.")]
    TooManyPrograms { most: i64 },
    #[error("{}, and this app asks for nothing else.", Scopes::limit_of(*role))]
    NotForRole { role: Role },
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::TooManyPrograms { .. } => "too-many-programs",
            Self::NotForRole { .. } => "scopes-of-other-role",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::TooManyPrograms { .. } | Self::NotForRole { .. } => ErrorKind::Conflict,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::TooManyPrograms { .. } => None,
            Self::NotForRole { .. } => Some("user_code"),
        }
    }
}
