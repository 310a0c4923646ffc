//! Why a webhook or a browser is not added, takes no message, or keeps its secret.

use crate::error::{ErrorKind, Refuse, wait_text};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("You have {most} webhooks, which is the limit. Remove one of them first.")]
    TooManyWebhooks { most: i64 },
    #[error(
        "Your notifications are shown in {most} browsers, which is the limit. Remove one of them first."
    )]
    TooManyBrowsers { most: i64 },
    /// This browser's sign-in is not remembered, so a sign-out elsewhere could not end what it shows.
    #[error("Sign out in this browser and sign in again, then turn notifications on.")]
    UnknownBrowser,
    #[error(
        "Your browser gave no address that notifications can be sent to. That needs JavaScript; reload the page and try again."
    )]
    NoEndpoint,
    #[error("It is turned off. Turn it on first.")]
    TurnedOff,
    /// Another rotation would end the previous secret at once.
    #[error("The secret was replaced less than a day ago, and the previous one still verifies messages. You can replace it again in {}. If somebody else has the current one, too, remove this webhook and add it again.", wait_text(*.retry_after))]
    SecretIsNew { retry_after: Duration },
    #[error(
        "{waiting} messages are already waiting here. Wait until they are delivered, or turn this off and on again to drop them."
    )]
    TooManyWaiting { waiting: i64 },
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::TooManyWebhooks { .. } => "too-many-webhooks",
            Self::TooManyBrowsers { .. } => "too-many-browsers",
            Self::UnknownBrowser => "unknown-browser",
            Self::NoEndpoint => "no-push-endpoint",
            Self::TurnedOff => "webhook-off",
            Self::SecretIsNew { .. } => "webhook-secret-new",
            Self::TooManyWaiting { .. } => "too-many-webhook-messages",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::TooManyWebhooks { .. }
            | Self::TooManyBrowsers { .. }
            | Self::UnknownBrowser
            | Self::TurnedOff
            | Self::SecretIsNew { .. }
            | Self::TooManyWaiting { .. } => ErrorKind::Conflict,
            Self::NoEndpoint => ErrorKind::Invalid,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::TooManyWebhooks { .. }
            | Self::TooManyBrowsers { .. }
            | Self::UnknownBrowser
            | Self::NoEndpoint
            | Self::TurnedOff
            | Self::SecretIsNew { .. }
            | Self::TooManyWaiting { .. } => None,
        }
    }
}
