//! Why two-factor authentication is refused.

use crate::error::{ErrorKind, Refuse};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(
        "Enter the six digits that your authenticator app shows, or one of your recovery codes."
    )]
    NotACode,
    #[error(
        "This code isn't right. Enter the one that your authenticator app shows now; if it is refused again, check that your device's clock is right."
    )]
    WrongCode,
    #[error(
        "This code or a newer one was used already. Wait until your authenticator app shows the next one."
    )]
    UsedCode,
    #[error("This recovery code isn't right, or was used already. Each recovery code works once.")]
    WrongRecoveryCode,
    #[error("Two-factor authentication is already on.")]
    IsOn,
    #[error("Two-factor authentication is already off.")]
    IsOff,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::NotACode => "not-a-code",
            Self::WrongCode => "wrong-code",
            Self::UsedCode => "used-code",
            Self::WrongRecoveryCode => "wrong-recovery-code",
            Self::IsOn => "second-factor-on",
            Self::IsOff => "second-factor-off",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotACode | Self::WrongCode | Self::UsedCode | Self::WrongRecoveryCode => {
                ErrorKind::Invalid
            }
            Self::IsOn | Self::IsOff => ErrorKind::Conflict,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NotACode | Self::WrongCode | Self::UsedCode | Self::WrongRecoveryCode => {
                Some("code")
            }
            Self::IsOn | Self::IsOff => None,
        }
    }
}
