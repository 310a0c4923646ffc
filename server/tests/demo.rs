//! The demo data, seeded into a real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use guildhall::store::MIGRATIONS;
use server::commands::seed;
use sqlx::PgPool;

async fn number(pool: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(pool).await.unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn seeding_is_retried_after_its_connection_is_terminated_and_stores_each_project_once(
    pool: PgPool,
) {
    let filling = tokio::spawn({
        let pool = pool.clone();
        async move { seed::fill_if_empty(&pool).await }
    });
    // Terminate the connection, as PostgreSQL does if the machine stalls while a project is locked
    // (`idle_in_transaction_session_timeout`).
    let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_xid is not null";
    while number(&pool, cut).await == 0 {}
    filling.await.unwrap().unwrap();
    let twice = "select count(*) - count(distinct name) from project";
    let awarded = "select count(*) from project where state = 'awarded'";
    assert_eq!(number(&pool, twice).await, 0);
    assert!(number(&pool, awarded).await > 0);

    seed::fill_if_empty(&pool).await.unwrap();
    assert_eq!(
        number(&pool, twice).await,
        0,
        "a database that is not empty is not seeded again"
    );
}
