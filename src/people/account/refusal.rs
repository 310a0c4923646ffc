//! Why a change to an account is refused.

use crate::error::{ErrorKind, Refuse};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("Your account already has a password; change it instead.")]
    HasPassword,
    #[error("Sign in with a provider again first, then do this within ten minutes.")]
    SignInAgain,
    #[error(
        "Another account uses this address, or did until a few days ago. Use a different one, or sign in to that account."
    )]
    EmailTaken,
    #[error(
        "More than one account was opened with this address. Open the link in the browser that you signed up with, or sign up again in this one and then open the link."
    )]
    SeveralAccounts,
    #[error(
        "Confirm your e-mail address before you publish a project or bid: open the link in the e-mail we sent you. You can send it again from your account page."
    )]
    EmailUnconfirmed,
    #[error(
        "Your password or address was changed, or all sessions were ended, while you were signing in. Sign in again."
    )]
    SessionsEnded,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::HasPassword => "has-password",
            Self::SignInAgain => "sign-in-again",
            Self::EmailTaken => "email-taken",
            Self::SeveralAccounts => "several-accounts",
            Self::EmailUnconfirmed => "email-unconfirmed",
            Self::SessionsEnded => "sessions-ended",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::HasPassword | Self::EmailTaken | Self::SeveralAccounts | Self::SessionsEnded => {
                ErrorKind::Conflict
            }
            Self::SignInAgain => ErrorKind::NotAllowed,
            Self::EmailUnconfirmed => ErrorKind::Unconfirmed,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::HasPassword
            | Self::SignInAgain
            | Self::EmailTaken
            | Self::SeveralAccounts
            | Self::EmailUnconfirmed
            | Self::SessionsEnded => None,
        }
    }
}
