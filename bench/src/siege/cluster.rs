//! The private cluster of a tested server: where it is, and how to break it.

use crate::{memory, process, server};
use anyhow::{Context, ensure};
use sqlx::PgPool;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{process::Command, time::timeout};

/// How long the cluster's database may take to accept a connection.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A cluster that `guildhall serve` keeps in a directory.
#[derive(Debug, Clone)]
pub struct Cluster {
    dir: PathBuf,
}

/// The contents of `postmaster.pid` (PostgreSQL's src/include/utils/pidfile.h).
#[derive(Debug, PartialEq, Eq)]
struct PidFile {
    postmaster: u32,
    port: u16,
    socket_dir: String,
}

impl Cluster {
    /// The cluster in a server's data directory.
    #[must_use]
    pub fn of(data_dir: &Path) -> Self {
        Self {
            dir: data_dir.join("cluster"),
        }
    }

    /// Connects to it.
    ///
    /// # Errors
    /// If it is not running, or does not accept a connection in time.
    pub async fn connect(&self) -> anyhow::Result<PgPool> {
        let PidFile {
            port, socket_dir, ..
        } = self.pid_file()?;
        let url = format!("postgres://guildhall@localhost:{port}/guildhall?host={socket_dir}");
        timeout(TIMEOUT, server::connect(&url, 2))
            .await
            .context("the private PostgreSQL does not accept connections")?
    }

    /// Its postmaster's process id.
    ///
    /// # Errors
    /// If none is running in this directory.
    pub fn postmaster(&self) -> anyhow::Result<u32> {
        let postmaster = self.pid_file()?.postmaster;
        // The id may have been reused by another process, which must not be signaled.
        let arguments = fs::read(format!("/proc/{postmaster}/cmdline")).unwrap_or_default();
        let dir = self.dir.as_os_str().as_encoded_bytes();
        ensure!(
            arguments.split(|byte| *byte == 0).any(|part| part == dir),
            "no PostgreSQL is running in {}",
            self.dir.display()
        );
        Ok(postmaster)
    }

    /// Kills the postmaster, like the kernel when memory runs out.
    ///
    /// # Errors
    /// If none is running.
    pub async fn kill_postmaster(&self) -> anyhow::Result<()> {
        signal("KILL", &[self.postmaster()?]).await
    }

    /// Pauses the postmaster and every process of the cluster, like a hung disk; returns their ids, for [`resume`].
    ///
    /// # Errors
    /// If none is running.
    pub async fn suspend(&self) -> anyhow::Result<Vec<u32>> {
        let postmaster = self.postmaster()?;
        // Stop the postmaster first, so that it starts no new process.
        signal("STOP", &[postmaster]).await?;
        let family = memory::family(postmaster);
        signal("STOP", &family).await?;
        Ok(family)
    }

    fn pid_file(&self) -> anyhow::Result<PidFile> {
        let text = fs::read_to_string(self.dir.join("postmaster.pid"))
            .context("the private PostgreSQL is not running")?;
        parse(&text).context("postmaster.pid is not complete")
    }
}

/// Resumes paused processes.
///
/// # Errors
/// If there is no shell.
pub async fn resume(processes: &[u32]) -> anyhow::Result<()> {
    signal("CONT", processes).await
}

fn parse(text: &str) -> Option<PidFile> {
    let mut lines = text.lines();
    Some(PidFile {
        postmaster: lines.next()?.parse().ok()?,
        port: lines.nth(2)?.parse().ok()?,
        socket_dir: lines.next()?.to_owned(),
    })
}

/// Uses the shell's kill, because std can only send SIGKILL. A process that has exited in the meantime is not an error.
async fn signal(name: &str, processes: &[u32]) -> anyhow::Result<()> {
    let numbers = processes.iter().map(u32::to_string);
    let mut command = Command::new("sh");
    command
        .args(["-c", "kill -s \"$@\" 2>/dev/null || true", "sh", name])
        .args(numbers);
    process::output("kill", &mut command).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pid_file_is_parsed() {
        let text = "4711\n/data/cluster\n1763800000\n5432\n/run/x\n\n  1234 5\nready   \n";
        let file = parse(text).unwrap();
        assert_eq!(
            (file.postmaster, file.port, file.socket_dir.as_str()),
            (4711, 5432, "/run/x")
        );
        assert_eq!(parse("4711\n"), None);
    }

    #[test]
    fn a_missing_or_reused_process_id_is_an_error() {
        let dir = std::env::temp_dir().join(format!("guildhall-bench-{}", std::process::id()));
        let cluster = Cluster::of(&dir);
        fs::create_dir_all(&cluster.dir).unwrap();
        assert!(cluster.postmaster().is_err());
        // The id of a process that is not a postmaster: this one.
        let own = std::process::id();
        fs::write(
            cluster.dir.join("postmaster.pid"),
            format!("{own}\nx\n1\n5432\n/x\n"),
        )
        .unwrap();
        assert!(cluster.postmaster().is_err());
        fs::remove_dir_all(&dir).unwrap();
    }
}
