//! Watches the disk of the private PostgreSQL, and refuses new data while it is nearly full.
//!
//! Invariant: the least urgent data is refused first, bids last, awards never. Once there is space again, everything
//! resumes automatically.
//!
//! | level | below | refused | ends at |
//! |---|---|---|---|
//! | plenty | | nothing | |
//! | low | `--disk-watermark-mb` (1024) | projects, drafts, accounts, personal tokens, programs | 9/8 of the watermark |
//! | critical | half of `--disk-reserve-mb` (64) | bids, too | twice the reserve |
//!
//! - `/readyz` stays 200 at every level: it would help nobody if a load balancer removed the server.
//! - The watermark's default is what PostgreSQL's write-ahead log may take between two checkpoints (`max_wal_size`,
//!   1 GB).
//! - A database from `DATABASE_URL` has a disk of its own, which is not watched. PostgreSQL's `disk_full` becomes
//!   `NoSpace` there too.

mod reserve;
#[cfg(test)]
mod tests;
mod watch;

pub use watch::DiskWatch;

use crate::monitoring::readiness::Finding;
use guildhall::disk::{Disk, Level, Status};
use std::{io, path::Path};

pub(crate) const MB: u64 = 1024 * 1024;

/// The disk's finding for `/readyz`. A server without space for bids is still needed: it makes awards and answers
/// reads.
pub(crate) fn finding(disk: &Disk) -> Option<Finding> {
    let Status { level, free_bytes } = disk.status()?;
    let free_mb = free_bytes / MB;
    Some(match level {
        Level::Plenty => Finding::Fine(format!("ok, {free_mb} MB free")),
        Level::Low => Finding::Reduced(format!(
            "low, {free_mb} MB free: projects, new accounts, tokens and programs are refused"
        )),
        Level::Critical => Finding::Reduced(format!(
            "critical, {free_mb} MB free: bids are refused too; only awards continue"
        )),
    })
}

/// The space on the path's disk that a user other than root may still use.
pub(crate) fn free_bytes(path: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(path)?;
    // Without a free inode no file can be created, however many bytes are free. Some file systems report no inodes at
    // all.
    if found.f_files > 0 && found.f_favail == 0 {
        return Ok(0);
    }
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}
