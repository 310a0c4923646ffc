//! When a project may be published or cancelled.

use super::{Refusal, progress::ChangeState};
use crate::field::ValueError;
use time::{Duration, OffsetDateTime};

/// How far in the future a deadline may be.
const MAX_AHEAD: Duration = Duration::days(366);

/// Accepts a deadline that is ahead of the database's clock by at most a year.
pub(super) fn deadline(deadline: OffsetDateTime, now: OffsetDateTime) -> Result<(), ValueError> {
    if deadline <= now {
        Err(ValueError::InThePast)
    } else if deadline - now > MAX_AHEAD {
        Err(ValueError::TooFarAhead)
    } else {
        Ok(())
    }
}

/// The deadline proposed for a project that is posted again: it takes bids for as long as before, but at least a day, until
/// a full hour.
pub(super) fn next_deadline(
    published_at: OffsetDateTime,
    deadline: OffsetDateTime,
    now: OffsetDateTime,
) -> OffsetDateTime {
    const HOUR_SECONDS: i64 = 3_600;
    let ahead = (deadline - published_at).clamp(Duration::DAY, MAX_AHEAD - Duration::DAY);
    let earliest = now + ahead;
    let past_hour = earliest.unix_timestamp().rem_euclid(HOUR_SECONDS);
    let whole = earliest.replace_nanosecond(0).unwrap_or(earliest);
    whole + Duration::seconds(HOUR_SECONDS - past_hour)
}

/// Allows cancelling an open project that has no live bid and whose deadline is ahead.
pub(super) fn cancel(project: ChangeState, now: OffsetDateTime) -> Result<(), Refusal> {
    match project {
        ChangeState::Open { deadline, .. } if now >= deadline => Err(Refusal::DeadlinePassed),
        ChangeState::Open { bid_count, .. } if bid_count > 0 => Err(Refusal::HasBids),
        ChangeState::Open { .. } => Ok(()),
        ChangeState::Draft | ChangeState::Ended => Err(Refusal::NotOpen),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    #[test]
    fn a_deadline_must_be_ahead_and_within_a_year() {
        assert_eq!(deadline(NOW, NOW), Err(ValueError::InThePast));
        assert_eq!(
            deadline(NOW - Duration::SECOND, NOW),
            Err(ValueError::InThePast)
        );
        assert_eq!(deadline(NOW + Duration::MICROSECOND, NOW), Ok(()));
        assert_eq!(deadline(NOW + Duration::days(366), NOW), Ok(()));
        assert_eq!(
            deadline(NOW + Duration::days(367), NOW),
            Err(ValueError::TooFarAhead)
        );
    }

    proptest! {
        #[test]
        fn a_project_posted_again_takes_bids_for_as_long_as_before(open_for in 1..40_000_000_i64, ago in 0..100_000_000_i64) {
            let (published_at, now) = (NOW, NOW + Duration::seconds(open_for + ago));
            let next = next_deadline(published_at, published_at + Duration::seconds(open_for), now);
            prop_assert_eq!(deadline(next, now), Ok(()));
            prop_assert_eq!(next.unix_timestamp() % 3_600, 0);
            let ahead = (next - now).whole_seconds();
            let expected = open_for.clamp(86_400, 365 * 86_400);
            prop_assert!((expected..=expected + 3_600).contains(&ahead), "{} instead of {}", ahead, expected);
        }
    }

    #[test]
    fn only_an_open_project_without_a_bid_can_be_cancelled_before_its_deadline() {
        let open = |bid_count, deadline| ChangeState::Open {
            bid_count,
            deadline,
        };
        let ahead = NOW + Duration::HOUR;
        assert_eq!(cancel(open(0, ahead), NOW), Ok(()));
        assert_eq!(cancel(open(1, ahead), NOW), Err(Refusal::HasBids));
        assert_eq!(cancel(open(0, NOW), NOW), Err(Refusal::DeadlinePassed));
        for project in [ChangeState::Draft, ChangeState::Ended] {
            assert_eq!(cancel(project, NOW), Err(Refusal::NotOpen));
        }
    }
}
