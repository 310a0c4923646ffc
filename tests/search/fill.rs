//! The search table follows all writes to projects; projects from before the table are added in batches.

use crate::{filter_for, insert, support, support::remove_schema};
use guildhall::{
    project::{self, BrowseFilter, FILLED_AT_ONCE, Order, Start, State},
    store::MIGRATIONS,
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;

/// The migrations that create the table and add the sort orders to it.
const SEARCH: i64 = 9;
const ORDERS: i64 = 11;

async fn apply(pool: &PgPool, filter: impl Fn(i64) -> bool) {
    for step in MIGRATIONS.iter().filter(|step| filter(step.version)) {
        let mut tx = pool.begin().await.unwrap();
        sqlx::raw_sql(step.sql.clone())
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
}

async fn count_found(pool: &PgPool, filter: &BrowseFilter) -> usize {
    let db = &mut *pool.acquire().await.unwrap();
    project::search(db, None, filter, Order::Id, false, Start::Offset(0), 10_000)
        .await
        .unwrap()
        .0
        .len()
}

/// True if the table has exactly the rows that the triggers would have written.
async fn is_consistent(pool: &PgPool) -> bool {
    sqlx::query_scalar(
        "select not exists (
             select from (select id, search_words(name, summary, description), state, deadline, published_at, budget_minor, category, currency
                          from project where state <> 'draft') p
             full join (select project_id, words, state, deadline, published_at, budget_minor, category, currency from search_document) s
                    on s.project_id = p.id
             where p is distinct from s)",
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

/// Sets up the schema of the version before search, and returns a seller's id.
async fn seller_of_version_before(pool: &PgPool) -> i64 {
    remove_schema(pool).await;
    apply(pool, |version| version < SEARCH).await;
    sqlx::query_scalar(
        "insert into account (role, name, email, password_hash) values ('seller', 'Sam', 'sam@example.com', 'x') returning id",
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

#[sqlx::test(migrations = false)]
async fn older_projects_are_added_in_batches_during_other_writes(pool: PgPool) {
    let seller = seller_of_version_before(&pool).await;
    insert(&pool, seller, 5 * FILLED_AT_ONCE, "Clémentine façade").await;
    apply(&pool, |version| version >= SEARCH).await;

    // One batch is added and another is interrupted. Then two processes add the rest while projects are created and
    // cancelled.
    let left = project::fill_search(&mut pool.acquire().await.unwrap())
        .await
        .unwrap();
    assert_eq!(left, 4 * FILLED_AT_ONCE + 1);
    assert_eq!(
        count_found(&pool, &filter_for("facade")).await,
        FILLED_AT_ONCE as usize
    );
    let mut interrupted = pool.begin().await.unwrap();
    project::fill_search(&mut interrupted).await.unwrap();
    interrupted.rollback().await.unwrap();
    let mut filling = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let pool = pool.clone();
        filling.spawn(async move {
            let mut db = pool.acquire().await.unwrap();
            while project::fill_search(&mut db).await.unwrap() > 0 {}
        });
    }
    for id in (1..=5 * FILLED_AT_ONCE).step_by(7) {
        sqlx::query(
            "update project set state = 'cancelled', ended_at = clock_timestamp() where id = $1",
        )
        .bind(id)
        .execute(&pool)
        .await
        .unwrap();
    }
    insert(&pool, seller, 3, "Clémentine façade").await;
    filling.join_all().await;
    assert!(is_consistent(&pool).await);
    let cancelled = BrowseFilter {
        state: State::Cancelled,
        ..filter_for("facade")
    };
    let ended = count_found(&pool, &cancelled).await;
    assert_eq!(ended, (1..=5 * FILLED_AT_ONCE).step_by(7).count());
    let open = count_found(&pool, &filter_for("facade")).await;
    assert_eq!(open + ended, 5 * FILLED_AT_ONCE as usize + 3);
    assert_eq!(
        project::fill_search(&mut pool.acquire().await.unwrap())
            .await
            .unwrap(),
        0
    );
}

#[sqlx::test(migrations = false)]
async fn rows_without_sort_orders_are_completed(pool: PgPool) {
    let seller = seller_of_version_before(&pool).await;
    // The earlier version was interrupted while it added projects: the oldest three batches are missing.
    insert(&pool, seller, 3 * FILLED_AT_ONCE, "Clémentine façade").await;
    apply(&pool, |version| (SEARCH..ORDERS).contains(&version)).await;
    insert(&pool, seller, 2 * FILLED_AT_ONCE, "Clémentine façade").await;
    apply(&pool, |version| version >= ORDERS).await;
    let db = &mut *pool.acquire().await.unwrap();
    while project::fill_search(db).await.unwrap() > 0 {}
    assert!(is_consistent(&pool).await);
    let open = count_found(&pool, &filter_for("facade")).await;
    assert_eq!(open, 5 * FILLED_AT_ONCE as usize);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_search_table_follows_every_change(pool: PgPoolOptions, options: PgConnectOptions) {
    drop(pool);
    let pool = support::pool(options, 5).await;
    let seller = support::seller(&pool).await;
    let project = support::open_project(&pool, &seller, Duration::from_secs(3600)).await;
    insert(&pool, seller.account.0, 1, "Café").await;
    let mut tx = pool.begin().await.unwrap();
    let deadline = guildhall::store::now(&mut tx).await.unwrap() + Duration::from_secs(3600);
    project::save_draft(&mut tx, &seller, &support::details(deadline))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(is_consistent(&pool).await);
    assert_eq!(count_found(&pool, &filter_for("cafe")).await, 1);
    assert_eq!(
        count_found(&pool, &filter_for("bakery")).await,
        1,
        "the draft is not found"
    );

    sqlx::query(
        "update project set name = 'A kiosk', deadline = deadline + interval '1 day' where id = $1",
    )
    .bind(project.0)
    .execute(&pool)
    .await
    .unwrap();
    assert_eq!(count_found(&pool, &filter_for("kiosk")).await, 1);
    let mut tx = pool.begin().await.unwrap();
    project::cancel(&mut tx, &seller, project).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count_found(&pool, &filter_for("kiosk")).await, 0);
    assert!(is_consistent(&pool).await);
    sqlx::query("delete from project where id = $1")
        .bind(project.0)
        .execute(&pool)
        .await
        .unwrap();
    assert!(is_consistent(&pool).await);
}
