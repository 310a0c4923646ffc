//! The thread that owns a running cluster: it restarts PostgreSQL after an unexpected exit, and bounds its log.
//!
//! This thread starts every child of the cluster, because `setpriv --pdeathsig` stops a child when the *thread* that
//! started it ends. So the cluster stops with the process, whichever thread requested it.
//!
//! - An exit is noticed within 100 ms, and logged with its status and the end of PostgreSQL's own log. Children of the
//!   dead postmaster are terminated, and PostgreSQL is restarted at the same address, after a back-off (`backoff`).
//! - Ten failures in a row end the process with one message and exit code 1. Ten seconds of running reset the count.
//! - A full disk does not count as a failure. A start is attempted every 5 s while the disk is full, and that is logged
//!   once per minute.
//! - A restart may take 10 minutes: killing a PostgreSQL that is recovering would make it start over.

use std::fs::File;
use std::io;
use std::process::ExitStatus;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::backoff::wait_after;
use super::cluster::Cluster;
use super::home::DataDirectory;
use super::postmaster::Postmaster;
use super::{Error, START_BOUND, State, pid_file, url};
use crate::runtime::stopper::{self, Stop, Stopper};

/// How often we check that PostgreSQL is still running.
const CHECK_EVERY: Duration = Duration::from_millis(100);
/// How often the size of the log is checked.
const BOUND_LOG_EVERY: Duration = Duration::from_secs(1);
/// Recovery of a large write-ahead log must not be interrupted: it would start over each time.
const RESTART_BOUND: Duration = Duration::from_secs(600);
/// A PostgreSQL that ran this long was healthy: its exit does not count as a consecutive failure.
const HEALTHY_AFTER: Duration = Duration::from_secs(10);
/// How often a start is attempted while the disk is full.
const DISK_RETRY_EVERY: Duration = Duration::from_secs(5);
/// How often the log repeats that the disk is full.
const LOG_FULL_DISK_EVERY: Duration = Duration::from_secs(60);

/// A running cluster, as seen from outside its thread.
#[derive(Debug)]
pub(super) struct OwnedCluster {
    stopper: Stopper,
    thread: JoinHandle<Result<(), Error>>,
}

impl OwnedCluster {
    /// Stops the cluster and waits for its exit.
    pub(super) fn stop(self) -> Result<(), Error> {
        drop(self.stopper);
        // If the thread panicked, the kernel stops the cluster.
        self.thread.join().unwrap_or(Err(Error::StopFailed))
    }
}

/// Starts the thread and waits until the cluster accepts connections.
pub(super) fn start(
    home: DataDirectory,
    lock: File,
    state: watch::Sender<State>,
) -> Result<(String, OwnedCluster), Error> {
    let (stopper, stop) = stopper::pair();
    let (started, first_start) = mpsc::channel();
    let dir = home.dir.clone();
    let work = move || match Supervisor::begin(home, lock, stop, state) {
        Ok(supervisor) => {
            // The caller is waiting for this, or has gone and requested a stop.
            let _ = started.send(Ok(supervisor.url()));
            supervisor.run()
        }
        Err(error) => {
            let _ = started.send(Err(error));
            Ok(())
        }
    };
    let thread = thread::Builder::new()
        .name("postgres".to_owned())
        .spawn(work)
        .map_err(Error::io("start a thread for", &dir))?;
    let url = first_start.recv().unwrap_or(Err(Error::StopFailed))?;
    Ok((url, OwnedCluster { stopper, thread }))
}

struct Supervisor {
    cluster: Cluster,
    postmaster: Postmaster,
    running_since: Instant,
    /// Consecutive exits and failed starts, not counting those due to a full disk.
    failures: u32,
    stop: Stop,
    state: watch::Sender<State>,
    /// Held until the cluster has exited. The kernel releases it when this process dies, even by SIGKILL.
    _lock: File,
}

