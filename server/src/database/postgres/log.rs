//! PostgreSQL's own log, `server.log`, bounded while PostgreSQL runs.
//!
//! Above 10 MB its last megabyte is kept in `server.log.1`, and the rest is dropped. This is checked each second.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;

use super::Error;
use super::home::DataDirectory;

/// The log is truncated above this size.
const LOG_BYTES_MAX: u64 = 10 * 1024 * 1024;
/// How much of a truncated log is kept, in `server.log.1`.
const TAIL_BYTES: u64 = 1024 * 1024;
const TAIL_BYTES_MAX: u64 = 4096;
const TAIL_LINES_MAX: usize = 8;

impl DataDirectory {
    /// Opens the log for appending, truncated if necessary.
    pub(super) fn open_log(&self) -> Result<File, Error> {
        let mut options = OpenOptions::new();
        let file = options
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&self.log)
            .map_err(Error::io("open", &self.log))?;
        self.bound_log()?;
        Ok(file)
    }

    /// Keeps the end of a log above 10 MB in `server.log.1` and truncates it. PostgreSQL may write meanwhile, because
    /// it appends.
    pub(super) fn bound_log(&self) -> Result<(), Error> {
        let bound = || {
            let mut log = OpenOptions::new().read(true).append(true).open(&self.log)?;
            let bytes = log.metadata()?.len();
            if bytes <= LOG_BYTES_MAX {
                return Ok(());
            }
            // If the copy cannot be written, for example because the disk is full, the log must still be truncated.
            if let Err(error) = self.keep_end(&mut log, bytes) {
                tracing::warn!(error = &error as &dyn std::error::Error, log = %self.log.display(), "cannot keep the end of PostgreSQL's log");
            }
            log.set_len(0)
        };
        bound().map_err(Error::io("truncate", &self.log))
    }

    fn keep_end(&self, log: &mut File, bytes: u64) -> io::Result<()> {
        let mut tail = Vec::new();
        log.seek(SeekFrom::Start(bytes.saturating_sub(TAIL_BYTES)))?;
        log.take(TAIL_BYTES).read_to_end(&mut tail)?;
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&self.earlier_log)?;
        file.write_all(&tail)
    }

    /// The last lines of the log after its first `since` bytes; empty if it cannot be read.
    pub(super) fn log_tail(&self, since: u64) -> String {
        let read = || {
            let mut file = File::open(&self.log)?;
            let end = file.metadata()?.len();
            // If the log was truncated meanwhile, all of it is newer.
            let since = if since > end { 0 } else { since };
            file.seek(SeekFrom::Start(
                since.max(end.saturating_sub(TAIL_BYTES_MAX)),
            ))?;
            let mut bytes = Vec::new();
            file.take(TAIL_BYTES_MAX).read_to_end(&mut bytes)?;
            Ok::<_, io::Error>(bytes)
        };
        last_lines(&read().unwrap_or_default())
    }
}

/// The last eight lines.
pub(super) fn last_lines(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES_MAX)..].join("\n")
}
