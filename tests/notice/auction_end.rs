//! Deadlines, ends without a winner, and cancellations.

use crate::{
    fixture::{
        HOUR, Notifier, award_due, bring_deadline_near, notice_kinds, notices, tell_deadlines,
    },
    support::{buyers, let_deadline_come, open_project, place, seller, withdraw},
};
use guildhall::{
    notice::{
        Notice,
        NoticeKind::{Cancelled, DeadlineInADay, DeadlineInAnHour, Unawarded},
    },
    store::MIGRATIONS,
};
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_end_without_bids_and_a_cancellation_are_told(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann] = buyers(&pool, 1).await.try_into().unwrap();
    let ended = open_project(&pool, &sam, HOUR).await;
    let cancelled = open_project(&pool, &sam, HOUR).await;
    let mut notifier = Notifier::new(&pool).await;
    place(&pool, &ann, cancelled, 90_000).await.unwrap();
    withdraw(&pool, &ann, cancelled).await.unwrap();
    let mut tx = pool.begin().await.unwrap();
    guildhall::project::cancel(&mut tx, &sam, cancelled)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let_deadline_come(&pool, ended).await;
    award_due(&pool).await;
    notifier.notify().await;
    assert_eq!(notice_kinds(&pool, &ann).await, [Cancelled]);
    assert_eq!(notice_kinds(&pool, &sam).await, [Unawarded]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn deadlines_are_told_once_to_the_seller_and_the_bidders(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann, bob] = buyers(&pool, 2).await.try_into().unwrap();
    tell_deadlines(&pool).await;
    let project = open_project(&pool, &sam, HOUR * 30).await;
    // Published so late that everybody has just seen when it closes.
    open_project(&pool, &sam, HOUR * 2).await;
    place(&pool, &ann, project, 90_000).await.unwrap();
    place(&pool, &bob, project, 80_000).await.unwrap();
    tell_deadlines(&pool).await;
    assert_eq!(notice_kinds(&pool, &ann).await, []);
    assert!(bring_deadline_near(&pool, project, 23.9).await > 0);
    assert_eq!(tell_deadlines(&pool).await, 0);
    assert_eq!(notice_kinds(&pool, &ann).await, [DeadlineInADay]);
    let texts: Vec<_> = notices(&pool, ann.account)
        .await
        .iter()
        .map(Notice::text)
        .collect();
    assert_eq!(texts, ["The lowest bid is €800.00; yours is €900.00."]);
    let texts: Vec<_> = notices(&pool, bob.account)
        .await
        .iter()
        .map(Notice::text)
        .collect();
    assert_eq!(texts, ["Your bid of €800.00 is the lowest."]);
    assert_eq!(notice_kinds(&pool, &sam).await, [DeadlineInADay]);
    bring_deadline_near(&pool, project, 0.9).await;
    assert!(notice_kinds(&pool, &ann).await.contains(&DeadlineInAnHour));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn after_an_outage_a_deadline_is_told_once_as_it_is(pool: PgPool) {
    let sam = seller(&pool).await;
    tell_deadlines(&pool).await;
    let project = open_project(&pool, &sam, HOUR * 30).await;
    // Nobody looked while it came nearer.
    for kind in ["deadline.day", "deadline.hour"] {
        sqlx::query(
            "update notice_deadline set told_until = told_until - interval '2 days' where kind = $1",
        )
        .bind(kind)
        .execute(&pool)
        .await
        .unwrap();
    }
    bring_deadline_near(&pool, project, 0.5).await;
    assert_eq!(notice_kinds(&pool, &sam).await, [DeadlineInAnHour]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn any_number_of_deadlines_at_the_same_time_is_told(pool: PgPool) {
    let sam = seller(&pool).await;
    tell_deadlines(&pool).await;
    for _ in 0..25 {
        open_project(&pool, &sam, HOUR * 30).await;
    }
    sqlx::query("update project set published_at = now() - interval '2 days', deadline = now() + interval '23 hours'")
        .execute(&pool)
        .await
        .unwrap();
    sqlx::query("update notice_deadline set told_until = told_until - interval '2 days'")
        .execute(&pool)
        .await
        .unwrap();
    tell_deadlines(&pool).await;
    assert_eq!(notice_kinds(&pool, &sam).await, [DeadlineInADay; 25]);
}
