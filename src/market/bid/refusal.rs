//! Why a bid cannot be placed or withdrawn.

use crate::{
    error::{ErrorKind, Refuse},
    money::Money,
};
use serde::Deserialize;

/// Deserialized only from receipts of the version that stored variant names: see `receipt::Denial`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    #[error("The deadline has passed; bids are no longer accepted.")]
    DeadlinePassed,
    #[error("This project is not open for bids.")]
    NotOpen,
    #[error("Your bid is over the {budget} budget.")]
    AboveBudget { budget: Money },
    #[error("You have bid {own}; a new bid must be lower.")]
    NotLower { own: Money },
    #[error("You have no bid on this project to withdraw.")]
    NoBid,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::DeadlinePassed => "deadline-passed",
            Self::NotOpen => "not-open",
            Self::AboveBudget { .. } => "above-budget",
            Self::NotLower { .. } => "not-lower",
            Self::NoBid => "no-bid",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::DeadlinePassed => ErrorKind::TooLate,
            Self::NotOpen | Self::NoBid => ErrorKind::Conflict,
            Self::AboveBudget { .. } | Self::NotLower { .. } => ErrorKind::Invalid,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::DeadlinePassed | Self::NotOpen | Self::NoBid => None,
            Self::AboveBudget { .. } | Self::NotLower { .. } => Some("amount"),
        }
    }
}
