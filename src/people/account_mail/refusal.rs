//! Why a link in an account e-mail is refused.

use crate::error::{ErrorKind, Refuse};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(
        "This link doesn't work. It may be incomplete, too old, or belong to an account that no longer exists."
    )]
    LinkUnknown,
    #[error("This link has been used already. Each link works once.")]
    LinkUsed,
    #[error("This link has expired.")]
    LinkExpired,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::LinkUnknown => "link-unknown",
            Self::LinkUsed => "link-used",
            Self::LinkExpired => "link-expired",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::LinkUnknown => ErrorKind::NotFound,
            Self::LinkUsed | Self::LinkExpired => ErrorKind::Conflict,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::LinkUnknown | Self::LinkUsed | Self::LinkExpired => None,
        }
    }
}
