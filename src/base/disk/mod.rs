//! What may be stored while the private PostgreSQL's disk is nearly full.
//!
//! Invariant: the least urgent data is refused first, bids last, awards never. Withdrawals, sign-ins and reads are
//! never refused either.
//!
//! Every handler that makes something new calls `must_take` before it stores anything. A refusal is `NoSpace`: 503 with
//! `Retry-After`, problem `no-space`. The server reads the disk and sets the status.

mod rules;

pub use rules::{Level, Limits};

use crate::Error;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// When somebody refused for want of space may try again. An operator has to act before that, so a minute is early enough.
const RETRY_AFTER: Duration = Duration::from_secs(60);
/// Bids are refused for as short a time as can be.
const RETRY_BID_AFTER: Duration = Duration::from_secs(10);

/// What takes space when it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storing {
    Projects,
    Accounts,
    Tokens,
    Programs,
    Bids,
}

impl Storing {
    const fn name(self) -> &'static str {
        match self {
            Self::Projects => "projects and drafts",
            Self::Accounts => "new accounts",
            Self::Tokens => "new access tokens",
            Self::Programs => "new programs",
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

/// What is known of the disk. Copies share it.
#[derive(Debug, Clone, Default)]
pub struct Disk(Arc<Mutex<Option<Status>>>);

/// How the disk was when it was read last, a second ago at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    pub level: Level,
    pub free_bytes: u64,
}

impl Disk {
    /// Refuses what the space that is left has to be kept from. Call it before anything is stored.
    ///
    /// # Errors
    /// `NoSpace`.
    pub fn must_take(&self, storing: Storing) -> Result<(), Error> {
        match self.status() {
            Some(status) if !status.level.takes(storing) => Err(Error::NoSpace {
                what: storing.name(),
                retry_after: storing.retry_after(),
            }),
            _ => Ok(()),
        }
    }

    /// None where no disk is watched.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how the disk is.
    pub fn set(&self, status: Status) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(status);
    }
}
