//! The back-off before PostgreSQL is started again.
//!
//! It doubles from 100 ms to 5 s, and ends after ten failures, about 20 s in all. There is no jitter, because only one
//! process starts this cluster.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);
/// About 20 s in total. A failure that lasts longer needs an operator who reads the log.
const TRIES_MAX: u32 = 10;

/// The wait before the next attempt after this many consecutive failures, or `None` to give up.
pub(super) fn wait_after(failures: u32) -> Option<Duration> {
    if failures >= TRIES_MAX {
        return None;
    }
    Some((FIRST * 2_u32.pow(failures.saturating_sub(1))).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_end_after_ten_tries() {
        let waits: Vec<Duration> = (1..).map_while(wait_after).collect();
        assert_eq!(waits.len(), 9);
        assert_eq!(waits[..3], [100, 200, 400].map(Duration::from_millis));
        assert!(waits.is_sorted());
        assert_eq!(waits.last(), Some(&LONGEST));
        let total: Duration = waits.iter().sum();
        assert!(total > Duration::from_secs(15) && total < Duration::from_secs(30));
    }
}
