//! Private addresses with an account's deadlines, for calendar programs, which can't sign in.
//!
//! Invariant: only the hash of an address's secret is stored, and an account has one address at most. Whoever has the
//! address reads the names, deadlines and results of the projects that the account posted or bid on, and nothing else.
//! The outbox records when an address is created and revoked.

mod refusal;
mod store;
mod verbs;

pub use refusal::Refusal;
pub use verbs::{create, of_account, reader, revoke};

use crate::account::Viewer;
use time::OffsetDateTime;

/// An account's address, without its secret.
#[derive(Debug, Clone)]
pub struct CalendarFeed {
    /// The last four characters of the secret.
    pub hint: String,
    pub created_at: OffsetDateTime,
    pub last_used_at: Option<OffsetDateTime>,
}

/// Whose deadlines an address shows.
#[derive(Debug, Clone)]
pub struct CalendarReader {
    pub viewer: Viewer,
    pub created_at: OffsetDateTime,
}
