//! The private PostgreSQL: a real cluster, run by this process and reached over a Unix socket only.
//!
//! Invariant: a directory has one owner, the process that holds its `lock`. The cluster ends with its owner, however
//! that ends, and is started again if it ends by itself.
//!
//! It runs where `DATABASE_URL` is not set: under `serve`, `worker` and `postgres -- COMMAND`. The programs are the
//! system's own, run through `setpriv --pdeathsig`, which ties their life to ours without unsafe code. A process that
//! is attached to another's cluster restarts nothing: the owner does, or its successor, at the same address.
#![expect(
    clippy::disallowed_methods,
    reason = "it runs on a thread of its own, and finds the system's own programs and folders by PATH and HOME"
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
use home::Home;
use supervisor::Owned;
use tokio::sync::watch;

/// The role and the database that Guildhall connects with.
const NAME: &str = "guildhall";
/// Crash recovery after a power cut may take tens of seconds.
const START_BOUND: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// How a cluster is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Running,
    /// Another process owns it, and keeps it running.
    Attached,
    /// It ended, and is started again.
    Restarting {
        reason: String,
    },
    /// It is not started again: the process should end with this sentence.
    Failed {
        reason: String,
    },
    /// We ended it.
    Stopped,
}

/// A handle on the running cluster. Dropping it stops the cluster, as [`Private::stop`] does, but keeps quiet about errors.
#[derive(Debug)]
pub struct Private {
    url: String,
    state: watch::Receiver<State>,
    owned: Option<Owned>,
}

impl Private {
    /// Starts the cluster in `data_dir`, makes it first when it is missing, and attaches when another process already runs it.
    /// The database `guildhall` exists afterwards. Until the handle is gone, a thread of its own starts the cluster again
    /// whenever it ends by itself.
    ///
    /// The kernel ends the cluster when this process ends, so a `kill -9` still leads to a clean shutdown. A systemd unit needs
    /// `KillMode=mixed`, or systemd would end the cluster together with this process, before it has drained.
    ///
    /// # Errors
    /// Every [`Error`] is a sentence for the administrator. Waits at most 60 s for the cluster, plus the time to make it.
    pub fn start(data_dir: &Path) -> Result<Self, Error> {
        let home = Home::prepare(data_dir)?;
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

    /// The address for sqlx and for psql, such as `postgres://guildhall@localhost:5432/guildhall?host=/socket/dir`. It stays the
    /// same when the cluster is started again.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How the cluster is, now and from now on.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Ends connections, writes everything to disk and waits for the end: 30 s after SIGINT, then 10 s after SIGQUIT.
    /// Does nothing when this handle is only attached.
    ///
    /// # Errors
    /// [`Error::StopFailed`] when the cluster had to be killed; it recovers at the next start. [`Error::DoesNotStay`] when it
    /// had failed before.
    pub fn stop(mut self) -> Result<(), Error> {
        self.owned.take().map_or(Ok(()), Owned::stop)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        if let Some(owned) = self.owned.take() {
            // Best effort: whoever wants to know calls `stop`.
            let _ = owned.stop();
        }
    }
}

/// Returns the reason once the cluster is not started again any more, and never before.
pub async fn failed(mut state: watch::Receiver<State>) -> String {
    loop {
        let now = state.borrow_and_update().clone();
        if let State::Failed { reason } = now {
            return reason;
        }
        if state.changed().await.is_err() {
            // No more is heard of it.
            match now {
                State::Attached | State::Stopped => std::future::pending().await,
                _ => return "the thread that runs PostgreSQL ended unexpectedly".to_owned(),
            }
        }
    }
}
