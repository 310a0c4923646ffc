//! Bids so low that they may be typing mistakes: pages ask before they place one. Programs are not asked.

mod rules;
mod store;

use super::{Offer, rules as bid_rules, store as bids};
use crate::{
    Error, Result,
    account::Viewer,
    error::{ErrorKind, Refuse},
    money::Money,
    project::ProjectId,
    store::Connection,
};

/// What an unusually low bid was compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The lowest bid of another buyer, and by how many percent the bid is lower, rounded down.
    Next { lowest: Money, percent: i128 },
    /// The mean of the other buyers' bids, rounded down, and by how many percent the bid is lower, rounded down.
    Mean { mean: Money, percent: i128 },
    /// There are no other bids, and it is below a tenth of the budget.
    Budget { budget: Money },
}

impl std::fmt::Display for Comparison {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Next { lowest, percent } => {
                write!(f, "That is {percent}% below the next lowest bid, {lowest}.")
            }
            Self::Mean { mean, percent } => write!(
                f,
                "That is {percent}% below the average of the other bids, {mean}."
            ),
            Self::Budget { budget } => {
                write!(f, "That is less than a tenth of the {budget} budget.")
            }
        }
    }
}

/// The bid may be a typing mistake, so the buyer is asked before it is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("You bid {amount} for the whole project. {comparison} Bid {amount} anyway?")]
pub struct UnusuallyLow {
    pub amount: Money,
    pub comparison: Comparison,
}

impl Refuse for UnusuallyLow {
    fn code(&self) -> &'static str {
        "unusually-low"
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::Unconfirmed
    }

    fn field(&self) -> Option<&'static str> {
        None
    }
}

/// Refuses an offer that is so low that it may be a typing mistake, before it is placed, so that the buyer can be asked.
/// An offer that [`super::place`] refuses or recognizes as repeated passes. Nothing is changed or locked.
///
/// # Errors
/// `Refused(UnusuallyLow)`; `NotFound`; `Invalid` for an offer that is not a valid amount in the project's currency.
pub async fn must_be_usual(
    db: &mut Connection,
    viewer: &Viewer,
    project: ProjectId,
    offer: &Offer,
) -> Result<()> {
    let terms = store::terms(db, project).await?.ok_or(Error::NotFound)?;
    let (glance, budget) = (terms.glance, terms.budget);
    if bid_rules::open(glance.state, glance.deadline, glance.now).is_err() {
        return Ok(());
    }
    let amount = offer.amount(budget.currency())?;
    if !rules::may_be_unusual(amount, budget) {
        return Ok(());
    }
    let last = bids::last_bid(db, project, viewer.account, None, None).await?;
    if last.is_some_and(|last| last.amount_minor <= amount.minor()) {
        return Ok(());
    }
    let most = rules::MAX_COMPARED;
    let others = store::amounts_of_others(db, project, viewer.account, most).await?;
    Ok(rules::must_be_usual(amount, budget, &others)?)
}