impl Supervisor {
    /// Starts the cluster. We hold the lock, so one that still runs here has lost its owner and is shutting down.
    fn begin(
        home: DataDirectory,
        lock: File,
        stop: Stop,
        state: watch::Sender<State>,
    ) -> Result<Self, Error> {
        let cluster = Cluster::at(home)?;
        cluster.end_orphan()?;
        cluster.create_if_missing(&lock)?;
        let mut postmaster = cluster
            .begin(START_BOUND, &stop)?
            .ok_or(Error::StopFailed)?;
        if let Err(error) = cluster.create_database_if_missing(postmaster.socket_dir()) {
            // The reason for the failed start is more useful than that of a failed stop.
            let _ = cluster.stop(&mut postmaster);
            return Err(error);
        }
        Ok(Self {
            cluster,
            postmaster,
            running_since: Instant::now(),
            failures: 0,
            stop,
            state,
            _lock: lock,
        })
    }

    fn url(&self) -> String {
        url(self.postmaster.socket_dir(), pid_file::PORT)
    }

    /// Runs until a stop is requested, or until PostgreSQL cannot be kept running.
    fn run(mut self) -> Result<(), Error> {
        let result = self.supervise();
        self.state.send_if_modified(|state| {
            let failed = matches!(state, State::Failed { .. });
            if !failed {
                *state = State::Stopped;
            }
            !failed
        });
        result
    }

    fn supervise(&mut self) -> Result<(), Error> {
        let mut log_bounded_at = Instant::now();
        loop {
            if self.stop.stops_within(CHECK_EVERY) {
                return self.cluster.stop(&mut self.postmaster);
            }
            if let Some(ending) = self.postmaster.exit_status()
                && !self.start_again(&ending)?
            {
                return Ok(());
            }
            if log_bounded_at.elapsed() >= BOUND_LOG_EVERY {
                log_bounded_at = Instant::now();
                self.bound_log();
            }
        }
    }

    /// True once PostgreSQL is running again, false if a stop is requested first.
    fn start_again(&mut self, ending: &io::Result<ExitStatus>) -> Result<bool, Error> {
        let mut error = self.exit_reason(ending);
        let mut full_disk_logged_at: Option<Instant> = None;
        loop {
            let wait = if matches!(error, Error::DiskFull { .. }) {
                if full_disk_logged_at
                    .is_none_or(|logged_at| logged_at.elapsed() >= LOG_FULL_DISK_EVERY)
                {
                    full_disk_logged_at = Some(Instant::now());
                    tracing::error!(
                        dir = %self.cluster.home.dir.display(),
                        "the disk is full and PostgreSQL is down; free some space and it restarts by itself"
                    );
                }
                DISK_RETRY_EVERY
            } else {
                self.failures += 1;
                let Some(wait) = wait_after(self.failures) else {
                    return Err(self.give_up(error));
                };
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    tries = self.failures,
                    wait_ms = wait.as_millis(),
                    "PostgreSQL is not running; restarting it"
                );
                wait
            };
            self.state.send_replace(State::Restarting {
                reason: error.summary(),
            });
            if self.stop.stops_within(wait) {
                return Ok(false);
            }
            self.cluster.end_leftovers();
            match self.cluster.begin(RESTART_BOUND, &self.stop) {
                Ok(Some(postmaster)) => {
                    self.postmaster = postmaster;
                    self.running_since = Instant::now();
                    self.state.send_replace(State::Running);
                    tracing::info!("PostgreSQL is running again");
                    return Ok(true);
                }
                Ok(None) => return Ok(false),
                Err(failed) => error = failed,
            }
        }
    }

    /// Why PostgreSQL exited by itself. If it was healthy before, the count of failures starts again.
    fn exit_reason(&mut self, ending: &io::Result<ExitStatus>) -> Error {
        if self.running_since.elapsed() >= HEALTHY_AFTER {
            self.failures = 0;
        }
        if self.cluster.ran_out_of_space(&self.postmaster) {
            let path = self.cluster.home.dir.clone();
            return Error::DiskFull { path };
        }
        Error::Ended {
            how: match ending {
                Ok(status) => status.to_string(),
                Err(error) => error.to_string(),
            },
            log: self.cluster.home.log.clone(),
            tail: self.cluster.log_of(&self.postmaster),
        }
    }

    fn give_up(&self, last: Error) -> Error {
        let error = Error::GaveUp {
            tries: self.failures,
            last: Box::new(last),
        };
        self.state.send_replace(State::Failed {
            reason: error.to_string(),
        });
        error
    }

    fn bound_log(&self) {
        if let Err(error) = self.cluster.home.bound_log() {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "cannot limit the size of PostgreSQL's log"
            );
        }
    }
}
