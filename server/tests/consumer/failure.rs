//! Events whose handling fails.

use crate::fixture::{Diary, create_diary, handle, handled_numbers, next, record};
use guildhall::{
    event::consumer::{self, EventFailure},
    store::MIGRATIONS,
};
use server::worker::{Runner, TRIES, TurnResult};
use sqlx::PgPool;
use std::sync::atomic::{AtomicI64, Ordering};

async fn failure(pool: &PgPool) -> Option<EventFailure> {
    let db = &mut *pool.acquire().await.unwrap();
    let mut found = consumer::checkpoints(db, Some("diary")).await.unwrap();
    found.remove(0).failure
}

/// Makes the next retry due.
async fn make_retry_due(pool: &PgPool) {
    sqlx::query("update outbox_consumer set next_try_at = clock_timestamp()")
        .execute(pool)
        .await
        .unwrap();
}

/// Records three events and handles them; the second fails until it is parked.
async fn park_second_event(pool: &PgPool, diary: &Diary) {
    create_diary(pool).await;
    let mut tx = pool.begin().await.unwrap();
    for number in 1..=3 {
        record(&mut *tx, number).await;
    }
    tx.commit().await.unwrap();
    let mut runner = Runner::new(pool, diary);
    assert_eq!(next(&mut runner).await, TurnResult::Split);
    assert!(
        handled_numbers(pool).await.is_empty(),
        "a batch is handled as a whole or not at all"
    );
    assert_eq!(next(&mut runner).await, TurnResult::Handled(1));
    for attempt in 1..TRIES {
        assert_eq!(next(&mut runner).await, TurnResult::Failed);
        let failure = failure(pool).await.unwrap();
        assert_eq!((failure.attempts, failure.parked_at), (attempt, None));
        assert!(!failure.is_due, "the next retry waits");
        assert_eq!(runner.turn().await.unwrap(), TurnResult::Idle);
        make_retry_due(pool).await;
    }
    assert_eq!(next(&mut runner).await, TurnResult::Parked);
    make_retry_due(pool).await;
    assert_eq!(
        runner.turn().await.unwrap(),
        TurnResult::Idle,
        "a parked event is not retried"
    );
    assert_eq!(
        handled_numbers(pool).await,
        [1],
        "nothing overtakes a parked event"
    );
}

fn failing_diary(number: i64) -> Diary {
    Diary {
        fails_on: AtomicI64::new(number),
        ..Diary::default()
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_failing_event_is_retried_then_parked_and_handled_in_order_after_a_manual_retry(
    pool: PgPool,
) {
    let diary = failing_diary(2);
    park_second_event(&pool, &diary).await;
    let failed = failure(&pool).await.unwrap();
    assert_eq!(failed.attempts, TRIES);
    assert!(
        failed.parked_at.is_some() && failed.error.contains("number 2 is unlucky"),
        "{failed:?}"
    );

    diary.fails_on.store(0, Ordering::SeqCst);
    let db = &mut *pool.acquire().await.unwrap();
    assert!(!consumer::retry(db, "another").await.unwrap());
    assert!(consumer::retry(db, "diary").await.unwrap());
    assert!(
        !consumer::retry(db, "diary").await.unwrap(),
        "the failure is cleared"
    );
    handle(&mut Runner::new(&pool, &diary), &pool, 3).await;
    assert_eq!(handled_numbers(&pool).await, [1, 2, 3]);
    assert!(failure(&pool).await.is_none());
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_parked_event_can_be_skipped(pool: PgPool) {
    let diary = failing_diary(2);
    park_second_event(&pool, &diary).await;
    let db = &mut *pool.acquire().await.unwrap();
    assert!(consumer::skip(db, "diary").await.unwrap());
    assert!(
        !consumer::skip(db, "diary").await.unwrap(),
        "no event is parked any more"
    );
    handle(&mut Runner::new(&pool, &diary), &pool, 2).await;
    assert_eq!(handled_numbers(&pool).await, [1, 3]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_event_is_retried_after_its_handler_panics(pool: PgPool) {
    create_diary(&pool).await;
    record(&pool, 1).await;
    let diary = Diary {
        panics: true,
        ..failing_diary(1)
    };
    let mut runner = Runner::new(&pool, &diary);
    assert_eq!(next(&mut runner).await, TurnResult::Failed);
    let failed = failure(&pool).await.unwrap();
    assert!(failed.error.contains("panicked"), "{failed:?}");
    diary.fails_on.store(0, Ordering::SeqCst);
    make_retry_due(&pool).await;
    assert_eq!(next(&mut runner).await, TurnResult::Handled(1));
    assert_eq!(handled_numbers(&pool).await, [1]);
}
