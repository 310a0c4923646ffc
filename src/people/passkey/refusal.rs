//! Why a passkey is not added, or signs nobody in.

use crate::error::{ErrorKind, Refuse};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("Passkeys don't work on this server, because its address is not a domain name.")]
    NotOffered,
    #[error("Your account has {most} passkeys; remove one first.")]
    TooManyPasskeys { most: i64 },
    #[error("The request expired or was already used. Try again.")]
    ChallengeOver,
    #[error("Your browser's answer could not be verified, so nothing was done. Try again.")]
    AnswerNotVerified,
    #[error(
        "Your device did not check that it was you. Set up a screen lock, a fingerprint or a PIN there, and try again."
    )]
    UserNotVerified,
    #[error("This passkey is already added.")]
    PasskeyTaken,
    #[error(
        "No account here uses this passkey; it may have been removed. Sign in with another method."
    )]
    PasskeyUnknown,
    #[error(
        "This passkey may have been copied, so it was not accepted. Sign in with another method, and remove the passkey."
    )]
    PasskeyCopied,
    #[error(
        "This passkey has changed since it was added. Sign in another way, remove it and add it again."
    )]
    PasskeyChanged,
    #[error("This passkey belongs to another account. Use one of this account, or another way.")]
    OtherAccountsPasskey,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotOffered => "passkeys-not-offered",
            Self::TooManyPasskeys { .. } => "too-many-passkeys",
            Self::ChallengeOver => "passkey-challenge-over",
            Self::AnswerNotVerified => "passkey-not-verified",
            Self::UserNotVerified => "passkey-user-not-verified",
            Self::PasskeyTaken => "passkey-taken",
            Self::PasskeyUnknown => "passkey-unknown",
            Self::PasskeyCopied => "passkey-copied",
            Self::PasskeyChanged => "passkey-changed",
            Self::OtherAccountsPasskey => "passkey-of-other-account",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::ChallengeOver
            | Self::AnswerNotVerified
            | Self::UserNotVerified
            | Self::PasskeyUnknown
            | Self::OtherAccountsPasskey => ErrorKind::Invalid,
            Self::NotOffered | Self::PasskeyCopied | Self::PasskeyChanged => ErrorKind::NotAllowed,
            Self::TooManyPasskeys { .. } | Self::PasskeyTaken => ErrorKind::Conflict,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NotOffered
            | Self::TooManyPasskeys { .. }
            | Self::ChallengeOver
            | Self::AnswerNotVerified
            | Self::UserNotVerified
            | Self::PasskeyTaken
            | Self::PasskeyUnknown
            | Self::PasskeyCopied
            | Self::PasskeyChanged
            | Self::OtherAccountsPasskey => None,
        }
    }
}
