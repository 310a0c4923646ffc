//! The private PostgreSQL: a real cluster, run by this process and reached over a Unix socket only.
//!
//! Invariant: a directory has one owner, the process that holds its `lock`. The cluster stops when its owner exits for
//! any reason, and the owner restarts it if it exits by itself.
//!
//! It runs if `DATABASE_URL` is not set, and for `guildhall postgres -- COMMAND`. The programs are the system's own,
//! run through `setpriv --pdeathsig`, which ties their lifetime to ours without unsafe code. A process that is attached
//! to another process's cluster never restarts it: the owner does, or its successor, at the same address.
#![expect(
    clippy::disallowed_methods,
    reason = "it runs on its own thread, and finds the system's programs and directories through PATH and HOME"
)]

mod account;
mod address;
mod backoff;
mod cluster;
mod error;
mod home;
mod leftover;
mod log;
mod pid_file;
mod postmaster;
mod socket;
mod supervisor;
#[cfg(test)]
mod tests;
mod tools;

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

pub use address::default_data_dir;
use address::url;
pub use error::Error;
use home::DataDirectory;
use supervisor::OwnedCluster;
use tokio::sync::watch;

/// The role that Guildhall connects as, and the database that it connects to.
const NAME: &str = "guildhall";
/// Crash recovery after a power cut may take tens of seconds.
const START_BOUND: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The state of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Running,
    /// Another process owns it and keeps it running.
    Attached,
    /// It exited and is being restarted.
    Restarting {
        reason: String,
    },
    /// It is no longer restarted: the process should exit with this message.
    Failed {
        reason: String,
    },
    /// We stopped it.
    Stopped,
}

/// A handle to the running cluster. Dropping it stops the cluster like [`PrivatePostgres::stop`], but ignores errors.
#[derive(Debug)]
pub struct PrivatePostgres {
    url: String,
    state: watch::Receiver<State>,
    owned: Option<OwnedCluster>,
}

impl PrivatePostgres {
    /// Starts the cluster in `data_dir`, creates it first if it is missing, or attaches to it if another process
    /// already runs it. Afterwards the database `guildhall` exists. Until the handle is dropped, a dedicated thread
    /// restarts the cluster whenever it exits by itself.
    ///
    /// The kernel stops the cluster when this process ends, so that even `kill -9` leads to a clean shutdown. A systemd
    /// unit needs `KillMode=mixed`; otherwise systemd would stop the cluster together with this process, before the
    /// process has drained.
    ///
    /// # Errors
    /// Every [`Error`] is a message for the administrator. Waits at most 60 s for the cluster, plus the time to create
    /// it.
    pub fn start(data_dir: &Path) -> Result<Self, Error> {
        let home = DataDirectory::prepare(data_dir)?;
        let deadline = Instant::now() + START_BOUND;
        loop {
            if let Some(lock) = home.try_lock()? {
                let (sender, state) = watch::channel(State::Running);
                let (url, owned) = supervisor::start(home, lock, sender)?;
                let owned = Some(owned);
                return Ok(Self { url, state, owned });
            }
            if let Some(url) = cluster::find_answering(&home)? {
                let (_, state) = watch::channel(State::Attached);
                let owned = None;
                return Ok(Self { url, state, owned });
            }
            if Instant::now() > deadline {
                return Err(Error::OwnerSilent { dir: home.dir });
            }
            sleep(POLL_INTERVAL);
        }
    }

    /// The URL for sqlx and psql, such as `postgres://guildhall@localhost:5432/guildhall?host=/socket/dir`. A restart
    /// does not change it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The cluster's state, now and as it changes.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Closes connections, writes everything to disk and waits for the exit: up to 30 s after SIGINT, then up to 10 s
    /// after SIGQUIT. Does nothing if this handle is only attached.
    ///
    /// # Errors
    /// [`Error::StopFailed`] if the cluster had to be killed; it recovers at the next start. [`Error::GaveUp`] if
    /// it had failed before.
    pub fn stop(mut self) -> Result<(), Error> {
        self.owned.take().map_or(Ok(()), OwnedCluster::stop)
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        if let Some(owned) = self.owned.take() {
            // Best effort: callers that need the result call `stop`.
            let _ = owned.stop();
        }
    }
}

/// Waits until the cluster is no longer restarted, and returns the reason.
pub async fn until_failed(mut state: watch::Receiver<State>) -> String {
    loop {
        let now = state.borrow_and_update().clone();
        if let State::Failed { reason } = now {
            return reason;
        }
        if state.changed().await.is_err() {
            // The sender is gone, so no further state will come.
            match now {
                State::Attached | State::Stopped => std::future::pending().await,
                _ => return "the thread that runs PostgreSQL ended unexpectedly".to_owned(),
            }
        }
    }
}
