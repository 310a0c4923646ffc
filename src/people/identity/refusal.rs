//! Why a sign-in with a provider fails, or an identity is not linked or unlinked.

use crate::error::{ErrorKind, Refuse};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(
        "The sign-in with {provider} could not be finished: its answer came too late, came twice, or does not match the request. Start again."
    )]
    SignInNotFinished { provider: String },
    #[error("You did not allow {provider} to tell us who you are, so nothing was changed.")]
    ProviderDenied { provider: String },
    #[error(
        "{provider} does not say that your e-mail address is verified. Verify it there, or sign up with a password."
    )]
    EmailNotVerified { provider: String },
    #[error(
        "{provider} did not say that you signed in there just now, so nothing was changed. Try another provider that is linked."
    )]
    NotSignedInJustNow { provider: String },
    #[error(
        "Your identity at {provider} does not belong to the account that is signed in here, so nothing was changed. Sign out first to use it."
    )]
    NotThisAccount { provider: String },
    #[error("This identity is already linked to another Guildhall account; unlink it there first.")]
    IdentityTaken,
    #[error("Your account has {most} sign-in providers linked; unlink one first.")]
    TooManyIdentities { most: i64 },
    #[error("This is your only sign-in method; set a password or link another provider first.")]
    LastSignInMethod,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::SignInNotFinished { .. } => "sign-in-not-finished",
            Self::ProviderDenied { .. } => "provider-denied",
            Self::EmailNotVerified { .. } => "email-not-verified",
            Self::NotSignedInJustNow { .. } => "not-signed-in-just-now",
            Self::NotThisAccount { .. } => "not-this-account",
            Self::IdentityTaken => "identity-taken",
            Self::TooManyIdentities { .. } => "too-many-identities",
            Self::LastSignInMethod => "last-sign-in-method",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::SignInNotFinished { .. } | Self::EmailNotVerified { .. } => ErrorKind::Invalid,
            Self::ProviderDenied { .. }
            | Self::NotSignedInJustNow { .. }
            | Self::NotThisAccount { .. } => ErrorKind::NotAllowed,
            Self::IdentityTaken | Self::TooManyIdentities { .. } | Self::LastSignInMethod => {
                ErrorKind::Conflict
            }
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::SignInNotFinished { .. }
            | Self::ProviderDenied { .. }
            | Self::EmailNotVerified { .. }
            | Self::NotSignedInJustNow { .. }
            | Self::NotThisAccount { .. }
            | Self::IdentityTaken
            | Self::TooManyIdentities { .. }
            | Self::LastSignInMethod => None,
        }
    }
}
