//! The private PostgreSQL: a real cluster, run by this process and reached over a unix socket only.
//! Invariant: a directory has one owner, the process that holds its `lock`, and the cluster ends with the owner, however that ends.
//! It ends at [`Private::url`]: the pool of connections and what is stored are other modules' work.
#![expect(
    clippy::disallowed_methods,
    reason = "it runs before anything is async, and finds the system's own programs and folders by PATH and HOME"
)]

mod account;
mod address;
mod cluster;
mod error;
mod home;
mod pid_file;
mod postmaster;
mod socket;
#[cfg(test)]
mod tests;
mod tools;

use std::fs::File;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

pub use address::default_data_dir;
use address::url;
use cluster::Cluster;
pub use error::Error;
use home::Home;
use postmaster::Postmaster;

/// The role and the database that Guildhall connects with.
const NAME: &str = "guildhall";
/// Crash recovery after a power cut may take tens of seconds.
const START_BOUND: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A handle on the running cluster. Dropping it stops the cluster, as [`Private::stop`] does, but keeps quiet about errors.
#[derive(Debug)]
pub struct Private {
    url: String,
    owned: Option<Owned>,
}

#[derive(Debug)]
struct Owned {
    cluster: Cluster,
    postmaster: Postmaster,
    /// Held until the cluster has ended. The kernel lets go of it when this process dies, even by SIGKILL.
    _lock: File,
}

impl Private {
    /// Starts the cluster in `data_dir`, makes it first when it is missing, and attaches when another process already runs it.
    /// The database `guildhall` exists afterwards.
    ///
    /// Call it from the main thread: the kernel ends the cluster when the *thread* that started it ends, which is how a
    /// `kill -9` of this process still leads to a clean shutdown. A systemd unit needs `KillMode=mixed`, or systemd would end the
    /// cluster together with this process, before it has drained.
    ///
    /// # Errors
    /// Every [`Error`] is a sentence for the administrator. Waits at most 60 s for the cluster, plus the time to make it.
    pub fn start(data_dir: &Path) -> Result<Self, Error> {
        let home = Home::prepare(data_dir)?;
        let deadline = Instant::now() + START_BOUND;
        loop {
            if let Some(lock) = home.try_lock()? {
                return Self::own(home, lock);
            }
            if let Some(url) = cluster::find_answering(&home)? {
                return Ok(Self { url, owned: None });
            }
            if Instant::now() > deadline {
                return Err(Error::OwnerSilent { dir: home.dir });
            }
            sleep(POLL_INTERVAL);
        }
    }

    /// The address for sqlx and for psql, such as `postgres://guildhall@localhost:5432/guildhall?host=/socket/dir`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends connections, writes everything to disk and waits for the end: 30 s after SIGINT, then 10 s after SIGQUIT.
    /// Does nothing when this handle is only attached.
    ///
    /// # Errors
    /// [`Error::StopFailed`] when the cluster had to be killed; it recovers at the next start.
    pub fn stop(mut self) -> Result<(), Error> {
        self.shut_down()
    }

    /// With the lock in hand, any cluster that still runs here has lost its owner and is on its way out.
    fn own(home: Home, lock: File) -> Result<Self, Error> {
        let cluster = Cluster::at(home)?;
        cluster.end_orphan()?;
        cluster.make_when_missing(&lock)?;
        let postmaster = cluster.spawn()?;
        let url = url(postmaster.socket_dir(), pid_file::PORT);
        // From here on an early return drops the handle, which stops the child.
        let mut private = Self {
            url,
            owned: Some(Owned {
                cluster,
                postmaster,
                _lock: lock,
            }),
        };
        if let Some(owned) = &mut private.owned {
            owned
                .cluster
                .wait_until_ready(&mut owned.postmaster, START_BOUND)?;
            owned
                .cluster
                .create_database_when_missing(owned.postmaster.socket_dir())?;
        }
        Ok(private)
    }

    fn shut_down(&mut self) -> Result<(), Error> {
        match self.owned.take() {
            Some(mut owned) => owned.cluster.stop(&mut owned.postmaster),
            None => Ok(()),
        }
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // Best effort: whoever wants to know calls `stop`.
        let _ = self.shut_down();
    }
}
