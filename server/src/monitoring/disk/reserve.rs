//! The reserve: a file in the data directory that keeps some space for an emergency.
//!
//! At the critical level it is deleted, so that PostgreSQL has that much space for awards and for a clean shutdown. It
//! is recreated once there is space again.

use rustix::{
    fs::{FallocateFlags, fallocate},
    io::Errno,
};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// The write size if the file system cannot preallocate space.
const BLOCK_BYTES: usize = 1024 * 1024;

#[derive(Debug)]
pub(super) struct Reserve {
    path: PathBuf,
    bytes: u64,
}

impl Reserve {
    pub(super) fn new(data_dir: &Path, bytes: u64) -> Self {
        Self {
            path: data_dir.join("reserve"),
            bytes,
        }
    }

    /// True if an earlier run left the file with the size that is configured now.
    pub(super) fn is_there(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|found| found.len() == self.bytes)
    }

    /// Creates the file. If the disk runs out of space, the partial file is removed again.
    pub(super) fn make(&self) -> io::Result<()> {
        let made = self.fill();
        if made.is_err() {
            self.give_up()?;
        }
        made
    }

    fn fill(&self) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&self.path)?;
        match fallocate(&file, FallocateFlags::empty(), 0, self.bytes) {
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => write_zeros(file, self.bytes),
            done => done.map_err(io::Error::from),
        }
    }

    /// Removes the file, which may already be gone.
    pub(super) fn give_up(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn write_zeros(mut file: File, bytes: u64) -> io::Result<()> {
    let block = vec![0; BLOCK_BYTES];
    let mut left = bytes;
    while left > 0 {
        let length = left.min(BLOCK_BYTES as u64);
        file.write_all(&block[..usize::try_from(length).unwrap_or(BLOCK_BYTES)])?;
        left -= length;
    }
    file.sync_all()
}
