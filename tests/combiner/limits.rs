//! The limit on waiting bids, and the connections left for other requests.

use crate::{
    HOUR, bid, lock_project,
    support::{buyers, open_project, pool, seller, stored_totals},
    totals,
};
use guildhall::{Error, bid::Combiner, project::ProjectId, store::MIGRATIONS};
use sqlx::postgres::PgConnectOptions;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn bids_on_many_projects_leave_connections_for_other_requests(
    _: sqlx::postgres::PgPoolOptions,
    connect: PgConnectOptions,
) {
    let pool = pool(connect, 4).await;
    let buyers = buyers(&pool, 1).await;
    // Every read of a project blocks, so no bid is decided.
    let mut held = pool.begin().await.unwrap();
    sqlx::raw_sql("lock table project")
        .execute(&mut *held)
        .await
        .unwrap();
    let combiner = Combiner::new(pool.clone());
    let mut sent = Vec::new();
    // Every test's database is a copy of one template, so tables in different databases have the same ids.
    let waiting =
        "select count(*) from pg_locks where not granted and relation = 'project'::regclass
        and database = (select oid from pg_database where datname = current_database())";
    let mut most = 0;
    // Two of the four connections wait with bids and one holds the table lock; this query uses the last one.
    while most < 2 || sent.len() < 100 {
        let project = ProjectId(sent.len() as i64 + 1);
        let (combiner, buyer) = (combiner.clone(), buyers[0].clone());
        sent.push(tokio::spawn(async move {
            bid(&combiner, &buyer, project, 1).await
        }));
        let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(&pool).await.unwrap();
        most = most.max(waiting);
        assert!(most <= 2);
    }
    held.rollback().await.unwrap();
    for one in sent {
        assert!(matches!(one.await.unwrap(), Err(Error::NotFound)));
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_beyond_the_limit_is_refused_at_once(
    _: sqlx::postgres::PgPoolOptions,
    connect: PgConnectOptions,
) {
    let pool = pool(connect, 4).await;
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 1).await);
    let id = open_project(&pool, &seller, HOUR).await;
    let held = lock_project(&pool, id).await;
    let combiner = Combiner::new(pool.clone());
    let sent: Vec<_> = (0..6_000)
        .map(|n| {
            let (combiner, buyer) = (combiner.clone(), buyers[0].clone());
            tokio::spawn(async move { bid(&combiner, &buyer, id, 100_000 - n).await })
        })
        .collect();
    // While the project is locked nothing is decided, so any answer is a refusal.
    while !sent.iter().any(tokio::task::JoinHandle::is_finished) {
        tokio::task::yield_now().await;
    }
    held.rollback().await.unwrap();
    let (mut accepted, mut turned_away) = (0, 0);
    for one in sent {
        match one.await.unwrap() {
            Ok(_) => accepted += 1,
            Err(Error::Busy { .. }) => turned_away += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(
        turned_away > 0 && accepted >= 5_000,
        "{accepted} {turned_away}"
    );
    let (all, live, lowest) = totals(&pool, id).await;
    assert_eq!((all, live), (accepted, 1));
    assert_eq!(
        stored_totals(&pool, id).await,
        ("open".to_owned(), lowest, 1)
    );
}
