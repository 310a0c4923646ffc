//! `postmaster.pid`, in which PostgreSQL records which process runs a cluster, and whether it is ready.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// PostgreSQL does not listen on the network, so the port is only part of the socket's name.
pub(super) const PORT: u16 = 5432;

/// The lines that matter here; PostgreSQL's `src/include/utils/pidfile.h` describes all of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PidFile {
    pub(super) pid: u32,
    pub(super) port: u16,
    pub(super) socket_dir: PathBuf,
    pub(super) ready: bool,
}

impl PidFile {
    /// `None` if there is no file, or it is still being written.
    pub(super) fn read(cluster: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(cluster.join("postmaster.pid")).ok()?)
    }

    /// When the file was last written, which distinguishes a new one from that of an earlier run. The process id does
    /// not, because a restarted container reuses ids; nor does the start time in the file, which is in whole seconds.
    pub(super) fn written_at(cluster: &Path) -> Option<SystemTime> {
        let metadata = fs::metadata(cluster.join("postmaster.pid")).ok()?;
        metadata.modified().ok()
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        Some(Self {
            pid: lines.next()?.parse().ok()?,
            port: lines.nth(2)?.parse().ok()?,
            socket_dir: PathBuf::from(lines.next()?),
            ready: lines.nth(2).is_some_and(|status| status.trim() == "ready"),
        })
    }
}

/// The process that runs the cluster now; `None` if there is none, or another process has the recorded id.
pub(super) fn live_postmaster(cluster: &Path) -> Option<u32> {
    let text = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    let pid = text.lines().next()?.parse().ok()?;
    is_postmaster(pid, cluster).then_some(pid)
}

/// True if that process is a `postgres` started with this cluster's directory as an argument. Anyone can read its
/// arguments, but in most containers not even root can read its working directory.
pub(super) fn is_postmaster(pid: u32, cluster: &Path) -> bool {
    let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let mut arguments = arguments.split(|&byte| byte == 0);
    // Other programs, such as a backup, may have the directory among their arguments.
    let is_postgres = arguments
        .next()
        .is_some_and(|program| program == b"postgres" || program.ends_with(b"/postgres"));
    is_postgres && arguments.any(|argument| argument == cluster.as_os_str().as_encoded_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_is_ready_only_when_its_eighth_line_says_so() {
        let start = "4711\n/data/cluster\n1763800000\n5432\n/data/cluster\n\n  1234 5\n";
        let parsed = |status: &str| PidFile::parse(&format!("{start}{status}"));
        assert!(parsed("ready   \n").unwrap().ready);
        assert!(!parsed("starting\n").unwrap().ready);
        assert!(!parsed("").unwrap().ready);
        assert_eq!(parsed("").unwrap().pid, 4711);
        assert_eq!(parsed("").unwrap().port, 5432);
        assert_eq!(parsed("").unwrap().socket_dir, Path::new("/data/cluster"));
        assert_eq!(PidFile::parse("4711\n/data/cluster\n"), None);
    }
}
