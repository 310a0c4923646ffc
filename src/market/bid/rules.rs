//! Pure rules: whether a bid is accepted.
//!
//! The clock and the locked row are arguments. The rule for amounts also compiles to WASM, for the bid form.

use super::Refusal;
use crate::money::Money;
#[cfg(feature = "postgres")]
use crate::project;
#[cfg(feature = "postgres")]
use time::OffsetDateTime;

/// Accepts an amount that is within the budget and lower than the buyer's own last bid. A withdrawn bid counts too:
/// otherwise a buyer could scare others off with a very low bid and then replace it with a higher one. The refusal
/// names the limit that is in force: the buyer's own last bid is never above the budget.
///
/// # Errors
/// `NotLower` or `AboveBudget`.
pub fn amount(amount: Money, budget: Money, own: Option<Money>) -> Result<(), Refusal> {
    match own {
        Some(own) if amount.minor() >= own.minor() => Err(Refusal::NotLower { own }),
        _ if amount.minor() > budget.minor() => Err(Refusal::AboveBudget { budget }),
        _ => Ok(()),
    }
}

/// Accepts bids only while the project is open and before its deadline; the deadline itself is too late.
#[cfg(feature = "postgres")]
pub(super) fn open(
    state: project::State,
    deadline: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<(), Refusal> {
    match state {
        project::State::Open if now < deadline => Ok(()),
        project::State::Open | project::State::Awarded | project::State::Unawarded => {
            Err(Refusal::DeadlinePassed)
        }
        project::State::Cancelled if now >= deadline => Err(Refusal::DeadlinePassed),
        project::State::Draft | project::State::Cancelled => Err(Refusal::NotOpen),
    }
}

#[cfg(all(test, feature = "postgres"))]
mod tests {
    use super::*;
    use crate::money::Currency;
    use project::State;
    use proptest::prelude::*;
    use time::Duration;

    const DEADLINE: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::Eur)
    }

    #[test]
    fn a_bid_at_the_deadline_is_refused() {
        assert_eq!(
            open(State::Open, DEADLINE, DEADLINE),
            Err(Refusal::DeadlinePassed)
        );
        assert_eq!(
            open(State::Open, DEADLINE, DEADLINE + Duration::MICROSECOND),
            Err(Refusal::DeadlinePassed)
        );
        assert_eq!(
            open(State::Open, DEADLINE, DEADLINE - Duration::MICROSECOND),
            Ok(())
        );
    }

    #[test]
    fn only_an_open_project_takes_bids_whatever_the_clock_says() {
        let before = DEADLINE - Duration::HOUR;
        assert_eq!(open(State::Draft, DEADLINE, before), Err(Refusal::NotOpen));
        assert_eq!(
            open(State::Cancelled, DEADLINE, before),
            Err(Refusal::NotOpen)
        );
        assert_eq!(
            open(State::Awarded, DEADLINE, before),
            Err(Refusal::DeadlinePassed)
        );
        assert_eq!(
            open(State::Unawarded, DEADLINE, before),
            Err(Refusal::DeadlinePassed)
        );
    }

    #[test]
    fn a_bid_may_equal_the_budget_but_not_the_buyers_own_last_bid() {
        assert_eq!(amount(eur(100), eur(100), None), Ok(()));
        assert_eq!(
            amount(eur(101), eur(100), None),
            Err(Refusal::AboveBudget { budget: eur(100) })
        );
        assert_eq!(
            amount(eur(50), eur(100), Some(eur(50))),
            Err(Refusal::NotLower { own: eur(50) })
        );
        assert_eq!(amount(eur(49), eur(100), Some(eur(50))), Ok(()));
        // The limit in force is the lower one.
        assert_eq!(
            amount(eur(101), eur(100), Some(eur(50))),
            Err(Refusal::NotLower { own: eur(50) })
        );
    }

    proptest! {
        #[test]
        fn an_accepted_amount_is_within_the_budget_and_below_the_buyers_last_bid(bid in 1..1000_i64, budget in 1..1000_i64, own in proptest::option::of(1..1000_i64)) {
            let accepted = amount(eur(bid), eur(budget), own.map(eur)).is_ok();
            prop_assert_eq!(accepted, bid <= budget && own.is_none_or(|own| bid < own));
        }

        #[test]
        fn no_time_at_or_after_the_deadline_is_accepted(micros in -1_000_000_i64..1_000_000) {
            let now = DEADLINE + Duration::microseconds(micros);
            prop_assert_eq!(open(State::Open, DEADLINE, now).is_ok(), micros < 0);
        }
    }
}
