//! Access to PostgreSQL: the pool, transactions, the clock and the schema.
//!
//! Invariant: time is the database's. Every connection has bounded statements (10 s), locks (5 s) and idleness in a
//! transaction (5 s). Each capability keeps its own statements in its `store`.
//!
//! A transaction that locks a project's row is allowed 800 ms of idleness instead: a client that stalls while it holds
//! the row lock would hold up the award. `snapshot` opens a transaction whose reads are all of one moment.

use crate::{Error, Result, account, project};
use sqlx::{
    Connection as _, PgPool, Postgres,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;
use time::OffsetDateTime;

/// A transaction; the door begins and commits it, verbs work inside.
pub type Tx<'c> = sqlx::Transaction<'c, Postgres>;

/// Connections to lend.
pub type Pool = PgPool;

/// One connection: what a read is asked of.
pub type Connection = sqlx::PgConnection;

/// The schema's steps, compiled in, so that the binary can lay them anywhere.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Sets what every connection is bound by. A client that stalls inside a transaction is thrown out after 5 s; one that holds a
/// project's row, and with it the award, after 800 ms: whoever locks that row sets it so in the same statement.
#[must_use]
pub fn bounded(options: PgConnectOptions) -> PgConnectOptions {
    options.application_name("guildhall").options([
        ("default_transaction_isolation", "read committed"),
        ("idle_in_transaction_session_timeout", "5s"),
        ("lock_timeout", "5s"),
        ("statement_timeout", "10s"),
        ("timezone", "UTC"),
    ])
}

/// A pool of at most `connections`, which waits 5 s for a free one before it answers busy.
///
/// # Errors
/// `Unexpected` when the database can't be reached.
pub async fn connect(options: PgConnectOptions, connections: u32) -> Result<PgPool> {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        // sqlx would ask every connection for a sign of life each time it is lent, a round trip for nothing: one that was
        // used a moment ago is alive, or its next user is told otherwise.
        .test_before_acquire(false)
        .before_acquire(|connection, lent| {
            Box::pin(async move {
                if lent.idle_for > Duration::from_secs(1) {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(bounded(options))
        .await
        .map_err(Error::unexpected)
}

/// A transaction whose reads are all of one moment, that of the first.
///
/// # Errors
/// `Busy` or `Unexpected`, which it is within another transaction.
pub async fn snapshot(db: &mut Connection) -> Result<Tx<'_>> {
    Ok(db
        .begin_with("begin isolation level repeatable read, read only")
        .await?)
}

/// The database's clock, at this moment and not at the transaction's start.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn now(db: &mut Connection) -> Result<OffsetDateTime> {
    Ok(sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#)
        .fetch_one(db)
        .await?)
}

/// Waits until this moment by the database's clock. A transaction is not idle meanwhile, and is not thrown out for that.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn wait_until(db: &mut Connection, moment: OffsetDateTime) -> Result<()> {
    // Shorter than what is logged as a slow statement.
    while now(db).await? < moment {
        sqlx::query!(
            "select from pg_sleep(least(0.5, extract(epoch from $1::timestamptz - clock_timestamp())))",
            moment
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// How often in a row a batch of [`project::fill_search`] may fail before the migration does.
const MOST_FAILED_BATCHES: u32 = 10;

/// Batches between two progress messages: a few seconds.
const BATCHES_A_MESSAGE: u64 = 500;

/// Lays the schema's missing steps.
///
/// # Errors
/// `Unexpected` when a step fails or was changed after it had run.
pub async fn migrate(pool: &PgPool) -> Result<()> {
    // A step may build an index over everything there is: what binds a request would end it half-way, at every start.
    let unbounded = PgConnectOptions::clone(&pool.connect_options()).options([
        ("idle_in_transaction_session_timeout", "0"),
        ("lock_timeout", "0"),
        ("statement_timeout", "0"),
    ]);
    let mut connection = Connection::connect_with(&unbounded)
        .await
        .map_err(Error::unexpected)?;
    MIGRATIONS
        .run(&mut connection)
        .await
        .map_err(Error::unexpected)?;
    // What SQL can't do: PostgreSQL knows no internationalized domains.
    let respelled = account::respell_emails(&mut connection).await?;
    if respelled > 0 {
        tracing::info!(respelled, "e-mails are stored in their one form now");
    }
    // In batches: who was interrupted goes on where it was.
    let (mut batches, mut failures) = (0_u64, 0);
    loop {
        let left = match project::fill_search(&mut connection).await {
            // Awards may take the same rows in another order, and then a batch is what gives way.
            Err(Error::Busy { retry_after }) if failures < MOST_FAILED_BATCHES => {
                failures += 1;
                tokio::time::sleep(retry_after).await;
                continue;
            }
            filled => filled?,
        };
        if left == 0 {
            break;
        }
        failures = 0;
        if batches.is_multiple_of(BATCHES_A_MESSAGE) {
            tracing::info!(left, "adding older projects to the search index");
        }
        batches += 1;
    }
    connection.close().await.map_err(Error::unexpected)
}
