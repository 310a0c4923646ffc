//! Starts the PostgreSQL server as a child, and stops it within bounds.
//!
//! The server gets SIGINT, 30 s later SIGQUIT, and another 10 s later SIGKILL. Processes that were stopped by SIGSTOP
//! also get SIGCONT, so that they exit cleanly.
//!
//! A full disk is recognized from PostgreSQL's log or from less than 32 MB of free space, because the log is on the
//! same disk and may lack the message.
//!
//! A failed statement logs one line, without the statement or the row (`log_min_error_statement=panic`,
//! `log_error_verbosity=terse`): what a client sends must not fill the log, and personal data does not belong there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

use super::cluster::Cluster;
use super::error::reports_full_disk;
use super::leftover::cluster_name;
use super::pid_file::{self, PORT, PidFile};

use super::{Error, POLL_INTERVAL, socket};
use crate::{monitoring::disk, runtime::stopper::Stop};

const FAST_STOP_BOUND: Duration = Duration::from_secs(30);
const IMMEDIATE_STOP_BOUND: Duration = Duration::from_secs(10);

/// Command-line settings, which override the configuration files.
const SETTINGS: [&str; 12] = [
    "listen_addresses=",
    // A second barrier besides the 0700 directory around the socket, because authentication is `trust`.
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
    // What clients send must not fill the log, and personal data does not belong there: log one line for a failed
    // statement, without the statement, the row or the hint.
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
];

/// With less space than this, PostgreSQL cannot be expected to start: it needs a 16 MB segment of write-ahead log and
/// about as much again.
const FULL_BELOW_BYTES: u64 = 32 * 1024 * 1024;

/// The running server process, a child of ours.
#[derive(Debug)]
pub(super) struct Postmaster {
    pub(super) child: Child,
    socket_dir: PathBuf,
    /// Where this run's output begins in the log, in bytes.
    log_start: u64,
    /// When the `postmaster.pid` of an earlier run was written, if that run did not exit cleanly.
    stale_pid_file_time: Option<SystemTime>,
}

impl Postmaster {
    pub(super) fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// How it exited, or `None` while it runs.
    pub(super) fn exit_status(&mut self) -> Option<io::Result<ExitStatus>> {
        self.child.try_wait().transpose()
    }
}

