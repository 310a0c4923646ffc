//! The lowest active bid over time, as steps.
//!
//! A bid is active from its acceptance until it is replaced or withdrawn. So the line falls with each bid that takes
//! the lead, and rises again if the leading bid is withdrawn. Everything that happens at one moment is one step,
//! because a new bid replaces its buyer's old one at the moment when it is accepted.

mod store;

use crate::{Result, project::Project, store::Connection};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// How many of a project's latest bids make up its staircase. The leading bid is always included.
pub const MAX_BIDS: i64 = 2_000;

/// A bid, and when it was active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveBid {
    /// In minor units.
    pub minor: i64,
    pub from: OffsetDateTime,
    /// `None` if it is still active, or was active when the auction ended.
    pub until: Option<OffsetDateTime>,
}

/// A moment at which the lowest active bid changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaircaseStep {
    pub at: OffsetDateTime,
    /// The lowest active bid from then on, in minor units; `None` if no bid was left.
    pub lowest: Option<i64>,
}

/// A project with its steps, both read at one moment.
#[derive(Debug, Clone)]
pub struct Staircase {
    pub project: Project,
    pub steps: Vec<StaircaseStep>,
}

/// The staircase of a project that was read in the same snapshot.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn staircase(db: &mut Connection, project: Project) -> Result<Staircase> {
    let steps = steps(&store::active_bids(db, project.id).await?);
    Ok(Staircase { project, steps })
}

/// The steps of these bids' staircase, in order.
fn steps(bids: &[ActiveBid]) -> Vec<StaircaseStep> {
    // For each moment, the amounts of the bids that begin (1) or end (-1) then.
    let mut changes: BTreeMap<OffsetDateTime, Vec<(i64, i32)>> = BTreeMap::new();
    for bid in bids {
        changes.entry(bid.from).or_default().push((bid.minor, 1));
        if let Some(until) = bid.until {
            changes.entry(until).or_default().push((bid.minor, -1));
        }
    }
    let mut active: BTreeMap<i64, i32> = BTreeMap::new();
    let mut steps: Vec<StaircaseStep> = Vec::new();
    for (at, changed) in changes {
        for (minor, change) in changed {
            let count = active.entry(minor).or_default();
            *count += change;
            if *count == 0 {
                active.remove(&minor);
            }
        }
        let lowest = active.first_key_value().map(|(minor, _)| *minor);
        if steps.last().and_then(|step| step.lowest) != lowest {
            steps.push(StaircaseStep { at, lowest });
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::Duration;

    const BUDGET: i64 = 100_000;

    fn at(second: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::seconds(second)
    }

    fn bid(minor: i64, from: i64, until: Option<i64>) -> ActiveBid {
        ActiveBid {
            minor,
            from: at(from),
            until: until.map(at),
        }
    }

    fn step(second: i64, lowest: impl Into<Option<i64>>) -> StaircaseStep {
        StaircaseStep {
            at: at(second),
            lowest: lowest.into(),
        }
    }

    fn any_bid() -> impl Strategy<Value = ActiveBid> {
        (1..=BUDGET, 0..50_i64, proptest::option::of(0..50_i64))
            .prop_map(|(minor, from, lasts)| bid(minor, from, lasts.map(|lasts| from + lasts)))
    }

    /// The lowest bid that is active in this second.
    fn lowest_in(bids: &[ActiveBid], second: i64) -> Option<i64> {
        let is_active = |bid: &&ActiveBid| {
            bid.from <= at(second) && bid.until.is_none_or(|until| at(second) < until)
        };
        bids.iter().filter(is_active).map(|bid| bid.minor).min()
    }

    proptest! {
        #[test]
        fn the_line_is_the_lowest_active_bid_at_every_moment(bids in proptest::collection::vec(any_bid(), 0..40)) {
            let steps = steps(&bids);
            for second in 0..110 {
                let before = steps.iter().take_while(|step| step.at <= at(second));
                let line = before.last().and_then(|step| step.lowest);
                prop_assert_eq!(line, lowest_in(&bids, second), "in second {}", second);
            }
        }

        #[test]
        fn there_is_exactly_one_step_for_each_change(bids in proptest::collection::vec(any_bid(), 0..40)) {
            let steps = steps(&bids);
            let lowest = (-1..110).map(|second| lowest_in(&bids, second)).collect::<Vec<_>>();
            let changes = lowest.windows(2).filter(|pair| pair[0] != pair[1]).count();
            prop_assert_eq!(steps.len(), changes);
            prop_assert!(steps.windows(2).all(|pair| pair[0].at < pair[1].at));
            prop_assert!(steps.len() <= 2 * bids.len());
        }

        #[test]
        fn no_step_is_above_the_budget_and_the_last_is_the_winning_price(bids in proptest::collection::vec(any_bid(), 0..40)) {
            let steps = steps(&bids);
            prop_assert!(steps.iter().all(|step| step.lowest.is_none_or(|minor| minor <= BUDGET)));
            let winning = bids.iter().filter(|bid| bid.until.is_none()).map(|bid| bid.minor).min();
            prop_assert_eq!(steps.last().and_then(|step| step.lowest), winning);
        }
    }

    #[test]
    fn a_withdrawal_of_the_leading_bid_raises_the_line() {
        let bids = [bid(900, 1, None), bid(700, 2, Some(5)), bid(800, 3, None)];
        assert_eq!(steps(&bids), [step(1, 900), step(2, 700), step(5, 800)]);
    }

    #[test]
    fn a_bid_that_replaces_its_buyers_earlier_one_is_one_step() {
        let bids = [bid(900, 1, Some(4)), bid(600, 4, None)];
        assert_eq!(steps(&bids), [step(1, 900), step(4, 600)]);
    }

    #[test]
    fn the_line_ends_when_no_bid_is_left_and_begins_again() {
        let bids = [bid(900, 1, Some(2)), bid(950, 7, None)];
        assert_eq!(steps(&bids), [step(1, 900), step(2, None), step(7, 950)]);
        assert_eq!(steps(&[]), []);
    }
}
