//! Who wins.

use crate::bid::BidId;
use time::OffsetDateTime;

/// What bids are ranked by: the amount, then the time at which the database accepted the bid, then its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Claim {
    pub amount_minor: i64,
    pub accepted_at: OffsetDateTime,
    pub bid: BidId,
}

/// The winning bid among the live bids.
pub(super) fn winner(live: impl IntoIterator<Item = Claim>) -> Option<Claim> {
    live.into_iter().min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::Duration;

    fn claim(amount_minor: i64, micros: i64, bid: i64) -> Claim {
        Claim {
            amount_minor,
            accepted_at: OffsetDateTime::UNIX_EPOCH + Duration::microseconds(micros),
            bid: BidId(bid),
        }
    }

    #[test]
    fn the_lowest_wins_and_a_tie_goes_to_the_bid_accepted_first() {
        assert_eq!(winner([]), None);
        assert_eq!(
            winner([claim(200, 1, 1), claim(100, 9, 2)]),
            Some(claim(100, 9, 2))
        );
        assert_eq!(
            winner([claim(100, 9, 1), claim(100, 5, 2)]),
            Some(claim(100, 5, 2))
        );
        assert_eq!(
            winner([claim(100, 5, 7), claim(100, 5, 3)]),
            Some(claim(100, 5, 3))
        );
    }

    proptest! {
        #[test]
        fn no_bid_ranks_above_the_winner_in_whatever_order_they_are_read(bids in proptest::collection::vec((1..50_i64, 0..20_i64), 1..40)) {
            let claims: Vec<Claim> = bids.iter().enumerate().map(|(i, (amount, at))| claim(*amount, *at, i64::try_from(i).expect("few"))).collect();
            let first = winner(claims.iter().copied()).expect("there are bids");
            prop_assert!(claims.iter().all(|c| c.amount_minor >= first.amount_minor));
            prop_assert!(claims.iter().all(|c| c.amount_minor > first.amount_minor || c.accepted_at >= first.accepted_at));
            prop_assert_eq!(winner(claims.into_iter().rev()), Some(first));
        }
    }
}
