//! Starting the server program as a child of ours, and ending it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use super::cluster::Cluster;
use super::error::tells_a_full_disk;
use super::pid_file::{self, PORT, PidFile};
use super::{Error, POLL_INTERVAL, socket};

const FAST_STOP_BOUND: Duration = Duration::from_secs(30);
const IMMEDIATE_STOP_BOUND: Duration = Duration::from_secs(10);

/// Given on the command line, where they win over the configuration files.
const SETTINGS: [&str; 10] = [
    "listen_addresses=",
    // With the 0700 directory around it a second door in front of the socket, because authentication is `trust`.
    "unix_socket_permissions=0700",
    "max_connections=200",
    "shared_buffers=256MB",
    "fsync=on",
    "full_page_writes=on",
    "synchronous_commit=on",
    // Messages go to standard error, which is our log file.
    "logging_collector=off",
    "timezone=UTC",
    "log_timezone=UTC",
];

/// The running server program, a child of ours.
#[derive(Debug)]
pub(super) struct Postmaster {
    pub(super) child: Child,
    socket_dir: PathBuf,
    /// Where in the log this run begins, in bytes.
    log_start: u64,
    /// When the `postmaster.pid` was written that an earlier run left, if it did not end cleanly.
    stale: Option<SystemTime>,
}

impl Postmaster {
    pub(super) fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Cluster {
    /// Starts PostgreSQL and does not wait for it.
    pub(super) fn spawn(&self) -> Result<Postmaster, Error> {
        let socket_dir = socket::private_dir(&self.home.cluster, &self.account)?;
        let log = self.home.open_log()?;
        let log_start = log.metadata().map_or(0, |metadata| metadata.len());
        let errors = log.try_clone().map_err(Error::io("open", &self.home.log))?;
        let postgres = self.tools.program("postgres");
        let mut command = self.account.command(&postgres);
        command.arg("-D").arg(&self.home.cluster);
        command.arg("-p").arg(PORT.to_string());
        command.arg("-k").arg(&socket_dir);
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        let stale = PidFile::written_at(&self.home.cluster);
        let child = command
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(Error::spawn(&postgres))?;
        Ok(Postmaster {
            child,
            socket_dir,
            log_start,
            stale,
        })
    }

    /// Stops waiting at once when the child ends.
    pub(super) fn wait_until_ready(
        &self,
        postmaster: &mut Postmaster,
        bound: Duration,
    ) -> Result<(), Error> {
        let pid = postmaster.child.id();
        let mut ready = false;
        let settled = wait_until(bound, || {
            // In this order: a file that is new now is not a stale one a moment later.
            let new = PidFile::written_at(&self.home.cluster) != postmaster.stale;
            let file = PidFile::read(&self.home.cluster);
            ready = new && file.is_some_and(|file| file.ready && file.pid == pid);
            ready || postmaster.has_ended()
        });
        if ready {
            return Ok(());
        }
        let (log, tail) = (
            self.home.log.clone(),
            self.home.log_tail(postmaster.log_start),
        );
        if tells_a_full_disk(&tail) {
            let path = self.home.dir.clone();
            return Err(Error::DiskFull { path });
        }
        if settled {
            return Err(Error::StartFailed { log, tail });
        }
        let seconds = bound.as_secs();
        Err(Error::StartTimedOut { seconds, log, tail })
    }

    /// Waits for the end of a cluster whose owner was killed. It got the signal already, but maybe has not noticed yet, and a
    /// start that attached to it would soon lose its database.
    pub(super) fn end_orphan(&self) -> Result<(), Error> {
        let cluster = &self.home.cluster;
        let Some(pid) = pid_file::live_postmaster(cluster) else {
            return Ok(());
        };
        if self.end(pid, || !pid_file::runs(pid, cluster)) {
            return Ok(());
        }
        let dir = self.home.dir.clone();
        Err(Error::OrphanStays { dir, pid })
    }

    /// Ends the child within bounds and removes the short socket directory, if there was one.
    pub(super) fn stop(&self, postmaster: &mut Postmaster) -> Result<(), Error> {
        let pid = postmaster.child.id();
        let stopped = self.end(pid, || postmaster.has_ended());
        if !stopped {
            // Errors mean that it has just ended.
            let _ = postmaster.child.kill();
            let _ = postmaster.child.wait();
        }
        if postmaster.socket_dir != self.home.cluster {
            // Left behind it does no harm: the next start uses it again.
            let _ = fs::remove_dir(&postmaster.socket_dir);
        }
        if stopped {
            Ok(())
        } else {
            Err(Error::StopFailed)
        }
    }

    /// SIGINT ends connections and writes everything to disk; SIGQUIT leaves work for recovery, but loses nothing either.
    fn end(&self, pid: u32, mut gone: impl FnMut() -> bool) -> bool {
        for (signal, bound) in [("INT", FAST_STOP_BOUND), ("QUIT", IMMEDIATE_STOP_BOUND)] {
            if gone() {
                return true;
            }
            self.signal(signal, pid);
            if wait_until(bound, &mut gone) {
                return true;
            }
        }
        false
    }

    /// By `pg_ctl`, because std has no signals but SIGKILL, and /bin/kill is not installed everywhere.
    fn signal(&self, signal: &str, pid: u32) {
        let mut command = self.account.command(&self.tools.program("pg_ctl"));
        command.args(["kill", signal, &pid.to_string()]);
        // It fails when the process is gone, which the caller watches for anyway.
        let _ = command.output();
    }
}

/// Whether it was done within the bound.
fn wait_until(bound: Duration, mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + bound;
    loop {
        if done() {
            return true;
        }
        if Instant::now() > deadline {
            return false;
        }
        sleep(POLL_INTERVAL);
    }
}
