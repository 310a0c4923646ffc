//! Which events are handled, and in which order.

use crate::fixture::{
    BOUND, Diary, create_diary, handle, handled_numbers, next, record,
    wait_until_nothing_is_held_back,
};
use guildhall::{event::consumer, store::MIGRATIONS};
use server::worker::{Runner, TurnResult, consume};
use sqlx::{PgPool, postgres::PgPoolOptions};
use std::sync::Arc;
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn two_workers_handle_each_event_once_and_in_the_order_of_transactions(pool: PgPool) {
    const WRITERS: i64 = 4;
    const TRANSACTIONS: i64 = 60;
    const EVENTS: i64 = 3;
    create_diary(&pool).await;
    let stop = CancellationToken::new();
    let mut workers = JoinSet::new();
    for _ in 0..2 {
        // Each worker has its own pool, as in separate processes.
        let own_pool = PgPoolOptions::new()
            .max_connections(2)
            .connect_with((*pool.connect_options()).clone())
            .await
            .unwrap();
        let stop = stop.clone();
        workers.spawn(async move { consume(&own_pool, &stop, &Diary::default()).await });
    }
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let pool = pool.clone();
        writers.spawn(async move {
            for transaction in 0..TRANSACTIONS {
                let mut tx = pool.begin().await.unwrap();
                for event in 0..EVENTS {
                    let number = (writer * TRANSACTIONS + transaction) * EVENTS + event + 1;
                    record(&mut *tx, number).await;
                    // Interleaves the transactions, and so their events' ids.
                    tokio::task::yield_now().await;
                }
                tx.commit().await.unwrap();
            }
        });
    }
    writers.join_all().await;
    let all = usize::try_from(WRITERS * TRANSACTIONS * EVENTS).unwrap();
    timeout(BOUND, async {
        while handled_numbers(&pool).await.len() < all {
            sleep(std::time::Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("all events are handled");
    stop.cancel();
    workers.join_all().await;
    let handled: Vec<i64> = sqlx::query_scalar("select event from diary order by place")
        .fetch_all(&pool)
        .await
        .unwrap();
    let in_order: Vec<i64> =
        sqlx::query_scalar("select id from outbox order by transaction_id, id")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(handled, in_order);
    let out_of_order: i64 = sqlx::query_scalar(
        "select count(*) from (select id, lag(id) over (order by transaction_id, id) as before from outbox) o where id < before",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert!(
        out_of_order > 0,
        "ids were in transaction order, so the test proves nothing"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_event_that_commits_late_with_a_lower_id_is_not_skipped(pool: PgPool) {
    create_diary(&pool).await;
    let diary = Diary::default();
    let mut runner = Runner::new(&pool, &diary);
    record(&pool, 1).await;
    assert_eq!(next(&mut runner).await, TurnResult::Handled(1));
    let mut late = pool.begin().await.unwrap();
    record(&mut *late, 2).await;
    record(&pool, 3).await;
    assert_eq!(
        runner.turn().await.unwrap(),
        TurnResult::Idle,
        "later events wait for earlier ones"
    );
    late.commit().await.unwrap();
    handle(&mut runner, &pool, 3).await;
    assert_eq!(handled_numbers(&pool).await, [1, 2, 3]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_event_is_handled_again_if_its_worker_dies_before_the_commit(pool: PgPool) {
    create_diary(&pool).await;
    record(&pool, 1).await;
    let hanging = Arc::new(Diary {
        hangs: Some(Notify::new()),
        ..Diary::default()
    });
    let worker = tokio::spawn({
        let (pool, hanging) = (pool.clone(), hanging.clone());
        async move { next(&mut Runner::new(&pool, &*hanging)).await }
    });
    let written = hanging.hangs.as_ref().unwrap().notified();
    timeout(BOUND, written)
        .await
        .expect("the effect is written");
    let other = Diary::default();
    let mut other = Runner::new(&pool, &other);
    assert_eq!(
        other.turn().await.unwrap(),
        TurnResult::Idle,
        "one worker at a time has the lease"
    );
    worker.abort();
    assert!(worker.await.unwrap_err().is_cancelled());
    assert_eq!(next(&mut other).await, TurnResult::Handled(1));
    assert_eq!(handled_numbers(&pool).await, [1]);
    assert_eq!(other.turn().await.unwrap(), TurnResult::Idle);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_new_consumer_starts_with_new_events(pool: PgPool) {
    record(&pool, 1).await;
    // Events still held back would count as new.
    wait_until_nothing_is_held_back(&pool).await;
    create_diary(&pool).await;
    record(&pool, 2).await;
    let diary = Diary::default();
    assert_eq!(
        next(&mut Runner::new(&pool, &diary)).await,
        TurnResult::Handled(1)
    );
    assert_eq!(handled_numbers(&pool).await, [2]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn events_of_other_kinds_are_skipped_and_many_of_them_move_the_checkpoint(pool: PgPool) {
    create_diary(&pool).await;
    let diary = Diary::default();
    let mut runner = Runner::new(&pool, &diary);
    let record_unwanted = async |how_many: i64| {
        sqlx::query(
            "insert into outbox (kind, body) select 'bid.placed', '{}' from generate_series(1, $1)",
        )
        .bind(how_many)
        .execute(&pool)
        .await
        .unwrap();
    };
    let moved_at = async || {
        let db = &mut *pool.acquire().await.unwrap();
        let found = consumer::checkpoints(db, Some("diary")).await.unwrap();
        found[0].at
    };
    let before = moved_at().await;
    record_unwanted(10).await;
    record(&pool, 1).await;
    assert_eq!(next(&mut runner).await, TurnResult::Handled(1));
    assert!(moved_at().await > before);
    let before = moved_at().await;
    record_unwanted(consumer::MAX_SCANNED - 1).await;
    wait_until_nothing_is_held_back(&pool).await;
    assert_eq!(runner.turn().await.unwrap(), TurnResult::Idle);
    assert_eq!(
        moved_at().await,
        before,
        "a few skipped events do not move the checkpoint"
    );
    record_unwanted(1).await;
    assert_eq!(next(&mut runner).await, TurnResult::Handled(0));
    assert!(moved_at().await > before);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn after_a_restore_a_consumer_refuses_to_read_until_its_checkpoint_is_reset(pool: PgPool) {
    create_diary(&pool).await;
    let diary = Diary::default();
    let mut runner = Runner::new(&pool, &diary);
    record(&pool, 1).await;
    assert_eq!(next(&mut runner).await, TurnResult::Handled(1));
    // As after restoring a dump: the transaction ids are those of another database.
    sqlx::raw_sql(
        "update outbox set transaction_id = '9000000000000000000';
         update outbox_consumer set transaction_id = '9000000000000000000'",
    )
    .execute(&pool)
    .await
    .unwrap();
    record(&pool, 2).await;
    let error = runner.turn().await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        source.contains("later than any transaction of this database"),
        "{source}"
    );
    let documented = include_str!("../../../docs/OPERATIONS.md");
    let remedy = documented
        .split("```sql")
        .filter_map(|part| part.split("```").next())
        .find(|sql| sql.contains("update outbox_consumer"))
        .unwrap();
    sqlx::raw_sql(remedy).execute(&pool).await.unwrap();
    record(&pool, 3).await;
    handle(&mut runner, &pool, 3).await;
    assert_eq!(handled_numbers(&pool).await, [1, 2, 3]);
}
