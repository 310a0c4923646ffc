//! What may be stored while the private PostgreSQL's disk is nearly full.
//!
//! Invariant: the least urgent data is refused first, bids last, awards never. Withdrawals, sign-ins and reads are
//! never refused either.
//!
//! Every handler that creates one of the kinds of data in [`DataKind`] calls `must_take` before it stores anything. A
//! refusal is `NoSpace`: 503 with `Retry-After`, problem `no-space`. The server monitors the disk and sets the status.

mod rules;

pub use rules::{DiskLimits, Level};

use crate::Error;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Retry delay for requests refused for lack of space. An operator has to act first, so a minute is soon enough.
const RETRY_AFTER: Duration = Duration::from_secs(60);
/// Retry delay for bids, which are refused for as short a time as possible.
const RETRY_BID_AFTER: Duration = Duration::from_secs(10);

/// Kinds of data that need disk space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataKind {
    Projects,
    Accounts,
    Tokens,
    Programs,
    Follows,
    Bids,
}

impl DataKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Projects => "projects and drafts",
            Self::Accounts => "new accounts",
            Self::Tokens => "new access tokens",
            Self::Programs => "new apps",
            Self::Follows => "watched projects and saved searches",
            Self::Bids => "bids",
        }
    }

    const fn retry_after(self) -> Duration {
        match self {
            Self::Bids => RETRY_BID_AFTER,
            _ => RETRY_AFTER,
        }
    }
}

/// The latest known state of the disk. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Disk(Arc<Mutex<Option<Status>>>);

/// The state of the disk at the last reading, at most a second ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    pub level: Level,
    pub free_bytes: u64,
}

impl Disk {
    /// Refuses the data if the remaining space is reserved for something more urgent. Call it before storing anything.
    ///
    /// # Errors
    /// `NoSpace`.
    pub fn must_take(&self, storing: DataKind) -> Result<(), Error> {
        match self.status() {
            Some(status) if !status.level.accepts(storing) => Err(Error::NoSpace {
                what: storing.name(),
                retry_after: storing.retry_after(),
            }),
            _ => Ok(()),
        }
    }

    /// `None` if no disk is monitored.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the state of the disk.
    pub fn set(&self, status: Status) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(status);
    }
}
