//! SQL for the outbox's consumers: their checkpoints, and the failures of the next event.
//!
//! Invariant: a checkpoint moves in the transaction that handled the events before it, and only under its row lock.
//!
//! A consumer has a row in `outbox_consumer`. Its checkpoint is the transaction and the number of the last event that
//! it handled. A new consumer starts with the transactions that have not ended yet.
//!
//! The statement that takes the lock also sets a `statement_timeout` of 4 s. If a handler is aborted in the middle of a
//! statement, its lock is released before another session's wait for it ends (5 s).
//!
//! After a restore from a dump, transaction numbers start over and every checkpoint lies in the future, so the worker
//! refuses to read. docs/OPERATIONS.md has the statements that correct this.

use super::{EventKind, Position, names};
use crate::{
    Error, Result,
    account::AccountId,
    project::ProjectId,
    store::{Connection, shortened},
};
use serde_json::Value;
use std::time::Duration;
use time::OffsetDateTime;

/// How many events one read scans for the wanted kinds.
pub const MAX_SCANNED: i64 = 5_000;

/// An event of the outbox.
#[derive(Debug, Clone)]
pub struct Event {
    pub at: Position,
    pub kind: EventKind,
    pub project: Option<ProjectId>,
    pub account: Option<AccountId>,
    pub body: Value,
    pub happened_at: OffsetDateTime,
}

/// A consumer's position in the outbox.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    pub name: String,
    pub at: Position,
    /// When it last advanced.
    pub moved_at: OffsetDateTime,
    pub failure: Option<EventFailure>,
    /// True if it is later than any transaction of this database, which must have been restored from a dump. The
    /// consumer would never read anything.
    pub is_ahead: bool,
}

impl Checkpoint {
    /// How many times in a row the next event has failed.
    #[must_use]
    pub fn attempts(&self) -> i32 {
        self.failure.as_ref().map_or(0, |failure| failure.attempts)
    }
}

/// The failure of the next event.
#[derive(Debug, Clone)]
pub struct EventFailure {
    pub event: i64,
    /// How many times in a row the event has failed.
    pub attempts: i32,
    pub error: String,
    pub next_try_at: OffsetDateTime,
    /// True if the next retry is due.
    pub is_due: bool,
    /// When the event was parked; it is no longer retried.
    pub parked_at: Option<OffsetDateTime>,
}

/// The next events for a consumer.
#[derive(Debug)]
pub struct Batch {
    /// Events of the wanted kinds, in transaction order.
    pub events: Vec<Event>,
    /// The checkpoint's position once they are handled.
    pub end: Position,
    /// How many events of any kind were scanned, up to `end` or beyond.
    pub scanned: i64,
}

/// Creates the consumer's checkpoint if it has none, at the oldest transaction still in progress.
///
/// # Errors
/// `Busy` or `Unexpected`, the latter also if the name has characters other than lower-case letters and hyphens.
pub async fn register(db: &mut Connection, name: &str) -> Result<()> {
    sqlx::query!(
        "insert into outbox_consumer (name, transaction_id, event_id)
         select $1, (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text::xid8, (select coalesce(max(id), 0) from outbox)
         on conflict do nothing",
        name
    )
    .execute(db)
    .await?;
    Ok(())
}

/// All consumers' checkpoints ordered by name, or only the one with this name. A failed event also counts as due if its
/// retry is further ahead than any retry is ever scheduled, because then the clock was set back.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn checkpoints(db: &mut Connection, name: Option<&str>) -> Result<Vec<Checkpoint>> {
    let rows = sqlx::query!(
        r#"select name, transaction_id::text::bigint as "transaction!", event_id, moved_at, failed_event_id, attempts, last_error,
                  next_try_at, next_try_at not between clock_timestamp() and clock_timestamp() + interval '2 minutes' as is_due, parked_at,
                  transaction_id >= pg_snapshot_xmax(pg_current_snapshot()) as "is_ahead!"
           from outbox_consumer where $1::text is null or name = $1 order by name"#,
        name
    )
    .fetch_all(db)
    .await?;
    let checkpoints = rows.into_iter().map(|row| Checkpoint {
        name: row.name,
        at: Position {
            transaction: row.transaction,
            event: row.event_id,
        },
        moved_at: row.moved_at,
        failure: row
            .failed_event_id
            .zip(row.last_error)
            .zip(row.next_try_at)
            .map(|((event, error), next_try_at)| EventFailure {
                event,
                attempts: row.attempts,
                error,
                next_try_at,
                is_due: row.is_due.unwrap_or_default(),
                parked_at: row.parked_at,
            }),
        is_ahead: row.is_ahead,
    });
    Ok(checkpoints.collect())
}

