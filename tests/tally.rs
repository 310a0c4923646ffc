//! The totals of projects: stored sums that always match a count.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::{
    money::Currency,
    project::{
        self, BrowseFilter, Category, Filter, Order, ProjectId, SearchWords, Sort, Start, State,
    },
    store::MIGRATIONS,
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;
use support::*;

fn filter_for(state: State) -> BrowseFilter {
    BrowseFilter::of(state)
}

/// The total, and the number of projects in the complete list.
async fn total(pool: &PgPool, filter: &BrowseFilter) -> (i64, i64) {
    let db = &mut *pool.acquire().await.unwrap();
    let total = project::browsed_total(db, filter).await.unwrap();
    let all = project::browse(db, filter, Order::Id, false, Start::Offset(0), 10_000)
        .await
        .unwrap();
    (total, i64::try_from(all.len()).unwrap())
}

/// True if the sums match the table, in one snapshot.
async fn is_exact(pool: &PgPool) -> bool {
    sqlx::query_scalar(
        "select not exists (
             select from (select state, category, currency, n from project_tally
                          union all select state, category, currency, -1 from project where state <> 'draft') t
             group by state, category, currency having sum(n) <> 0)",
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn totals_are_right_after_every_change(pool: PgPoolOptions, options: PgConnectOptions) {
    drop(pool);
    let pool = support::pool(options, 5).await;
    let (seller, buyer) = (seller(&pool).await, buyers(&pool, 1).await.remove(0));
    let mut projects = Vec::new();
    for _ in 0..5 {
        projects.push(open_project(&pool, &seller, Duration::from_secs(3600)).await);
    }
    let (soon, awarded) = (projects[3], projects[4]);
    place(&pool, &buyer, awarded, 50_000).await.unwrap();
    assert_eq!(total(&pool, &filter_for(State::Open)).await, (5, 5));

    let_deadline_come(&pool, awarded).await;
    let_deadline_come(&pool, soon).await;
    assert_eq!(
        total(&pool, &filter_for(State::Open)).await,
        (3, 3),
        "two are due but have not ended yet"
    );
    close_due(&pool).await;
    let mut tx = pool.begin().await.unwrap();
    project::cancel(&mut tx, &seller, projects[0])
        .await
        .unwrap();
    tx.commit().await.unwrap();

    for (state, n) in [
        (State::Open, 2),
        (State::Awarded, 1),
        (State::Unawarded, 1),
        (State::Cancelled, 1),
        (State::Draft, 0),
    ] {
        assert_eq!(total(&pool, &filter_for(state)).await, (n, n), "{state:?}");
        for (category, currency, n) in [
            (Some(Category::Trades), None, n),
            (Some(Category::Media), None, 0),
            (Some(Category::Trades), Some(Currency::Eur), n),
            (None, Some(Currency::Chf), 0),
        ] {
            let filter = BrowseFilter {
                category,
                currency,
                ..filter_for(state)
            };
            assert_eq!(total(&pool, &filter).await, (n, n), "{filter:?}");
        }
        let words = Some(SearchWords::parse("bakery"));
        assert_eq!(
            total(
                &pool,
                &BrowseFilter {
                    words,
                    ..filter_for(state)
                }
            )
            .await,
            (n, n)
        );
    }
    let db = &mut *pool.acquire().await.unwrap();
    let listing = project::list(db, None, &Filter::default(), Sort::Newest, 1)
        .await
        .unwrap();
    assert_eq!((listing.total, listing.projects.len()), (2, 2));
    let counts = project::count_by_category(db).await.unwrap();
    assert!(counts.contains(&(Category::Trades, 2)) && counts.contains(&(Category::Media, 0)));
    assert!(is_exact(&pool).await);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn totals_folded_while_projects_open_and_close_stay_right(
    pool: PgPoolOptions,
    options: PgConnectOptions,
) {
    drop(pool);
    let pool = support::pool(options, 12).await;
    let seller = seller(&pool).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (pool, seller) = (pool.clone(), seller.clone());
        tasks.spawn(async move {
            for n in 0..60 {
                let project = open_project(&pool, &seller, Duration::from_secs(3600)).await;
                if n % 3 == 0 {
                    cancel(&pool, &seller, project).await;
                }
            }
        });
    }
    let mut folds = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let pool = pool.clone();
        folds.spawn(async move {
            let mut taken = 0;
            for _ in 0..100 {
                taken += project::fold_tally(&mut pool.acquire().await.unwrap())
                    .await
                    .unwrap();
                assert!(is_exact(&pool).await);
            }
            taken
        });
    }
    tasks.join_all().await;
    folds.join_all().await;
    project::fold_tally(&mut pool.acquire().await.unwrap())
        .await
        .unwrap();
    assert!(is_exact(&pool).await);
    assert_eq!(total(&pool, &filter_for(State::Open)).await, (240, 240));
    let rows: i64 = sqlx::query_scalar("select count(*) from project_tally")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert!(rows < 256, "{rows} rows are left");
}

async fn cancel(pool: &PgPool, seller: &guildhall::account::Viewer, project: ProjectId) {
    let mut tx = pool.begin().await.unwrap();
    project::cancel(&mut tx, seller, project).await.unwrap();
    tx.commit().await.unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn discarding_a_draft_deletes_its_events(pool: PgPoolOptions, options: PgConnectOptions) {
    drop(pool);
    let pool = support::pool(options, 5).await;
    let seller = seller(&pool).await;
    let mut tx = pool.begin().await.unwrap();
    let deadline = guildhall::store::now(&mut tx).await.unwrap() + Duration::from_secs(3600);
    let draft = project::save_draft(&mut tx, &seller, &details(deadline))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(events(&pool, draft).await, ["project.draft_saved"]);

    let mut tx = pool.begin().await.unwrap();
    project::discard_draft(&mut tx, &seller, draft)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(events(&pool, draft).await.is_empty());
    assert_eq!(total(&pool, &filter_for(State::Open)).await, (0, 0));
}
