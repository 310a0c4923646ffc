//! What came of the attempts to post.

use time::OffsetDateTime;
use uuid::Uuid;

/// How many attempts the log shows.
pub(super) const SHOWN: i64 = 100;
/// How long attempts are kept, in days.
pub const KEPT_DAYS: i32 = 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptId(pub i64);

/// An attempt to post a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub id: AttemptId,
    pub message: Uuid,
    /// What happened, in a few words.
    pub title: String,
    /// Counts the tries of the message, from 1.
    pub number: i32,
    pub tried_at: OffsetDateTime,
    pub took_ms: i32,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// Why it failed, if it did.
    pub error: Option<String>,
    /// How the answer begins.
    pub answer: String,
}