impl Cluster {
    /// Starts PostgreSQL without waiting for it.
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
        // The name is part of every process title; we find the processes by it.
        let name = cluster_name(&self.home.cluster);
        command.args(["-c", &format!("cluster_name={name}")]);
        let stale_pid_file_time = PidFile::written_at(&self.home.cluster);
        let child = command
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(Error::spawn(&postgres))?;
        Ok(Postmaster {
            child,
            socket_dir,
            log_start,
            stale_pid_file_time,
        })
    }

    /// Starts PostgreSQL and waits until it accepts connections. `None` if a stop is requested before that.
    pub(super) fn begin(&self, bound: Duration, stop: &Stop) -> Result<Option<Postmaster>, Error> {
        let mut postmaster = self.spawn()?;
        match self.wait_until_ready(&mut postmaster, bound, stop) {
            Ok(true) => Ok(Some(postmaster)),
            Ok(false) => self.stop(&mut postmaster).map(|()| None),
            Err(error) => {
                // The reason for the failed start is more useful than that of a failed stop.
                let _ = self.stop(&mut postmaster);
                Err(error)
            }
        }
    }

    /// True once PostgreSQL accepts connections, false if a stop is requested first. Fails at once if the child exits.
    fn wait_until_ready(
        &self,
        postmaster: &mut Postmaster,
        bound: Duration,
        stop: &Stop,
    ) -> Result<bool, Error> {
        let pid = postmaster.child.id();
        let deadline = Instant::now() + bound;
        let ended = loop {
            // The order matters: a file that is new now cannot be a stale one a moment later.
            let new = PidFile::written_at(&self.home.cluster) != postmaster.stale_pid_file_time;
            let file = PidFile::read(&self.home.cluster);
            if new && file.is_some_and(|file| file.ready && file.pid == pid) {
                return Ok(true);
            }
            if postmaster.has_ended() {
                break true;
            }
            if Instant::now() > deadline {
                break false;
            }
            if stop.stops_within(POLL_INTERVAL) {
                return Ok(false);
            }
        };
        if self.ran_out_of_space(postmaster) {
            let path = self.home.dir.clone();
            return Err(Error::DiskFull { path });
        }
        let (log, tail) = (self.home.log.clone(), self.log_of(postmaster));
        if ended {
            return Err(Error::StartFailed { log, tail });
        }
        let seconds = bound.as_secs();
        Err(Error::StartTimedOut { seconds, log, tail })
    }

    /// The end of this run's log output.
    pub(super) fn log_of(&self, postmaster: &Postmaster) -> String {
        self.home.log_tail(postmaster.log_start)
    }

    /// True if it probably exited because of a full disk, judging by its log and by the free space.
    pub(super) fn ran_out_of_space(&self, postmaster: &Postmaster) -> bool {
        reports_full_disk(&self.log_of(postmaster))
            || disk::free_bytes(&self.home.dir).is_ok_and(|free| free < FULL_BELOW_BYTES)
    }

    /// Stops a cluster whose owner was killed, and waits for its exit. The kernel has already signaled it, but it may
    /// not have reacted yet, and a start that attached to it would soon lose its database.
    pub(super) fn end_orphan(&self) -> Result<(), Error> {
        let cluster = &self.home.cluster;
        if let Some(pid) = pid_file::live_postmaster(cluster)
            && !self.end(pid, || !pid_file::is_postmaster(pid, cluster))
        {
            self.signal(Signal::KILL, pid);
            if !wait_until(IMMEDIATE_STOP_BOUND, || {
                !pid_file::is_postmaster(pid, cluster)
            }) {
                let dir = self.home.dir.clone();
                return Err(Error::OrphanStays { dir, pid });
            }
        }
        self.end_leftovers();
        Ok(())
    }

    /// Stops the child within bounds and removes the short socket directory, if there is one.
    pub(super) fn stop(&self, postmaster: &mut Postmaster) -> Result<(), Error> {
        let pid = postmaster.child.id();
        let stopped = self.end(pid, || postmaster.has_ended());
        if !stopped {
            // An error means that it has just exited.
            let _ = postmaster.child.kill();
            let _ = postmaster.child.wait();
            self.end_leftovers();
        }
        if postmaster.socket_dir != self.home.cluster {
            // Harmless if it remains: the next start reuses it.
            let _ = fs::remove_dir(&postmaster.socket_dir);
        }
        if stopped {
            Ok(())
        } else {
            Err(Error::StopFailed)
        }
    }

    /// Sends SIGINT, then SIGQUIT; true once the process has exited. SIGINT closes connections and writes everything to
    /// disk; SIGQUIT leaves that to recovery, but loses nothing either.
    fn end(&self, pid: u32, mut has_exited: impl FnMut() -> bool) -> bool {
        for (signal, bound) in [
            (Signal::INT, FAST_STOP_BOUND),
            (Signal::QUIT, IMMEDIATE_STOP_BOUND),
        ] {
            if has_exited() {
                return true;
            }
            self.signal(signal, pid);
            // A process stopped with SIGSTOP handles no other signal until it continues.
            for process in self.processes() {
                self.signal(Signal::CONT, process);
            }
            if wait_until(bound, &mut has_exited) {
                return true;
            }
        }
        false
    }

    /// Sends a signal, unless the process has already exited.
    pub(super) fn signal(&self, signal: Signal, pid: u32) {
        let Some(process) = i32::try_from(pid).ok().and_then(Pid::from_raw) else {
            return;
        };
        if kill_process(process, signal) == Err(Errno::PERM) {
            self.signal_as_owner(signal, pid);
        }
    }

    /// Root without CAP_KILL, as in some containers, can only signal by becoming the processes' user.
    fn signal_as_owner(&self, signal: Signal, pid: u32) {
        let name = match signal {
            Signal::INT => "INT",
            Signal::QUIT => "QUIT",
            Signal::KILL => "KILL",
            // pg_ctl supports no other signal that we send.
            _ => return,
        };
        let mut command = self.account.command(&self.tools.program("pg_ctl"));
        command.args(["kill", name, &pid.to_string()]);
        // The caller watches for the exit anyway.
        let _ = command.output();
    }
}

/// Polls until `done` is true; false if the bound passes first.
pub(super) fn wait_until(bound: Duration, mut done: impl FnMut() -> bool) -> bool {
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
