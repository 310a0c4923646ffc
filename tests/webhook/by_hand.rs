//! What owners have sent by hand: test messages, logged messages, and messages that failed.

use crate::{
    fixture::{FAILED, add, claim, find, pass_time, record, replay, test},
    support::account,
};
use guildhall::{
    account::Role,
    store::MIGRATIONS,
    webhook::{
        self, MAX_WAITING, QueuePosition, Refusal, WebhookState,
        delivery::{TRIES, WebhookOutcome},
    },
};
use sqlx::PgPool;
use std::time::Duration;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_logged_message_is_sent_again_after_what_waits_with_the_same_id(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let id = add(&pool, &ann, "Ops", "standard").await.unwrap();
    test(&pool, &ann, id).await.unwrap();
    let first = claim(&pool, 9).await.remove(0);
    record(&pool, &first, WebhookOutcome::Accepted).await;
    test(&pool, &ann, id).await.unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    let logged = webhook::attempts(db, &ann, id).await.unwrap().remove(0);
    assert_eq!((logged.message, logged.number), (first.id, 1));
    replay(&pool, &ann, id, logged.id).await.unwrap();
    let mut ids = Vec::new();
    while let Some(next) = claim(&pool, 9).await.pop() {
        record(&pool, &next, WebhookOutcome::Accepted).await;
        ids.push(next.id);
    }
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[1], first.id);
    let bob = account(&pool, Role::Buyer, "Bob").await;
    let theirs = add(&pool, &bob, "Ops", "standard").await.unwrap();
    assert!(replay(&pool, &bob, theirs, logged.id).await.is_err());
    assert!(replay(&pool, &bob, id, logged.id).await.is_err());
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn while_twenty_messages_wait_no_more_are_queued_by_hand(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let id = add(&pool, &ann, "Ops", "standard").await.unwrap();
    let other = add(&pool, &ann, "Other", "standard").await.unwrap();
    test(&pool, &ann, id).await.unwrap();
    let first = claim(&pool, 9).await.remove(0);
    record(&pool, &first, WebhookOutcome::Accepted).await;
    let db = &mut *pool.acquire().await.unwrap();
    let logged = webhook::attempts(db, &ann, id).await.unwrap().remove(0);
    for _ in 1..MAX_WAITING {
        test(&pool, &ann, id).await.unwrap();
    }
    replay(&pool, &ann, id, logged.id).await.unwrap();
    let full = Refusal::TooManyWaiting {
        waiting: MAX_WAITING,
    };
    let refused = test(&pool, &ann, id).await.unwrap_err();
    assert_eq!(refused.refused(), Some(&full));
    let refused = replay(&pool, &ann, id, logged.id).await.unwrap_err();
    assert_eq!(refused.refused(), Some(&full));
    assert_eq!(find(&pool, &ann, id).await.pending, MAX_WAITING);
    let next = claim(&pool, 9).await.remove(0);
    record(&pool, &next, WebhookOutcome::Accepted).await;
    test(&pool, &ann, id).await.unwrap();
    test(&pool, &ann, other).await.unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_message_that_failed_is_tried_at_once_with_all_its_tries(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let bob = account(&pool, Role::Buyer, "Bob").await;
    let id = add(&pool, &ann, "Ops", "standard").await.unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    assert!(!webhook::try_now(db, &ann, id).await.unwrap());
    test(&pool, &ann, id).await.unwrap();
    assert!(!webhook::try_now(db, &ann, id).await.unwrap(), "it is due");
    let first = claim(&pool, 9).await.remove(0);
    assert!(
        !webhook::try_now(db, &ann, id).await.unwrap(),
        "it is being posted"
    );
    let later = WebhookOutcome::Failed {
        retry_after: Some(Duration::from_secs(3600)),
    };
    record(&pool, &first, later).await;
    assert!(claim(&pool, 9).await.is_empty());
    assert!(webhook::try_now(db, &bob, id).await.is_err());
    assert!(webhook::try_now(db, &ann, id).await.unwrap());
    for tried in 1..=TRIES {
        pass_time(&pool).await;
        let again = claim(&pool, 9).await.remove(0);
        assert_eq!(again.id, first.id);
        assert_eq!(usize::try_from(again.claim.attempts), Ok(tried));
        record(&pool, &again, FAILED).await;
    }
    let parked = find(&pool, &ann, id).await;
    assert!(matches!(parked.state, WebhookState::Parked { .. }));
    assert!(webhook::try_now(db, &ann, id).await.unwrap());
    assert_eq!(find(&pool, &ann, id).await.state, WebhookState::On);
    assert_eq!(claim(&pool, 9).await.remove(0).id, first.id);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn whoever_queues_a_message_learns_what_is_posted_before_it(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let id = add(&pool, &ann, "Ops", "standard").await.unwrap();
    let at = |earlier, is_failing| QueuePosition {
        earlier,
        is_failing,
    };
    assert_eq!(test(&pool, &ann, id).await.unwrap(), at(0, false));
    assert_eq!(test(&pool, &ann, id).await.unwrap(), at(1, false));
    let first = claim(&pool, 9).await.remove(0);
    assert_eq!(test(&pool, &ann, id).await.unwrap(), at(2, false));
    record(&pool, &first, FAILED).await;
    assert_eq!(test(&pool, &ann, id).await.unwrap(), at(3, true));
    let db = &mut *pool.acquire().await.unwrap();
    let logged = webhook::attempts(db, &ann, id).await.unwrap().remove(0);
    let again = replay(&pool, &ann, id, logged.id).await.unwrap();
    assert_eq!(again, at(4, true));
    webhook::try_now(db, &ann, id).await.unwrap();
    assert_eq!(test(&pool, &ann, id).await.unwrap(), at(5, false));
}
