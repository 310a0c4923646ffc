//! Runs the consumers of the outbox: they handle every event of some kinds, in order.
//!
//! Invariant: a handler's effect and the new checkpoint commit together. So an effect in the database happens once for
//! each event, and an effect elsewhere at least once. `server/tests/consumer` lets workers race, die and fail.
//!
//! 1. Every 250 ms the worker reads the events after the checkpoint, in the order of (transaction, event), as far as
//!    all transactions have ended: an event with a lower number may commit later. A read scans up to 5,000 events and
//!    takes up to 200 of the wanted kinds. It runs outside of any transaction, so an idle consumer locks and writes
//!    nothing.
//! 2. It locks the consumer's row (`for update skip locked`). That lock is the lease: other workers skip it, and it
//!    ends with the connection of a worker that dies. If the checkpoint moved since step 1, the worker reads again.
//! 3. The handler has 10 s for a batch and 4 s for a statement. Until its transaction ends, the change feed and all
//!    other consumers wait for it, because they read no further than transactions that have ended.
//! 4. If a batch fails, its events are handled one by one. An event that fails alone is tried eight times, then parked.
//!    The log has an error, and `guildhall consumer list` shows it and exits with 1.
//!
//! A parked consumer stops. Order is what it promises, and most handlers rely on it. An operator retries the event or
//! skips it. A new consumer is a type that implements `Consumer`, and a line in `consume_all`.

use super::retry;
use futures_util::FutureExt;
use guildhall::{
    Error, Result,
    event::{
        Kind,
        consumer::{self, Batch, Checkpoint, Event, MOST_SCANNED},
    },
    store::Tx,
};
use sqlx::{Acquire, PgPool, Postgres, pool::PoolConnection};
use std::{panic::AssertUnwindSafe, time::Duration};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How often an idle consumer looks for events: the most that its effect is behind, with what other transactions hold back.
const POLL: Duration = Duration::from_millis(250);
/// How many events are handled in one transaction.
const BATCH: i64 = 200;
/// How long a handler may take for a batch. As long as its transaction lasts, the change feed and every other consumer wait for it.
const HANDLING_BOUND: Duration = Duration::from_secs(10);
/// How long a worker waits for the database otherwise: a connection that died without a word must not stop the consumer.
const BOUND: Duration = Duration::from_secs(10);

/// Something that has to happen for every event of some kinds, after the request that caused it.
///
/// An event that fails is tried again, then parked, and nothing behind it is handled until somebody decides (`guildhall consumer`):
/// the order of events is kept in any case. A consumer whose events don't depend on each other, such as one that sends to many
/// receivers, has its handler write a row for each delivery into a queue of its own, where a failing one holds up its receiver alone.
pub trait Consumer: Sync {
    /// Its checkpoint's name, for good: small letters and hyphens, at most 40.
    fn name(&self) -> &'static str;

    /// The kinds of events that it wants.
    fn kinds(&self) -> &[Kind];

    /// Handles these events, in their order, all or none. The same ones may come again, where the transaction was rolled back: what is
    /// done outside of it has to be idempotent.
    ///
    /// # Errors
    /// Whatever should be tried again.
    fn handle(&self, tx: &mut Tx<'_>, events: &[Event]) -> impl Future<Output = Result<()>> + Send;
}

/// What came of one turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// So many events were handled; there may be more.
    Handled(usize),
    /// Several events failed together, and are taken one by one from now on.
    Split,
    /// One event failed, and is tried again later.
    Failed,
    /// One event failed for the last time.
    Parked,
    /// There is nothing to do, or not yet, or another worker does it.
    Idle,
}

