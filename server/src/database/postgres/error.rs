//! The errors of the private PostgreSQL. Each message says what to do next.

use std::io;
use std::path::{Path, PathBuf};

/// Why the private PostgreSQL did not start or stop, as a message for the administrator.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error(
        "PostgreSQL 15 or newer was not found: run `apt install postgresql`, or set PG_BIN to the directory that contains initdb, pg_ctl, postgres and psql"
    )]
    NotInstalled,
    #[error(
        "PG_BIN is {}, which does not contain a working initdb, pg_ctl, postgres and psql: correct it, or unset it to use an installed PostgreSQL", dir.display()
    )]
    BadPgBin { dir: PathBuf },
    #[error(
        "PostgreSQL {found} in {} is too old: run `apt install postgresql` for version 15 or newer, or set PG_BIN to its directory", dir.display()
    )]
    TooOld { found: u32, dir: PathBuf },
    #[error(
        "the program setpriv, which starts PostgreSQL, was not found: run `apt install util-linux`"
    )]
    NoSetpriv,
    #[error(
        "the data in {} was created by PostgreSQL {made_by}, and PostgreSQL {found} cannot read it: run `apt install postgresql-{made_by}`, or move the data with pg_dump", dir.display()
    )]
    OtherVersion {
        dir: PathBuf,
        made_by: u32,
        found: u32,
    },
    #[error(
        "there is neither a user postgres nor a user nobody in /etc/passwd, and PostgreSQL does not run as root: run `adduser --system --group postgres`"
    )]
    NoAccount,
    #[error(
        "the user {user} that runs PostgreSQL cannot enter {}: run `chmod o+x` on it, or set GUILDHALL_DATA_DIR to a directory elsewhere", dir.display()
    )]
    NotEnterable { user: String, dir: PathBuf },
    #[error(
        "{} belongs to the user with id {owner}, but Guildhall runs with id {our_uid}: start it as that user, or set GUILDHALL_DATA_DIR to another directory", dir.display()
    )]
    OtherOwner {
        dir: PathBuf,
        owner: u32,
        our_uid: u32,
    },
    #[error(
        "{} contains files that Guildhall did not create: set GUILDHALL_DATA_DIR to an empty or a new directory", dir.display()
    )]
    UnknownFiles { dir: PathBuf },
    #[error(
        "{} has no valid PG_VERSION, so it is not a complete cluster: restore it from a backup, or move it away to start empty", dir.display()
    )]
    Damaged { dir: PathBuf },
    #[error(
        "the path of the data directory is {bytes} bytes long, but PostgreSQL accepts at most {limit}: set GUILDHALL_DATA_DIR to a shorter one"
    )]
    PathTooLong { bytes: usize, limit: usize },
    #[error(
        "the socket path {} is {bytes} bytes long, but the system accepts at most 107: set GUILDHALL_DATA_DIR to a shorter path", path.display()
    )]
    SocketPathTooLong { path: PathBuf, bytes: usize },
    #[error(
        "{} is needed for the socket of PostgreSQL, but is not a private directory of the user {user}: remove it and start again", dir.display()
    )]
    SocketDirTaken { dir: PathBuf, user: String },
    #[error("the disk that holds {} is full: free some space and start again", path.display())]
    DiskFull { path: PathBuf },
    #[error("creating a cluster in {} failed; correct the cause and start again; initdb reported: {output}", dir.display())]
    InitFailed { dir: PathBuf, output: String },
    #[error("PostgreSQL did not start; correct the cause and start again; the end of {} says: {tail}", log.display())]
    StartFailed { log: PathBuf, tail: String },
    #[error(
        "PostgreSQL was not ready within {seconds} s; correct the cause and start again; the end of {} says: {tail}", log.display()
    )]
    StartTimedOut {
        seconds: u64,
        log: PathBuf,
        tail: String,
    },
    #[error(
        "another process owns {}, but its PostgreSQL does not answer: end that process, then start again", dir.display()
    )]
    OwnerSilent { dir: PathBuf },
    #[error(
        "an earlier PostgreSQL (process {pid}) is still running in {} and does not stop: end it with `kill -QUIT {pid}` and start again", dir.display()
    )]
    OrphanStays { dir: PathBuf, pid: u32 },
    #[error(
        "PostgreSQL did not stop and was killed: nothing committed is lost, and the next start recovers it"
    )]
    StopFailed,
    #[error("PostgreSQL ended unexpectedly ({how}); the end of {} says: {tail}", log.display())]
    Ended {
        how: String,
        log: PathBuf,
        tail: String,
    },
    #[error(
        "PostgreSQL did not keep running after {tries} tries, so Guildhall exits; correct the cause and start again: {last}"
    )]
    GaveUp { tries: u32, last: Box<Error> },
    #[error(
        "the database guildhall could not be created; correct the cause and start again; psql reported: {output}"
    )]
    DatabaseFailed { output: String },
    #[error("could not {doing} {}; check that path and start again: {cause}", path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        cause: io::Error,
    },
}

impl Error {
    /// For `map_err`: `doing` is a verb phrase that completes "could not … PATH".
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |cause| match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull {
                path: path.to_owned(),
            },
            _ => Self::Io {
                doing,
                path: path.to_owned(),
                cause,
            },
        }
    }

    /// A short reason that may be shown to everyone, without paths or log excerpts.
    pub(super) fn summary(&self) -> String {
        match self {
            Self::DiskFull { .. } => "its disk is full".to_owned(),
            Self::Ended { how, .. } => format!("it ended unexpectedly, {how}"),
            _ => "it fails to start".to_owned(),
        }
    }

    /// For a program that could not be run through setpriv.
    pub(super) fn spawn(program: &Path) -> impl FnOnce(io::Error) -> Self {
        move |cause| match cause.kind() {
            io::ErrorKind::NotFound => Self::NoSetpriv,
            _ => Self::io("run", program)(cause),
        }
    }
}

/// True if the output says that the disk is full. PostgreSQL passes on only the C library's message, without an error code.
pub(super) fn reports_full_disk(output: &str) -> bool {
    output.contains("No space left on device") || output.contains("Disk quota exceeded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_recognized_in_the_output_of_postgres() {
        let output =
            "FATAL:  could not write to file \"pg_wal/xlogtemp.9\": No space left on device";
        assert!(reports_full_disk(output));
        assert!(!reports_full_disk(
            "FATAL:  the database system is starting up"
        ));
    }
}
