//! The back-off of a failed event. The wait doubles from 1 s to 64 s, and the statement that records the failure adds
//! up to half of it as jitter.

use std::time::Duration;

/// How often an event is tried before it is parked: over about two minutes, longer than a database restart takes.
pub const TRIES: i32 = 8;
/// The wait after the first failure; it doubles each time.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// The wait before the next attempt, given the number of consecutive failures; `None` after the last.
pub(super) fn wait(failures: i32) -> Option<Duration> {
    let doublings = u32::try_from(failures - 1).unwrap_or(0);
    (failures < TRIES).then(|| FIRST_WAIT * 2_u32.saturating_pow(doublings))
}

#[cfg(test)]
mod tests {
    use super::{TRIES, wait};

    #[test]
    fn waits_double_from_a_second_and_end_with_the_last_try() {
        let waits: Vec<_> = (1..=TRIES)
            .map(|n| wait(n).map(|wait| wait.as_secs()))
            .collect();
        let expected = [
            Some(1),
            Some(2),
            Some(4),
            Some(8),
            Some(16),
            Some(32),
            Some(64),
            None,
        ];
        assert_eq!(waits, expected);
    }
}
