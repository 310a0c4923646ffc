//! Sends the entries of queues in the database.
//!
//! - A worker claims entries with a lease, at most as many at a time as there are places for. A slow receiver takes one of
//!   the places until its attempt ends, and no other entry waits for it.
//! - No transaction is open while something is sent. A worker that dies leaves its claim, and after the lease another
//!   worker sends the same entry again, with the same id.

use guildhall::{Error, Result, store::Connection};
use sqlx::PgPool;
use std::{sync::Arc, time::Duration};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// How long one attempt may take, including what it prepares: less than any claim's lease.
const BOUND: Duration = Duration::from_secs(120);
/// How long a worker waits for the database: a silently dead connection must not stop it.
const DATABASE_BOUND: Duration = Duration::from_secs(10);

/// A queue, and the way to its receivers.
pub trait OutgoingQueue: Send + Sync + 'static {
    type Entry: Send + Sync + 'static;
    type Outcome: Send + Sync;

    /// What is sent, for the log.
    const NAME: &'static str;
    /// How often an idle worker polls for something to send.
    const POLL: Duration;
    /// How many entries are sent at the same time.
    const PLACES: usize;

    /// Claims up to `most` entries that are due.
    fn claim(
        db: &mut Connection,
        most: i64,
    ) -> impl Future<Output = Result<Vec<Self::Entry>>> + Send;

    fn attempt(
        &self,
        pool: &PgPool,
        entry: &Self::Entry,
    ) -> impl Future<Output = Self::Outcome> + Send;

    /// The outcome of an attempt that was cut off.
    fn timed_out(error: String) -> Self::Outcome;

    /// Records the outcome and ends the claim. False if the claim had ended before.
    fn record(
        db: &mut Connection,
        entry: &Self::Entry,
        outcome: &Self::Outcome,
    ) -> impl Future<Output = Result<bool>> + Send;

    /// Which entry it is, for the log.
    fn id(entry: &Self::Entry) -> String;
}

/// Sends the entries of one queue.
pub struct Sender<Q> {
    pool: PgPool,
    queue: Arc<Q>,
}

impl<Q: OutgoingQueue> Sender<Q> {
    pub(super) fn of(pool: PgPool, queue: Q) -> Self {
        Self {
            pool,
            queue: Arc::new(queue),
        }
    }

    /// Sends until `stop`, and then lets the attempts in progress end.
    pub(super) async fn send_all(self, stop: &CancellationToken) {
        let mut running = JoinSet::new();
        while !stop.is_cancelled() {
            while running.try_join_next().is_some() {}
            if let Err(error) = self.begin(&mut running).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    queue = Q::NAME,
                    "cannot read what is to be sent; retrying"
                );
            }
            tokio::select! {
                () = sleep(Q::POLL) => {}
                Some(_) = running.join_next() => {}
                () = stop.cancelled() => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// Claims as many entries as there are free places, and begins to send them. Returns how many.
    async fn begin(&self, running: &mut JoinSet<()>) -> Result<usize> {
        let free = Q::PLACES.saturating_sub(running.len());
        if free == 0 {
            return Ok(0);
        }
        let most = i64::try_from(free).unwrap_or(i64::MAX);
        let claimed = timeout(DATABASE_BOUND, async {
            Q::claim(&mut *self.pool.acquire().await?, most).await
        });
        let claimed = claimed.await.map_err(Error::unexpected)??;
        let count = claimed.len();
        for entry in claimed {
            let (pool, queue) = (self.pool.clone(), Arc::clone(&self.queue));
            running.spawn(async move { send(&pool, &*queue, &entry).await });
        }
        Ok(count)
    }

    /// Sends up to as many entries as there are places for, and returns how many once all attempts have ended.
    ///
    /// # Errors
    /// `Busy` or `Unexpected` if the database does not answer.
    pub async fn pass(&self) -> Result<usize> {
        let mut running = JoinSet::new();
        let count = self.begin(&mut running).await?;
        while running.join_next().await.is_some() {}
        Ok(count)
    }
}

/// Sends one entry and records the outcome. If that fails, the claim ends with its lease, and the entry is sent again.
async fn send<Q: OutgoingQueue>(pool: &PgPool, queue: &Q, entry: &Q::Entry) {
    let outcome = match timeout(BOUND, queue.attempt(pool, entry)).await {
        Ok(outcome) => outcome,
        Err(_) => Q::timed_out(format!("it took longer than {} s", BOUND.as_secs())),
    };
    let recorded = timeout(DATABASE_BOUND, async {
        Q::record(&mut *pool.acquire().await?, entry, &outcome).await
    });
    match recorded.await.map_err(Error::unexpected).flatten() {
        Ok(true) => {}
        Ok(false) => tracing::warn!(
            queue = Q::NAME,
            id = Q::id(entry),
            "another worker has taken over what was sent; it may arrive twice"
        ),
        Err(error) => tracing::error!(
            error = &error as &dyn std::error::Error,
            queue = Q::NAME,
            id = Q::id(entry),
            "cannot record what came of sending; it will be sent again"
        ),
    }
}
