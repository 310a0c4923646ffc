//! Open connections to the relay, for the next letters.

use lettre::transport::smtp::client::AsyncSmtpConnection;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// How long a connection may be idle. Relays close idle connections after some minutes.
const LONGEST_IDLE: Duration = Duration::from_secs(30);
/// How long a relay may take to show that an idle connection still works.
const CHECK: Duration = Duration::from_secs(5);
/// How long a relay may take to answer QUIT.
const QUIT_TIMEOUT: Duration = Duration::from_secs(1);

pub(super) struct Pool {
    places: Semaphore,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
}

impl Pool {
    pub fn new(most: usize) -> Self {
        Self {
            places: Semaphore::new(most),
            idle: Mutex::default(),
        }
    }

    /// Waits until fewer than the maximum number of connections are in use.
    pub async fn place(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        self.places.acquire().await.ok()
    }

    /// A connection that the relay still answers on, if there is one. Older ones are closed.
    pub async fn take(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let Idle {
                mut connection,
                since,
            } = self.idle().pop()?;
            if since.elapsed() > LONGEST_IDLE {
                quit(connection).await;
                continue;
            }
            if let Ok(true) = timeout(CHECK, connection.test_connected()).await {
                return Some(connection);
            }
        }
    }

    pub fn park(&self, connection: AsyncSmtpConnection) {
        self.idle().push(Idle {
            connection,
            since: Instant::now(),
        });
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes a connection, after a QUIT if the relay still responds.
pub(super) async fn quit(mut connection: AsyncSmtpConnection) {
    let _ = timeout(QUIT_TIMEOUT, connection.quit()).await;
}
