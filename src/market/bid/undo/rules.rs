//! Pure rules: whether a bid can be undone. The clock is an argument.

use super::UndoRefusal;
use time::{Duration, OffsetDateTime};

/// How long a bid can be undone after it was placed.
const UNDO_FOR: Duration = Duration::seconds(60);
/// The minimum time between undoing one bid and undoing the next, per buyer and project.
const PAUSE: Duration = Duration::seconds(60);
/// The time before the deadline in which no bid can be undone.
const CLOSING: Duration = Duration::minutes(5);

/// What decides whether a live bid can be undone.
#[derive(Debug, Clone, Copy)]
pub(super) struct BidTimes {
    pub accepted_at: OffsetDateTime,
    /// When the buyer last undid a bid on the project.
    pub last_undone_at: Option<OffsetDateTime>,
    pub deadline: OffsetDateTime,
}

/// If the bid can be undone now, returns the time from which it no longer can.
///
/// # Errors
/// `NearDeadline`, `TooLate` or `TooSoon`.
pub(super) fn undoable_until(
    times: BidTimes,
    now: OffsetDateTime,
) -> Result<OffsetDateTime, UndoRefusal> {
    let (closing, expiry) = (times.deadline - CLOSING, times.accepted_at + UNDO_FOR);
    if now >= closing {
        return Err(UndoRefusal::NearDeadline);
    }
    if now >= expiry {
        return Err(UndoRefusal::TooLate);
    }
    if times.last_undone_at.is_some_and(|at| now < at + PAUSE) {
        return Err(UndoRefusal::TooSoon);
    }
    Ok(expiry.min(closing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn at(seconds: i64) -> OffsetDateTime {
        START + Duration::seconds(seconds)
    }

    fn times(accepted: i64, last_undone: Option<i64>, deadline: i64) -> BidTimes {
        BidTimes {
            accepted_at: at(accepted),
            last_undone_at: last_undone.map(at),
            deadline: at(deadline),
        }
    }

    #[test]
    fn a_bid_can_be_undone_for_less_than_a_minute() {
        let bid = times(0, None, 3600);
        assert_eq!(undoable_until(bid, at(0)), Ok(at(60)));
        assert_eq!(undoable_until(bid, at(59)), Ok(at(60)));
        assert_eq!(undoable_until(bid, at(60)), Err(UndoRefusal::TooLate));
    }

    #[test]
    fn no_bid_can_be_undone_in_the_last_five_minutes() {
        let bid = times(0, None, 330);
        assert_eq!(undoable_until(bid, at(29)), Ok(at(30)));
        assert_eq!(undoable_until(bid, at(30)), Err(UndoRefusal::NearDeadline));
        assert_eq!(undoable_until(bid, at(90)), Err(UndoRefusal::NearDeadline));
    }

    #[test]
    fn a_buyer_can_undo_one_bid_a_minute() {
        let bid = times(30, Some(20), 3600);
        assert_eq!(undoable_until(bid, at(79)), Err(UndoRefusal::TooSoon));
        assert_eq!(undoable_until(bid, at(80)), Ok(at(90)));
    }

    proptest! {
        #[test]
        fn a_bid_can_be_undone_exactly_within_all_limits(accepted in 0..1000_i64, after in 0..100_i64, undone in proptest::option::of(0..1000_i64), deadline in 0..2000_i64) {
            let now = accepted + after;
            let possible = undoable_until(times(accepted, undone, deadline), at(now));
            let allowed = after < 60 && now < deadline - 300 && undone.is_none_or(|undone| now >= undone + 60);
            prop_assert_eq!(possible.is_ok(), allowed);
            if let Ok(until) = possible {
                prop_assert!(at(now) < until && until <= at(accepted + 60) && until <= at(deadline - 300));
            }
        }
    }
}
