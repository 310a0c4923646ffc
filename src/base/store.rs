//! Access to PostgreSQL: the pool, transactions, the clock and the schema.
//!
//! Invariant: the time always comes from the database's clock. Every connection has timeouts for statements (10 s),
//! locks (5 s) and idle transactions (5 s). Each capability keeps its own statements in its `store`.
//!
//! A transaction that locks a project's row may be idle for only 800 ms, because a client that stalls while it holds
//! the row lock would delay the award. In a transaction opened by `snapshot`, all reads see the same moment.

use crate::{Error, Result, account, project};
use sqlx::{
    Connection as _, PgPool, Postgres, Row as _,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;
use time::OffsetDateTime;

/// A transaction. Handlers begin and commit it, use cases work inside it.
pub type Tx<'c> = sqlx::Transaction<'c, Postgres>;

pub type Pool = PgPool;

/// A single connection.
pub type Connection = sqlx::PgConnection;

/// The schema migrations, compiled in so that the binary can run them anywhere.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// Sets the timeouts of every connection. PostgreSQL closes a connection that is idle inside a transaction for 5 s, or
/// for 800 ms if it holds a project's row lock, which blocks the award. The statement that locks the row sets that
/// limit.
#[must_use]
pub fn with_timeouts(options: PgConnectOptions) -> PgConnectOptions {
    options.application_name("guildhall").options([
        ("default_transaction_isolation", "read committed"),
        ("idle_in_transaction_session_timeout", "5s"),
        ("lock_timeout", "5s"),
        ("statement_timeout", "10s"),
        ("timezone", "UTC"),
    ])
}

/// Opens a pool of at most `connections`, in which a request waits up to 5 s for a free one before it gets `Busy`.
///
/// # Errors
/// `Unexpected` if the database cannot be reached.
pub async fn connect(options: PgConnectOptions, connections: u32) -> Result<PgPool> {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        // By default sqlx pings a connection before lending it, a wasted round trip: one used a moment ago is alive,
        // and if not, the next query fails anyway.
        .test_before_acquire(false)
        .before_acquire(|connection, metadata| {
            Box::pin(async move {
                if metadata.idle_for > Duration::from_secs(1) {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_release(|connection, _| Box::pin(has_no_transaction(connection)))
        .connect_with(with_timeouts(options))
        .await
        .map_err(Error::unexpected)
}

/// False if a transaction is open, so that the pool closes the connection. sqlx rolls back a transaction that is
/// dropped, but not one whose `begin` was abandoned while PostgreSQL executed it, as when a client disconnects. Later
/// writes of other requests on that connection would not be committed.
async fn has_no_transaction(connection: &mut Connection) -> Result<bool, sqlx::Error> {
    // Outside a transaction, a simple query begins its own, so both times are equal.
    let query = sqlx::raw_sql("select now() = statement_timestamp()");
    query.fetch_one(connection).await?.try_get(0)
}

/// Begins a read-only transaction on one snapshot, taken at its first statement.
///
/// # Errors
/// `Busy` or `Unexpected`, the latter also if a transaction is already open.
pub async fn snapshot(db: &mut Connection) -> Result<Tx<'_>> {
    Ok(db
        .begin_with("begin isolation level repeatable read, read only")
        .await?)
}

/// The database's clock now, not at the start of the transaction.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn now(db: &mut Connection) -> Result<OffsetDateTime> {
    Ok(sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#)
        .fetch_one(db)
        .await?)
}

/// Sleeps in the database until its clock shows this time. The transaction does not count as idle meanwhile, so
/// PostgreSQL does not close the connection.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn wait_until(db: &mut Connection, moment: OffsetDateTime) -> Result<()> {
    // Each step is shorter than the slow-statement log threshold.
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

/// How many times in a row a batch of [`project::fill_search`] may fail before the migration fails.
const MAX_FAILED_BATCHES: u32 = 10;

/// One progress message for this many batches, which take a few seconds.
const BATCHES_PER_MESSAGE: u64 = 500;

/// Runs the pending migrations. Then normalizes older e-mails, and adds older projects to the search index.
///
/// # Errors
/// `Unexpected` if a migration fails or was changed after it had run.
pub async fn migrate(pool: &PgPool) -> Result<()> {
    // A migration may build an index over the whole table: the timeouts for requests would abort it at every start.
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
    // PostgreSQL cannot normalize internationalized domains, so this is not done in SQL.
    let respelled = account::respell_emails(&mut connection).await?;
    if respelled > 0 {
        tracing::info!(respelled, "e-mails are now stored normalized");
    }
    // The index is filled in batches, so that an interrupted run continues where it stopped.
    let (mut batches, mut failures) = (0_u64, 0);
    loop {
        let left = match project::fill_search(&mut connection).await {
            // Awards may lock the same rows in another order; after a deadlock the batch is retried.
            Err(Error::Busy { retry_after }) if failures < MAX_FAILED_BATCHES => {
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
        if batches.is_multiple_of(BATCHES_PER_MESSAGE) {
            tracing::info!(left, "adding older projects to the search index");
        }
        batches += 1;
    }
    connection.close().await.map_err(Error::unexpected)
}

/// The largest factor that lengthens the wait before another try: statements multiply it by 1 + random() / 2.
pub(crate) const MAX_JITTER_FACTOR: f64 = 1.5;

/// The first 1,000 characters of an error or an answer, to be stored.
pub(crate) fn shortened(error: &str) -> String {
    error.chars().take(1_000).collect()
}
