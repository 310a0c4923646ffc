//! The outbox: an event for every change of state.
//!
//! Invariant: a change and its event commit together or not at all. The change feed, live pages and the worker's
//! consumers read the outbox. This module does not act on events.
//!
//! - One index holds the outbox in the order (transaction, event), for all readers. So an event costs one index entry,
//!   however many consumers there are.
//! - Nothing trims the outbox, except that the events of a discarded draft are deleted with it. If something ever does,
//!   it must not pass the lowest checkpoint.
//! - The outbox has no foreign key to projects: with one, PostgreSQL scanned the whole outbox for every deleted draft.
//!   Only drafts are ever deleted.
//! - Workers are notified when a project opens or ends, never for a bid: a notification takes a global lock at commit.

pub mod consumer;
mod feed;
mod kind;
mod store;

pub use feed::{Position, PublicEvent, changes, latest};
pub use kind::{EventKind, names};
pub use store::{announce, record, record_bids, record_ended};

use crate::{account::AccountId, project::ProjectId};
use serde_json::Value;

/// The event of an accepted bid.
#[derive(Debug)]
pub struct BidPlaced {
    pub project: ProjectId,
    pub buyer: AccountId,
    pub body: Value,
}

/// The notification channel of [`announce`].
pub const CHANNEL: &str = "guildhall_project";
