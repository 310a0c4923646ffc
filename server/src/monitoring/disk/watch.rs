//! The thread that reads the free space every second and maintains the reserve.
//!
//! The thread is separate, so that a file system that hangs blocks nothing else. A change of level is logged once.

use super::{MB, free_bytes, reserve::Reserve};
use crate::runtime::stopper::{self, Stop, Stopper};
use guildhall::disk::{Disk, DiskLimits, Level, Status};
use std::{
    io,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

/// A disk writes some 100 MB per second, so the default reserve lasts about a second.
const READ_EVERY: Duration = Duration::from_secs(1);

/// Stops monitoring the disk when dropped.
#[derive(Debug)]
pub struct DiskWatch {
    _stopper: Stopper,
}

impl DiskWatch {
    /// Reads the free space of this directory's disk now, and then every second until the [`DiskWatch`] is dropped.
    ///
    /// # Errors
    /// If the disk cannot be read, or the system cannot start a thread.
    pub fn start(disk: &Disk, data_dir: &Path, limits: DiskLimits) -> io::Result<Self> {
        let (stopper, stop) = stopper::pair();
        let mut watcher = Watcher::new(disk.clone(), data_dir, limits);
        watcher.read()?;
        thread::Builder::new()
            .name("disk".to_owned())
            .spawn(move || watcher.run(&stop))?;
        Ok(Self { _stopper: stopper })
    }
}

struct Watcher {
    disk: Disk,
    data_dir: PathBuf,
    limits: DiskLimits,
    level: Level,
    reserve: Reserve,
    reads: bool,
}

impl Watcher {
    fn new(disk: Disk, data_dir: &Path, limits: DiskLimits) -> Self {
        let reserve = Reserve::new(data_dir, limits.reserve_bytes);
        // `Critical` implies that there is no reserve; the first reading creates it if possible.
        let level = if limits.reserve_bytes == 0 || reserve.is_there() {
            Level::Plenty
        } else {
            Level::Critical
        };
        Self {
            disk,
            data_dir: data_dir.to_owned(),
            limits,
            level,
            reserve,
            reads: true,
        }
    }

    fn run(mut self, stop: &Stop) {
        while !stop.stops_within(READ_EVERY) {
            let read = self.read();
            // Log it once, not every second.
            if let Err(error) = &read
                && self.reads
            {
                tracing::warn!(
                    error = error as &dyn std::error::Error,
                    dir = %self.data_dir.display(),
                    "cannot read the disk's free space; keeping the last level"
                );
            }
            self.reads = read.is_ok();
        }
    }

    fn read(&mut self) -> io::Result<()> {
        let free = free_bytes(&self.data_dir)?;
        let before = self.disk.status();
        let next = self.limits.next(self.level, free);
        match (self.level, next) {
            (Level::Critical, Level::Low | Level::Plenty) => self.make_reserve(next),
            (Level::Low | Level::Plenty, Level::Critical) => {
                self.level = Level::Critical;
                if let Err(error) = self.reserve.give_up() {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "cannot remove the reserve file"
                    );
                }
            }
            _ => self.level = next,
        }
        let status = Status {
            level: self.level,
            free_bytes: free_bytes(&self.data_dir)?,
        };
        self.disk.set(status);
        if before.map(|before| before.level) != Some(self.level) {
            self.log(status, before.is_none());
        }
        Ok(())
    }

    fn make_reserve(&mut self, next: Level) {
        match self.reserve.make() {
            Ok(()) => self.level = next,
            // Other data filled the disk first; the next reading will show that.
            Err(error) if is_full(&error) => {}
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    dir = %self.data_dir.display(),
                    "cannot create the reserve file; continuing without it"
                );
                self.limits.reserve_bytes = 0;
                self.level = next;
            }
        }
    }

    fn log(&self, status: Status, first: bool) {
        let free_mb = status.free_bytes / MB;
        let dir = self.data_dir.display();
        match status.level {
            Level::Plenty if first => tracing::debug!(free_mb, %dir, "the disk has space"),
            Level::Plenty => {
                tracing::info!(free_mb, %dir, "the disk has space again; nothing is refused")
            }
            Level::Low => tracing::warn!(
                free_mb, %dir,
                "the disk is low on space: projects, new accounts, tokens and programs are refused until space is freed; --disk-watermark-mb sets the limit"
            ),
            Level::Critical => tracing::error!(
                free_mb, %dir,
                "the disk is nearly full: the reserve is released for PostgreSQL, and bids are refused too until space is freed"
            ),
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}