/// Runs one consumer in this process until `stop`.
pub async fn consume<C: Consumer>(pool: &PgPool, stop: &CancellationToken, consumer: &C) {
    let mut runner = Runner::new(pool, consumer);
    while !stop.is_cancelled() {
        match runner.turn().await {
            Ok(Turn::Handled(_) | Turn::Split) => continue,
            Ok(Turn::Failed | Turn::Parked | Turn::Idle) => {}
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                consumer = consumer.name(),
                "a consumer could not read its events; trying again"
            ),
        }
        tokio::select! {
            () = sleep(POLL) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// One consumer in one process.
pub struct Runner<'a, C> {
    pool: &'a PgPool,
    consumer: &'a C,
    /// So many events are still taken one by one, because one of them failed in a batch.
    one_by_one: usize,
}

impl<'a, C: Consumer> Runner<'a, C> {
    pub const fn new(pool: &'a PgPool, consumer: &'a C) -> Self {
        Self {
            pool,
            consumer,
            one_by_one: 0,
        }
    }

    /// Handles the next batch, if there is one.
    ///
    /// # Errors
    /// `Busy` or `Unexpected` when the database does not answer; what the handler answers is noted with the checkpoint instead.
    pub async fn turn(&mut self) -> Result<Turn> {
        let mut connection = bounded(async { Ok(self.pool.acquire().await?) }).await?;
        let next = bounded(self.read(&mut connection)).await;
        if next.is_err() {
            // It may still wait for an answer that nobody wants.
            connection.close_on_drop();
        }
        let Some((checkpoint, batch)) = next? else {
            return Ok(Turn::Idle);
        };
        let count = batch.events.len();
        match self.handle(connection, &checkpoint, &batch).await? {
            Handled::All => {
                self.one_by_one = self.one_by_one.saturating_sub(count);
                Ok(Turn::Handled(count))
            }
            Handled::Elsewhere => Ok(Turn::Idle),
            Handled::Failed(_) if count > 1 => {
                self.one_by_one = count;
                Ok(Turn::Split)
            }
            Handled::Failed(error) => match batch.events.first() {
                Some(event) => self.note(&checkpoint, event, &error).await,
                // The checkpoint alone could not be moved.
                None => Err(Error::unexpected(error)),
            },
        }
    }

    /// What is next, outside of any transaction: with nothing to do, nothing is locked or written. What transactions left that have all
    /// ended does not change any more, so it is the same once the lease is held.
    async fn read(&self, db: &mut PoolConnection<Postgres>) -> Result<Option<(Checkpoint, Batch)>> {
        let name = self.consumer.name();
        let Some(checkpoint) = consumer::checkpoints(db, Some(name)).await?.pop() else {
            consumer::register(db, name).await?;
            return Ok(None);
        };
        if checkpoint.is_ahead {
            return Err(Error::unexpected(format!(
                "the checkpoint of {name} is later than any transaction of this database, as after a restore from a dump: \
                 set it back as docs/OPERATIONS.md says"
            )));
        }
        let is_alone = self.one_by_one > 0 || checkpoint.failure.is_some();
        let waits = |failure: &consumer::Failure| failure.parked_at.is_some() || !failure.is_due;
        if checkpoint.failure.as_ref().is_some_and(waits) {
            return Ok(None);
        }
        let most = if is_alone { 1 } else { BATCH };
        let batch = consumer::next(db, checkpoint.at, self.consumer.kinds(), most).await?;
        // A checkpoint among events that nobody wants is moved once they are many.
        let is_worth_it = |batch: &Batch| !batch.events.is_empty() || batch.scanned >= MOST_SCANNED;
        Ok(batch.filter(is_worth_it).map(|batch| (checkpoint, batch)))
    }

    /// Gives the connection back, or ends it with all that was done on it, the lease included.
    async fn handle(
        &self,
        mut connection: PoolConnection<Postgres>,
        checkpoint: &Checkpoint,
        batch: &Batch,
    ) -> Result<Handled> {
        let handled = self.handle_on(&mut connection, checkpoint, batch).await;
        if !matches!(handled, Ok(Handled::All | Handled::Elsewhere)) {
            connection.close_on_drop();
        }
        handled
    }

    async fn handle_on(
        &self,
        db: &mut PoolConnection<Postgres>,
        checkpoint: &Checkpoint,
        batch: &Batch,
    ) -> Result<Handled> {
        let mut tx = bounded(async { Ok(db.begin().await?) }).await?;
        if !bounded(consumer::lease(&mut tx, checkpoint)).await? {
            bounded(async { Ok(tx.rollback().await?) }).await?;
            return Ok(Handled::Elsewhere);
        }
        let work = self.commit(tx, checkpoint, batch);
        Ok(
            match timeout(HANDLING_BOUND, AssertUnwindSafe(work).catch_unwind()).await {
                Ok(Ok(Ok(()))) => Handled::All,
                Ok(Ok(Err(error))) => Handled::Failed(text_of(error)),
                Ok(Err(_)) => {
                    Handled::Failed("its handler panicked; the log has the message".to_owned())
                }
                Err(_) => Handled::Failed(format!(
                    "its handler took longer than {} s",
                    HANDLING_BOUND.as_secs()
                )),
            },
        )
    }

    /// The effect and the checkpoint, together.
    async fn commit(&self, mut tx: Tx<'_>, checkpoint: &Checkpoint, batch: &Batch) -> Result<()> {
        if !batch.events.is_empty() {
            self.consumer.handle(&mut tx, &batch.events).await?;
        }
        consumer::advance(&mut tx, &checkpoint.name, batch.end).await?;
        Ok(tx.commit().await?)
    }

    /// Notes the failure beside the checkpoint, by another connection: the handler's is closed. A statement of it that still runs holds the
    /// lease for less time than this one waits for a lock.
    async fn note(&self, checkpoint: &Checkpoint, event: &Event, error: &str) -> Result<Turn> {
        let attempts = checkpoint.attempts() + 1;
        let wait = retry::wait(attempts);
        let noted = bounded(async {
            let db = &mut *self.pool.acquire().await?;
            consumer::fail(db, checkpoint, event.at.event, error, wait).await
        });
        if !noted.await? {
            return Ok(Turn::Idle);
        }
        let (consumer, kind, event) = (&checkpoint.name, event.kind.name(), event.at.event);
        if wait.is_some() {
            tracing::warn!(
                consumer,
                event,
                kind,
                attempts,
                error,
                "an event failed; it is tried again"
            );
            return Ok(Turn::Failed);
        }
        tracing::error!(
            consumer,
            event,
            kind,
            attempts,
            error,
            "an event failed for the last time: its consumer stops until `guildhall consumer retry` or `skip`"
        );
        Ok(Turn::Parked)
    }
}

/// What came of a batch.
enum Handled {
    All,
    /// Another worker has the lease, or was there before.
    Elsewhere,
    Failed(String),
}

async fn bounded<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(BOUND, work).await.map_err(Error::unexpected)?
}

/// What whoever runs the marketplace can act on: of an error that nobody expected, its causes.
fn text_of(error: Error) -> String {
    match error {
        Error::Unexpected(source) => format!("{:#}", anyhow::anyhow!(source)),
        other => other.to_string(),
    }
}
