//! The database's clock.

use guildhall::store::{self, MIGRATIONS};
use sqlx::PgPool;
use std::{collections::HashSet, time::Duration};
use time::OffsetDateTime;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_long_wait_is_made_of_short_statements(pool: PgPool) {
    let moment = store::now(&mut pool.acquire().await.unwrap())
        .await
        .unwrap()
        + Duration::from_secs(3);
    let waiting = tokio::spawn({
        let pool = pool.clone();
        async move { store::wait_until(&mut pool.acquire().await.unwrap(), moment).await }
    });
    let mut begun = HashSet::new();
    while !waiting.is_finished() {
        let sleeping: Vec<OffsetDateTime> = sqlx::query_scalar(
            "select query_start from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid() and state = 'active' and query like '%pg_sleep%'",
        )
        .fetch_all(&pool)
        .await
        .unwrap();
        begun.extend(sleeping);
    }
    waiting.await.unwrap().unwrap();
    assert!(begun.len() > 1, "the wait used {} statements", begun.len());
    let now = store::now(&mut pool.acquire().await.unwrap())
        .await
        .unwrap();
    assert!(now >= moment);
}
