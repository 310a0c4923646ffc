//! Runs the consumers of the outbox: each handles every event of certain kinds, in order.
//!
//! Invariant: a handler's effect and the new checkpoint commit together. So an effect in the database happens once for
//! each event, and an effect elsewhere at least once. `server/tests/consumer` lets workers race, die and fail.
//!
//! 1. Every 250 ms the worker reads the events after the checkpoint, in the order of (transaction, event), up to the
//!    oldest running transaction: an event with a lower number may commit later. A read scans up to 5,000 events and
//!    takes up to 200 of the wanted kinds. It runs outside of any transaction, so an idle consumer locks and writes
//!    nothing.
//! 2. It locks the consumer's row (`for update skip locked`). That lock is the lease: other workers skip the row, and
//!    the lock ends with the connection of a worker that dies. If the checkpoint has moved since step 1, the worker
//!    reads again.
//! 3. The handler has 10 s for a batch and 4 s for a statement. Until its transaction ends, the change feed and all
//!    other consumers wait for it, because they read only up to the oldest running transaction.
//! 4. If a batch fails, its events are handled one by one. An event that fails alone is tried eight times, then parked.
//!    An error is logged, and `guildhall consumer list` shows the event and exits with 1.
//!
//! A parked consumer stops, because it guarantees the order of events, and most handlers rely on that. An operator
//! retries the event or skips it. A new consumer is a type that implements `Consumer`, and a line in `consume_all`.

use super::retry;
use futures_util::FutureExt;
use guildhall::{
    Error, Result,
    event::{
        EventKind,
        consumer::{self, Batch, Checkpoint, Event, MAX_SCANNED},
    },
    store::Tx,
};
use sqlx::{Acquire, PgPool, Postgres, pool::PoolConnection};
use std::{panic::AssertUnwindSafe, time::Duration};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How often an idle consumer polls for events. This bounds its lag, apart from transactions still in progress.
const POLL: Duration = Duration::from_millis(250);
/// How many events are handled in one transaction.
const BATCH: i64 = 200;
/// How long a handler may take for a batch. While its transaction lasts, the change feed and all other consumers wait
/// for it.
const HANDLING_BOUND: Duration = Duration::from_secs(10);
/// How long a worker waits for the database in all other cases: a silently dead connection must not stop the consumer.
const BOUND: Duration = Duration::from_secs(10);

/// Work to be done for every event of certain kinds, after the request that caused it.
///
/// A failing event is retried, then parked, and nothing behind it is handled until an operator decides (`guildhall
/// consumer`), so that events always stay in order. If a consumer's events are independent, as when sending to many
/// receivers, its handler should write a row per delivery into a queue of its own, where a failure delays only that
/// receiver.
pub trait Consumer: Sync {
    /// The permanent name of its checkpoint: lowercase letters and hyphens, at most 40 characters.
    fn name(&self) -> &'static str;

    /// The kinds of events it handles.
    fn kinds(&self) -> &[EventKind];

    /// Handles these events in order, all or none of them. After a rollback the same events are passed again, so
    /// effects outside the transaction must be idempotent.
    ///
    /// # Errors
    /// Any failure that should be retried.
    fn handle(&self, tx: &mut Tx<'_>, events: &[Event]) -> impl Future<Output = Result<()>> + Send;
}

/// The result of one turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnResult {
    /// This many events were handled; there may be more.
    Handled(usize),
    /// A batch failed; its events are now handled one by one.
    Split,
    /// One event failed and will be retried later.
    Failed,
    /// An event has failed too often; the consumer handles no more events.
    Parked,
    /// Nothing is due, or another worker is handling it.
    Idle,
}