/// Up to `most` events of these kinds after a position. Like the change feed, it stops at the oldest transaction still
/// in progress, because a lower id may commit after a higher one. `None` if nothing has happened since.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn next(
    db: &mut Connection,
    after: Position,
    kinds: &[EventKind],
    most: i64,
) -> Result<Option<Batch>> {
    let rows = sqlx::query!(
        r#"with scanned as materialized (
               select transaction_id, id, kind from outbox
               where (transaction_id, id) > ($1::bigint::text::xid8, $2)
                 and transaction_id < pg_snapshot_xmin(pg_current_snapshot())
               order by transaction_id, id limit $3
           )
           select read.n as "scanned!", last.transaction_id::text::bigint as "last_transaction!", last.id as "last_event!",
                  wanted.transaction_id::text::bigint as "transaction?", wanted.id as "id?", wanted.kind as "kind?", wanted.project_id as "project_id?",
                  wanted.account_id as "account_id?", wanted.body as "body?", wanted.happened_at as "happened_at?"
           from (select count(*) as n from scanned) read
           cross join (select transaction_id, id from scanned order by transaction_id desc, id desc limit 1) last
           left join (select outbox.* from (select id from scanned where kind = any ($4) order by transaction_id, id limit $5) first
                      join outbox on outbox.id = first.id) wanted on true
           order by wanted.transaction_id, wanted.id"#,
        after.transaction,
        after.event,
        MAX_SCANNED,
        &names(kinds),
        most
    )
    .fetch_all(db)
    .await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let scanned = first.scanned;
    let last = Position {
        transaction: first.last_transaction,
        event: first.last_event,
    };
    let mut events = Vec::new();
    for row in rows {
        // A row has a whole event, or none if no scanned event is wanted.
        let (Some(transaction), Some(id), Some(name), Some(body), Some(happened_at)) =
            (row.transaction, row.id, row.kind, row.body, row.happened_at)
        else {
            continue;
        };
        events.push(Event {
            at: Position {
                transaction,
                event: id,
            },
            kind: EventKind::by_name(&name)
                .ok_or_else(|| Error::unexpected(format!("{name} is not a kind of event")))?,
            project: row.project_id.map(ProjectId),
            account: row.account_id.map(AccountId),
            body,
            happened_at,
        });
    }
    // After a full batch there may be more wanted events.
    let is_full = i64::try_from(events.len()).is_ok_and(|n| n >= most);
    let end = events
        .last()
        .filter(|_| is_full)
        .map_or(last, |event| event.at);
    Ok(Some(Batch {
        events,
        end,
        scanned,
    }))
}

/// Locks the consumer's row until the transaction ends: only one worker handles its events at a time, and a worker that
/// dies releases the lock with its connection. False if another worker holds it, or if the checkpoint moved, failed or
/// was parked since it was read. Each later statement of the transaction is limited to 4 s: if a handler is abandoned
/// in the middle of one, the lease is released before a wait for the lock times out, after 5 s.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn lease(db: &mut Connection, checkpoint: &Checkpoint) -> Result<bool> {
    let row = sqlx::query!(
        "select name, set_config('statement_timeout', '4s', true) as bound from outbox_consumer
         where name = $1 and transaction_id = $2::bigint::text::xid8 and event_id = $3 and attempts = $4 and parked_at is null
         for update skip locked",
        checkpoint.name,
        checkpoint.at.transaction,
        checkpoint.at.event,
        checkpoint.attempts()
    )
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

/// Advances the checkpoint. The caller holds the lease.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn advance(db: &mut Connection, name: &str, to: Position) -> Result<()> {
    sqlx::query!(
        "update outbox_consumer
         set transaction_id = $2::bigint::text::xid8, event_id = $3, moved_at = clock_timestamp(),
             failed_event_id = null, attempts = 0, last_error = null, next_try_at = null
         where name = $1",
        name,
        to.transaction,
        to.event
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Records another failure of the next event and schedules its retry: after `wait` plus a random delay of up to half of
/// it, so that events that failed together are not retried together. Without `wait` the event is parked. False if the
/// checkpoint moved or failed since it was read.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn fail(
    db: &mut Connection,
    checkpoint: &Checkpoint,
    event: i64,
    error: &str,
    wait: Option<Duration>,
) -> Result<bool> {
    let error = shortened(error);
    let updated = sqlx::query!(
        "update outbox_consumer
         set failed_event_id = $5, attempts = attempts + 1, last_error = $6,
             next_try_at = clock_timestamp() + make_interval(secs => coalesce($7::float8, 0) * (1 + random() / 2)),
             parked_at = case when $7::float8 is null then clock_timestamp() end
         where name = $1 and transaction_id = $2::bigint::text::xid8 and event_id = $3 and attempts = $4 and parked_at is null",
        checkpoint.name,
        checkpoint.at.transaction,
        checkpoint.at.event,
        checkpoint.attempts(),
        event,
        error,
        wait.map(|wait| wait.as_secs_f64())
    )
    .execute(db)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Makes the failed event due at once and resets its attempts. False if no event has failed.
///
/// # Errors
/// `Busy` while the event is being handled, or `Unexpected`.
pub async fn retry(db: &mut Connection, name: &str) -> Result<bool> {
    let changed = sqlx::query!(
        "update outbox_consumer set failed_event_id = null, attempts = 0, last_error = null, next_try_at = null, parked_at = null
         where name = $1 and attempts > 0",
        name
    )
    .execute(db)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Skips the parked event for good and continues after it. False if no event is parked.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn skip(db: &mut Connection, name: &str) -> Result<bool> {
    let changed = sqlx::query!(
        "update outbox_consumer c
         set transaction_id = o.transaction_id, event_id = o.id, moved_at = clock_timestamp(),
             failed_event_id = null, attempts = 0, last_error = null, next_try_at = null, parked_at = null
         from outbox o where c.name = $1 and c.parked_at is not null and o.id = c.failed_event_id",
        name
    )
    .execute(db)
    .await?;
    Ok(changed.rows_affected() == 1)
}
