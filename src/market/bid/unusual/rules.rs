//! Pure rules: whether an amount is unusually low. Shares are compared exactly, as integers.

use super::{Comparison, UnusuallyLow};
use crate::money::{Currency, Money};

/// Maximum number of other buyers' bids that a bid is compared with, lowest first.
pub(super) const MAX_COMPARED: i64 = 100;

/// A bid is unusual if it is at most this many percent of the lowest bid of another buyer.
const OF_NEXT_PERCENT: i128 = 70;
/// A bid is unusual if it is at most this many percent of the mean of the other buyers' bids.
const OF_MEAN_PERCENT: i128 = 60;
/// Without other bids, a bid is unusual if it is below this many percent of the budget.
const OF_BUDGET_PERCENT: i128 = 10;

/// True if other bids, which are never above the budget, could make this amount unusual. If not, they need not be read.
pub(super) fn may_be_unusual(amount: Money, budget: Money) -> bool {
    is_at_most(amount, OF_NEXT_PERCENT, budget.minor().into(), 1)
}

/// Refuses an amount that is unusually low compared with the other buyers' live bids (their lowest [`MAX_COMPARED`],
/// in minor units) or, if there are none, with the budget.
///
/// # Errors
/// `UnusuallyLow`.
pub(super) fn must_be_usual(
    amount: Money,
    budget: Money,
    others: &[i64],
) -> Result<(), UnusuallyLow> {
    match comparison(amount, budget, others) {
        Some(comparison) => Err(UnusuallyLow { amount, comparison }),
        None => Ok(()),
    }
}

fn comparison(amount: Money, budget: Money, others: &[i64]) -> Option<Comparison> {
    let Some(lowest) = others.iter().copied().min() else {
        let is_low =
            i128::from(amount.minor()) * 100 < i128::from(budget.minor()) * OF_BUDGET_PERCENT;
        return is_low.then_some(Comparison::Budget { budget });
    };
    if is_at_most(amount, OF_NEXT_PERCENT, lowest.into(), 1) {
        return Some(Comparison::Next {
            lowest: money(lowest, amount.currency()),
            percent: percent_below(amount, lowest.into(), 1),
        });
    }
    let sum: i128 = others.iter().copied().map(i128::from).sum();
    let count = i128::try_from(others.len()).ok()?;
    if !is_at_most(amount, OF_MEAN_PERCENT, sum, count) {
        return None;
    }
    Some(Comparison::Mean {
        mean: money(i64::try_from(sum / count).ok()?, amount.currency()),
        percent: percent_below(amount, sum, count),
    })
}

/// True if the amount is at most this many percent of `sum / count`.
fn is_at_most(amount: Money, percent: i128, sum: i128, count: i128) -> bool {
    i128::from(amount.minor()) * count * 100 <= sum * percent
}

/// By how many percent the amount is below `sum / count`, rounded down.
fn percent_below(amount: Money, sum: i128, count: i128) -> i128 {
    (sum - i128::from(amount.minor()) * count) * 100 / sum
}

const fn money(minor: i64, currency: Currency) -> Money {
    Money::from_minor(minor, currency)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::MAX_MINOR;
    use proptest::{collection::vec, prelude::*};

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::Eur)
    }

    fn question(amount: i64, budget: i64, others: &[i64]) -> Option<String> {
        let outcome = must_be_usual(eur(amount), eur(budget), others);
        outcome.err().map(|question| question.to_string())
    }

    #[test]
    fn a_bid_of_seventy_instead_of_seven_hundred_needs_confirmation() {
        assert_eq!(
            question(7_000, 125_000, &[90_000, 95_000]).as_deref(),
            Some(
                "You bid €70.00 for the whole project. That is 92% below the next lowest bid, €900.00. Bid €70.00 anyway?"
            )
        );
        assert_eq!(
            question(7_000, 100_000, &[]).as_deref(),
            Some(
                "You bid €70.00 for the whole project. That is less than a tenth of the €1,000.00 budget. Bid €70.00 anyway?"
            )
        );
        // Another buyer's typing mistake is the lowest bid.
        assert_eq!(
            question(7_000, 100_000, &[8_000, 90_000, 100_000]).as_deref(),
            Some(
                "You bid €70.00 for the whole project. That is 89% below the average of the other bids, €660.00. Bid €70.00 anyway?"
            )
        );
    }

    #[test]
    fn the_limits_are_exact_to_the_cent() {
        // 30 % below the next lowest.
        assert!(question(70, 1000, &[100, 100]).is_some());
        assert!(question(71, 1000, &[100, 100]).is_none());
        // 40 % below the mean, which is 200.
        assert!(question(120, 1000, &[100, 300]).is_some());
        assert!(question(121, 1000, &[100, 300]).is_none());
        // Below a tenth of the budget.
        assert!(question(99, 1000, &[]).is_some());
        assert!(question(100, 1000, &[]).is_none());
    }

    #[test]
    fn the_largest_amounts_are_compared_without_overflow() {
        let others = vec![MAX_MINOR; MAX_COMPARED.unsigned_abs() as usize];
        assert!(question(1, MAX_MINOR, &others).is_some());
        assert!(question(MAX_MINOR, MAX_MINOR, &others).is_none());
    }

    proptest! {
        #[test]
        fn a_lower_amount_is_never_less_unusual(amount in 2..10_000_i64, others in vec(1..=10_000_i64, 0..20)) {
            if question(amount, 10_000, &others).is_some() {
                prop_assert!(question(amount - 1, 10_000, &others).is_some());
            }
        }

        #[test]
        fn an_amount_is_unusual_exactly_when_it_is_within_a_limit(amount in 1..10_000_i64, others in vec(1..=10_000_i64, 0..20)) {
            let low = match others.iter().min() {
                None => amount < 1_000,
                Some(lowest) => {
                    let sum: i64 = others.iter().sum();
                    let count = i64::try_from(others.len()).expect("few");
                    10 * amount <= 7 * lowest || 10 * amount * count <= 6 * sum
                }
            };
            prop_assert_eq!(question(amount, 10_000, &others).is_some(), low);
        }

        #[test]
        fn an_amount_that_cannot_be_unusual_never_is(amount in 1..10_000_i64, others in vec(1..=10_000_i64, 0..20)) {
            if !may_be_unusual(eur(amount), eur(10_000)) {
                prop_assert_eq!(question(amount, 10_000, &others), None);
            }
        }

        #[test]
        fn the_percentage_is_at_least_that_of_the_limit(amount in 1..10_000_i64, others in vec(1..=10_000_i64, 1..20)) {
            match comparison(eur(amount), eur(10_000), &others) {
                Some(Comparison::Next { percent, .. }) => prop_assert!((30..100).contains(&percent)),
                Some(Comparison::Mean { percent, .. }) => prop_assert!((40..100).contains(&percent)),
                Some(Comparison::Budget { .. }) => prop_assert!(false, "there are other bids"),
                None => {}
            }
        }
    }
}