/// Runs one consumer in this process until `stop`.
pub async fn consume<C: Consumer>(pool: &PgPool, stop: &CancellationToken, consumer: &C) {
    let mut runner = Runner::new(pool, consumer);
    while !stop.is_cancelled() {
        match runner.turn().await {
            Ok(TurnResult::Handled(_) | TurnResult::Split) => continue,
            Ok(TurnResult::Failed | TurnResult::Parked | TurnResult::Idle) => {}
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                consumer = consumer.name(),
                "a consumer cannot read its events; retrying"
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
    /// How many more events are handled one by one, because one of them failed in a batch.
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
    /// `Busy` or `Unexpected` if the database does not answer; the handler's errors are recorded with the checkpoint
    /// instead.
    pub async fn turn(&mut self) -> Result<TurnResult> {
        let mut connection = bounded(async { Ok(self.pool.acquire().await?) }).await?;
        let next = bounded(self.read(&mut connection)).await;
        if next.is_err() {
            // The connection may still be waiting for an answer that nobody needs.
            connection.close_on_drop();
        }
        let Some((checkpoint, batch)) = next? else {
            return Ok(TurnResult::Idle);
        };
        let count = batch.events.len();
        match self.handle(connection, &checkpoint, &batch).await? {
            BatchResult::All => {
                self.one_by_one = self.one_by_one.saturating_sub(count);
                Ok(TurnResult::Handled(count))
            }
            BatchResult::Elsewhere => Ok(TurnResult::Idle),
            BatchResult::Failed(_) if count > 1 => {
                self.one_by_one = count;
                Ok(TurnResult::Split)
            }
            BatchResult::Failed(error) => match batch.events.first() {
                Some(event) => self.note(&checkpoint, event, &error).await,
                // Only moving the checkpoint failed.
                None => Err(Error::unexpected(error)),
            },
        }
    }

    /// Reads the next batch outside any transaction, so that an idle consumer locks and writes nothing. Events of
    /// finished transactions no longer change, so the batch is still the same once the lease is held.
    async fn read(&self, db: &mut PoolConnection<Postgres>) -> Result<Option<(Checkpoint, Batch)>> {
        let name = self.consumer.name();
        let Some(checkpoint) = consumer::checkpoints(db, Some(name)).await?.pop() else {
            consumer::register(db, name).await?;
            return Ok(None);
        };
        if checkpoint.is_ahead {
            return Err(Error::unexpected(format!(
                "the checkpoint of {name} is later than any transaction of this database, as after a restore from a dump: \
                 reset it as described in docs/OPERATIONS.md"
            )));
        }
        let is_alone = self.one_by_one > 0 || checkpoint.failure.is_some();
        let must_wait =
            |failure: &consumer::EventFailure| failure.parked_at.is_some() || !failure.is_due;
        if checkpoint.failure.as_ref().is_some_and(must_wait) {
            return Ok(None);
        }
        let most = if is_alone { 1 } else { BATCH };
        let batch = consumer::next(db, checkpoint.at, self.consumer.kinds(), most).await?;
        // Move past unwanted events only once there are many.
        let is_worth_it = |batch: &Batch| !batch.events.is_empty() || batch.scanned >= MAX_SCANNED;
        Ok(batch.filter(is_worth_it).map(|batch| (checkpoint, batch)))
    }

    /// Handles the batch, then returns the connection, or closes it and thereby rolls everything back and releases the
    /// lease.
    async fn handle(
        &self,
        mut connection: PoolConnection<Postgres>,
        checkpoint: &Checkpoint,
        batch: &Batch,
    ) -> Result<BatchResult> {
        let result = self.handle_on(&mut connection, checkpoint, batch).await;
        if !matches!(result, Ok(BatchResult::All | BatchResult::Elsewhere)) {
            connection.close_on_drop();
        }
        result
    }

    async fn handle_on(
        &self,
        db: &mut PoolConnection<Postgres>,
        checkpoint: &Checkpoint,
        batch: &Batch,
    ) -> Result<BatchResult> {
        let mut tx = bounded(async { Ok(db.begin().await?) }).await?;
        if !bounded(consumer::lease(&mut tx, checkpoint)).await? {
            bounded(async { Ok(tx.rollback().await?) }).await?;
            return Ok(BatchResult::Elsewhere);
        }
        let work = self.commit(tx, checkpoint, batch);
        Ok(
            match timeout(HANDLING_BOUND, AssertUnwindSafe(work).catch_unwind()).await {
                Ok(Ok(Ok(()))) => BatchResult::All,
                Ok(Ok(Err(error))) => BatchResult::Failed(text_of(error)),
                Ok(Err(_)) => {
                    BatchResult::Failed("its handler panicked; the log has the message".to_owned())
                }
                Err(_) => BatchResult::Failed(format!(
                    "its handler took longer than {} s",
                    HANDLING_BOUND.as_secs()
                )),
            },
        )
    }

    /// Commits the effect together with the checkpoint.
    async fn commit(&self, mut tx: Tx<'_>, checkpoint: &Checkpoint, batch: &Batch) -> Result<()> {
        if !batch.events.is_empty() {
            self.consumer.handle(&mut tx, &batch.events).await?;
        }
        consumer::advance(&mut tx, &checkpoint.name, batch.end).await?;
        Ok(tx.commit().await?)
    }

    /// Records the failure with the checkpoint, on another connection, because the handler's is closed. A statement of
    /// the handler may still be running, but it holds the lease for less time than this statement waits
    /// for the lock.
    async fn note(
        &self,
        checkpoint: &Checkpoint,
        event: &Event,
        error: &str,
    ) -> Result<TurnResult> {
        let attempts = checkpoint.attempts() + 1;
        let wait = retry::wait(attempts);
        let recorded = bounded(async {
            let db = &mut *self.pool.acquire().await?;
            consumer::fail(db, checkpoint, event.at.event, error, wait).await
        });
        if !recorded.await? {
            return Ok(TurnResult::Idle);
        }
        let (consumer, kind, event) = (&checkpoint.name, event.kind.name(), event.at.event);
        if wait.is_some() {
            tracing::warn!(
                consumer,
                event,
                kind,
                attempts,
                error,
                "an event failed and will be retried"
            );
            return Ok(TurnResult::Failed);
        }
        tracing::error!(
            consumer,
            event,
            kind,
            attempts,
            error,
            "an event failed for the last time: its consumer stops until `guildhall consumer retry` or `skip`"
        );
        Ok(TurnResult::Parked)
    }
}

/// The result of handling a batch.
enum BatchResult {
    All,
    /// Another worker holds the lease, or has handled the batch.
    Elsewhere,
    Failed(String),
}

async fn bounded<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(BOUND, work).await.map_err(Error::unexpected)?
}

/// The text an operator can act on: for an unexpected error, its causes.
fn text_of(error: Error) -> String {
    match error {
        Error::Unexpected(source) => format!("{:#}", anyhow::anyhow!(source)),
        other => other.to_string(),
    }
}
