//! The limit on pending bids, and the connections left for other requests.

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
    let mut table_lock = pool.begin().await.unwrap();
    sqlx::raw_sql("lock table project")
        .execute(&mut *table_lock)
        .await
        .unwrap();
    let combiner = Combiner::new(pool.clone());
    let mut sent = Vec::new();
    // All test databases are copies of one template, so a table has the same OID in each of them.
    let waiting_sql =
        "select count(*) from pg_locks where not granted and relation = 'project'::regclass
        and database = (select oid from pg_database where datname = current_database())";
    let mut max_waiting = 0;
    // Of the four connections, two have bids waiting for the lock and one holds it; this query uses the last.
    while max_waiting < 2 || sent.len() < 100 {
        let project = ProjectId(sent.len() as i64 + 1);
        let (combiner, buyer) = (combiner.clone(), buyers[0].clone());
        sent.push(tokio::spawn(async move {
            bid(&combiner, &buyer, project, 1).await
        }));
        let waiting: i64 = sqlx::query_scalar(waiting_sql)
            .fetch_one(&pool)
            .await
            .unwrap();
        max_waiting = max_waiting.max(waiting);
        assert!(max_waiting <= 2);
    }
    table_lock.rollback().await.unwrap();
    for bid in sent {
        assert!(matches!(bid.await.unwrap(), Err(Error::NotFound)));
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
    let project_lock = lock_project(&pool, id).await;
    let combiner = Combiner::new(pool.clone());
    let sent: Vec<_> = (0..6_000)
        .map(|n| {
            let (combiner, buyer) = (combiner.clone(), buyers[0].clone());
            tokio::spawn(async move { bid(&combiner, &buyer, id, 100_000 - n).await })
        })
        .collect();
    // While the project is locked no bid is decided, so a bid that is answered has been refused.
    while !sent.iter().any(tokio::task::JoinHandle::is_finished) {
        tokio::task::yield_now().await;
    }
    project_lock.rollback().await.unwrap();
    let (mut accepted, mut refused) = (0, 0);
    for bid in sent {
        match bid.await.unwrap() {
            Ok(_) => accepted += 1,
            Err(Error::Busy { .. }) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(refused > 0 && accepted >= 5_000, "{accepted} {refused}");
    let (all, live, lowest) = totals(&pool, id).await;
    assert_eq!((all, live), (accepted, 1));
    assert_eq!(
        stored_totals(&pool, id).await,
        ("open".to_owned(), lowest, 1)
    );
}
