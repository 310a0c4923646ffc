//! Connections that return to the pool, on a real database.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

/// Drops the future after polling it `polls` times, unless it is ready earlier.
async fn abandon_after<T>(polls: usize, future: impl Future<Output = T>) {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 || future.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        left -= 1;
        Poll::Pending
    })
    .await;
}

#[sqlx::test(migrations = false)]
async fn a_begin_that_is_abandoned_leaves_no_transaction_open(
    _: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let (pool, observer) = (
        support::pool(connect.clone(), 1).await,
        support::pool(connect, 1).await,
    );
    let open = "select count(*) from pg_stat_activity
        where datname = current_database() and state like 'idle in transaction%'";
    for polls in 0..20 {
        abandon_after(polls, pool.begin()).await;
        // Waits until the pool has its one connection back.
        sqlx::query("select 1").execute(&pool).await.unwrap();
        let open: i64 = sqlx::query_scalar(open).fetch_one(&observer).await.unwrap();
        assert_eq!(open, 0, "after {polls} polls");
    }
}
