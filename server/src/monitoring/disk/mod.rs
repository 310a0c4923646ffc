//! The disk that holds the private PostgreSQL: how much of it is free, and what waits when that is little.
//! Invariant: what is least urgent is refused first, bids last, and awards never; with space again all goes on by itself.
//! It ends at the data directory: the disk of a database that Guildhall was given is not ours to watch.

mod reserve;
#[cfg(test)]
mod tests;
mod watch;

pub use watch::Watch;

use crate::monitoring::readiness::Finding;
use guildhall::disk::{Disk, Level, Status};
use std::{io, path::Path};

pub(crate) const MB: u64 = 1024 * 1024;

/// For `/readyz`. Without space for bids the server is still wanted: it awards, and answers reads.
pub(crate) fn finding(disk: &Disk) -> Option<Finding> {
    let Status { level, free_bytes } = disk.status()?;
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

/// What a user other than root may still write to the disk of this path.
pub(crate) fn free_bytes(path: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(path)?;
    // Without a free inode no file can be made, however many bytes there are. Some file systems count none at all.
    if found.f_files > 0 && found.f_favail == 0 {
        return Ok(0);
    }
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}
