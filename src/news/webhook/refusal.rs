//! Why a webhook is not added, or does not post.

use crate::error::{ErrorKind, Refuse};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("You have {most} webhooks, which is the limit. Remove one of them first.")]
    TooManyWebhooks { most: i64 },
    #[error("This webhook is turned off. Turn it on first.")]
    TurnedOff,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::TooManyWebhooks { .. } => "too-many-webhooks",
            Self::TurnedOff => "webhook-off",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::TooManyWebhooks { .. } | Self::TurnedOff => ErrorKind::Conflict,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::TooManyWebhooks { .. } | Self::TurnedOff => None,
        }
    }
}
