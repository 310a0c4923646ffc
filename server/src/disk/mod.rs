//! The disk that holds the private PostgreSQL: how much of it is free, and what waits when that is little.
//! Invariant: what is least urgent is refused first, bids last, and awards never; with space again all goes on by itself.
//! It ends at the data directory: the disk of a database that Guildhall was given is not ours to watch.

mod reserve;
mod rules;
#[cfg(test)]
mod tests;
mod watch;

pub use rules::{Level, Limits};
pub use watch::Watch;

use crate::readiness::Finding;
use guildhall::Error;
use std::{
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

pub(crate) const MB: u64 = 1024 * 1024;
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

    fn set(&self, status: Status) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(status);
    }

    /// For `/readyz`. Without space for bids the server is still wanted: it awards, and answers reads.
    pub(crate) fn finding(&self) -> Option<Finding> {
        let Status { level, free_bytes } = self.status()?;
        let free_mb = free_bytes / MB;
        Some(match level {
            Level::Plenty => Finding::Fine(format!("ok, {free_mb} MB free")),
            Level::Low => Finding::Reduced(format!(
                "low, {free_mb} MB free: projects, new accounts, tokens and programs wait"
            )),
            Level::Critical => Finding::Reduced(format!(
                "critical, {free_mb} MB free: bids wait too, only awards go on"
            )),
        })
    }
}

/// What a user other than root may still write to the disk of this path.
pub(crate) fn free_bytes(path: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(path)?;
    // Without a free inode no file can be made, however many bytes there are. Some file systems count none at all.
    if found.f_files > 0 && found.f_favail == 0 {
        return Ok(0);
    }
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}
