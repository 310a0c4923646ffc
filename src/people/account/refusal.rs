//! Why a change to an account is refused.

use crate::error::{ErrorKind, Refuse};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("Your account already has a password; change it instead.")]
    HasPassword,
    #[error("Sign in with a provider again first, then do this within ten minutes.")]
    SignInAgain,
    #[error(
        "Another account uses this address, or did until a few days ago. Enter a different one."
    )]
    EmailTaken,
    #[error(
        "Confirm your e-mail address before you publish a project or bid: open the link in the e-mail we sent you. You can send it again from your account page."
    )]
    EmailUnconfirmed,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::HasPassword => "has-password",
            Self::SignInAgain => "sign-in-again",
            Self::EmailTaken => "email-taken",
            Self::EmailUnconfirmed => "email-unconfirmed",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::HasPassword | Self::EmailTaken => ErrorKind::Conflict,
            Self::SignInAgain => ErrorKind::NotAllowed,
            Self::EmailUnconfirmed => ErrorKind::Unconfirmed,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::HasPassword | Self::SignInAgain | Self::EmailUnconfirmed => None,
            Self::EmailTaken => Some("email"),
        }
    }
}
