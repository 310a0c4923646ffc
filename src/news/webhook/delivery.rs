//! Messages on their way to a webhook, one at a time.
//!
//! A worker claims webhooks with something to post. If it dies, the claim ends with its lease, and another worker posts
//! the same message again, with the same id.

use super::{PushKeys, WebhookFormat, WebhookId, WebhookUrl};
use crate::{account::AccountId, notice::Notice};
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// How long a claim lasts: longer than any attempt may take.
pub const LEASE: Duration = Duration::from_secs(180);
/// The waits after each failed try but the last one: 10 tries over three days.
const WAITS: [Duration; 9] = [
    Duration::from_secs(5),
    minutes(5),
    minutes(30),
    minutes(2 * 60),
    minutes(4 * 60),
    minutes(8 * 60),
    minutes(12 * 60),
    minutes(14 * 60),
    minutes(20 * 60),
];
/// How often a message is tried before its webhook is parked.
pub const TRIES: usize = WAITS.len() + 1;
/// The longest `Retry-After` that is honored; a longer one is ignored.
pub(super) const LONGEST_RETRY_AFTER: Duration = minutes(24 * 60);
/// How many messages of an account are posted at the same time.
pub(super) const PLACES_OF_ACCOUNT: i64 = 2;

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// A message to be posted, claimed by this worker.
#[derive(Debug, Clone)]
pub struct WebhookDelivery {
    pub claim: WebhookClaim,
    /// Lets receivers drop repeats.
    pub id: Uuid,
    /// When it was claimed, by the database's clock: signatures have this time.
    pub at: OffsetDateTime,
    pub format: WebhookFormat,
    pub url: WebhookUrl,
    /// What a message to a browser is encrypted with.
    pub keys: Option<PushKeys>,
    /// The generations of the secrets that sign, the current one first.
    pub generations: Vec<i32>,
    pub notice: Notice,
}

/// A claim on a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookClaim {
    pub webhook: WebhookId,
    pub account: AccountId,
    /// The number of the message in the queue.
    pub number: i64,
    /// How often the message has been tried, including this time.
    pub attempts: i32,
    pub(super) key: Uuid,
}

/// What came of an attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookAnswer {
    pub outcome: WebhookOutcome,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    pub took: Duration,
    /// Why it failed, if it did.
    pub error: Option<String>,
    /// How the answer begins.
    pub text: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WebhookOutcome {
    #[default]
    Accepted,
    /// Tried again later, before anything else of the webhook; parked after the last try.
    Failed {
        /// How long the receiver asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The receiver will never take anything again: the webhook ends.
    Gone,
}

/// A webhook that is parked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedWebhook {
    pub webhook: WebhookId,
    pub account: AccountId,
    pub parked_at: OffsetDateTime,
    /// How many messages wait.
    pub pending: i64,
    pub error: String,
}

/// The wait before the next attempt, given the number of attempts so far; `None` after the last. The statement that stores
/// it adds up to half as jitter, so `retry_after` is never shortened.
pub(super) fn wait(attempts: i32, retry_after: Option<Duration>) -> Option<Duration> {
    let done = usize::try_from(attempts - 1).unwrap_or(0);
    let wait = *WAITS.get(done)?;
    let asked = retry_after.filter(|asked| *asked <= LONGEST_RETRY_AFTER);
    Some(asked.map_or(wait, |asked| asked.max(wait)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_tried_ten_times_over_three_days() {
        let waits: Vec<_> = (1..).map_while(|attempts| wait(attempts, None)).collect();
        assert_eq!(waits.len() + 1, TRIES);
        assert_eq!(TRIES, 10);
        let hours = waits.iter().sum::<Duration>().as_secs() / 3600;
        // With the jitter: 60 to 91 hours.
        assert_eq!(hours, 60);
    }

    #[test]
    fn a_receiver_may_ask_for_more_time_up_to_a_day_and_never_for_less() {
        let secs = |asked| wait(1, Some(Duration::from_secs(asked))).map(|wait| wait.as_secs());
        assert_eq!(secs(0), Some(5));
        assert_eq!(secs(90), Some(90));
        assert_eq!(secs(86_400), Some(86_400));
        assert_eq!(secs(86_401), Some(5));
        assert_eq!(secs(1_000_000_000), Some(5));
        assert_eq!(wait(10, Some(Duration::from_secs(90))), None);
    }
}
