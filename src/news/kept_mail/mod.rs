//! Mail that was not sent because the server has no relay.
//!
//! Invariant: the newest 2,000 messages are kept, for 7 days, and each once, however often it is sent.

mod store;

pub use store::{find, forget_address, forget_old, keep, list};

use time::OffsetDateTime;

/// How long messages are kept, in days.
pub const KEPT_DAYS: i32 = 7;
/// How many messages are kept.
pub const MAX_KEPT: i64 = 2000;
/// How many messages are listed.
pub const MAX_LISTED: i64 = 500;

/// A message to keep.
#[derive(Debug, Clone)]
pub struct NewMail<'a> {
    pub message_id: &'a str,
    pub address: &'a str,
    pub subject: &'a str,
    pub headers: &'a str,
    pub html: &'a str,
    pub text: &'a str,
}

/// A kept message in a list.
#[derive(Debug, Clone)]
pub struct MailSummary {
    pub id: i64,
    pub address: String,
    pub subject: String,
    pub kept_at: OffsetDateTime,
}

/// A kept message.
#[derive(Debug, Clone)]
pub struct KeptMail {
    pub id: i64,
    pub address: String,
    pub subject: String,
    pub headers: String,
    pub html: String,
    pub text: String,
    pub kept_at: OffsetDateTime,
}
