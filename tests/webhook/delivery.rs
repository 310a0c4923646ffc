//! Messages arrive in order, whatever happens to workers and receivers.

use crate::{
    fixture::{FAILED, add, claim, find, pass_time, record, tell, test, turn_off_and_on},
    support::{account, open_project, place, seller},
};
use guildhall::{
    account::Role,
    event::Position,
    notice::{self, NoticeChannel, NoticeKind, Preferences},
    store::MIGRATIONS,
    webhook::{
        self, WebhookId, WebhookState,
        delivery::{TRIES, WebhookOutcome},
    },
};
use sqlx::PgPool;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

const HOUR: Duration = Duration::from_secs(3600);

/// A number below `below`, from a linear congruential generator.
fn chance(luck: &mut u64, below: u64) -> u64 {
    *luck = luck
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*luck >> 33) % below
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn dying_workers_and_a_failing_receiver_change_no_order_and_lose_nothing(pool: PgPool) {
    const EACH: i64 = 8;
    let mut webhooks = Vec::new();
    for n in 0..3 {
        let viewer = account(&pool, Role::Buyer, &format!("Buyer {n}")).await;
        for _ in 0..2 {
            let id = add(&pool, &viewer, "Ops", "standard").await.unwrap();
            for _ in 0..EACH {
                test(&pool, &viewer, id).await.unwrap();
            }
            webhooks.push(id);
        }
    }
    let received: Arc<Mutex<HashMap<i64, Vec<i64>>>> = Arc::default();
    let worker = async |seed: u64| {
        let mut luck = seed;
        for _ in 0..600 {
            // One at a time, so that what a worker holds is never older than its last statement.
            let claimed = claim(&pool, 1).await;
            if claimed.is_empty() {
                let left: bool = sqlx::query_scalar(
                    "select exists (select from webhook where done_number < last_number)",
                )
                .fetch_one(&pool)
                .await
                .unwrap();
                if !left {
                    return;
                }
                // By chance, a message may fail until its webhook is parked.
                webhook::send_all_again(&mut pool.acquire().await.unwrap(), None)
                    .await
                    .unwrap();
                pass_time(&pool).await;
            }
            for delivery in claimed {
                // One in four attempts fails; one worker in five dies before or after the receiver has the message.
                if chance(&mut luck, 10) == 0 {
                    continue;
                }
                if chance(&mut luck, 4) == 0 {
                    record(&pool, &delivery, FAILED).await;
                    continue;
                }
                let (webhook, number) = (delivery.claim.webhook.0, delivery.claim.number);
                received
                    .lock()
                    .unwrap()
                    .entry(webhook)
                    .or_default()
                    .push(number);
                if chance(&mut luck, 10) == 0 {
                    continue;
                }
                record(&pool, &delivery, WebhookOutcome::Accepted).await;
            }
        }
    };
    tokio::join!(worker(1), worker(2), worker(3), worker(4));
    let received = received.lock().unwrap();
    for WebhookId(webhook) in webhooks {
        let mut once = received[&webhook].clone();
        once.dedup();
        assert_eq!(once, (1..=EACH).collect::<Vec<_>>());
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_account_has_two_places_at_most_however_many_workers_claim(pool: PgPool) {
    let greedy = account(&pool, Role::Buyer, "Greedy").await;
    let modest = account(&pool, Role::Buyer, "Modest").await;
    for _ in 0..5 {
        let id = add(&pool, &greedy, "Many", "slack").await.unwrap();
        test(&pool, &greedy, id).await.unwrap();
    }
    let only = add(&pool, &modest, "One", "slack").await.unwrap();
    test(&pool, &modest, only).await.unwrap();
    let claimed = tokio::join!(
        claim(&pool, 8),
        claim(&pool, 8),
        claim(&pool, 8),
        claim(&pool, 8)
    );
    let claimed = [claimed.0, claimed.1, claimed.2, claimed.3].concat();
    let of = |account| {
        claimed
            .iter()
            .filter(|one| one.claim.account == account)
            .count()
    };
    assert_eq!((of(greedy.account), of(modest.account)), (2, 1));
    assert!(claim(&pool, 8).await.is_empty());
    let done = claimed
        .iter()
        .find(|one| one.claim.account == greedy.account)
        .unwrap();
    record(&pool, done, WebhookOutcome::Accepted).await;
    assert_eq!(claim(&pool, 8).await.len(), 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_claimed_webhook_is_not_claimed_again_and_a_late_worker_changes_nothing(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let id = add(&pool, &ann, "Ops", "standard").await.unwrap();
    test(&pool, &ann, id).await.unwrap();
    test(&pool, &ann, id).await.unwrap();
    let first = claim(&pool, 9).await.remove(0);
    assert!(claim(&pool, 9).await.is_empty());
    pass_time(&pool).await;
    let second = claim(&pool, 9).await.remove(0);
    assert_eq!((first.id, second.claim.attempts), (second.id, 2));
    assert!(!record(&pool, &first, WebhookOutcome::Accepted).await);
    assert!(record(&pool, &second, WebhookOutcome::Accepted).await);
    assert_eq!(claim(&pool, 9).await.remove(0).claim.number, 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_webhook_that_keeps_failing_is_parked_until_it_is_sent_again(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let bob = account(&pool, Role::Buyer, "Bob").await;
    let id = add(&pool, &ann, "Ops", "standard").await.unwrap();
    test(&pool, &ann, id).await.unwrap();
    test(&pool, &ann, id).await.unwrap();
    let first = claim(&pool, 9).await.remove(0);
    record(&pool, &first, FAILED).await;
    for _ in 1..TRIES {
        pass_time(&pool).await;
        let again = claim(&pool, 9).await.remove(0);
        assert_eq!(again.id, first.id);
        record(&pool, &again, FAILED).await;
    }
    pass_time(&pool).await;
    assert!(claim(&pool, 9).await.is_empty());
    let parked = find(&pool, &ann, id).await;
    assert!(matches!(parked.state, WebhookState::Parked { .. }));
    assert_eq!(parked.pending, 2);
    let db = &mut *pool.acquire().await.unwrap();
    assert_eq!(webhook::parked(db).await.unwrap()[0].webhook, id);
    let log = webhook::attempts(db, &ann, id).await.unwrap();
    assert_eq!(log.len(), TRIES);
    assert!(webhook::attempts(db, &bob, id).await.unwrap().is_empty());
    assert!(webhook::try_now(db, &bob, id).await.is_err());
    assert!(webhook::try_now(db, &ann, id).await.unwrap());
    let again = claim(&pool, 9).await.remove(0);
    assert_eq!((again.id, again.claim.attempts), (first.id, 1));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_receiver_that_is_gone_ends_its_webhook_and_what_waits_is_dropped(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let id = add(&pool, &ann, "Ops", "standard").await.unwrap();
    for _ in 0..3 {
        test(&pool, &ann, id).await.unwrap();
    }
    let first = claim(&pool, 9).await.remove(0);
    assert!(record(&pool, &first, WebhookOutcome::Gone).await);
    let ended = find(&pool, &ann, id).await;
    assert_eq!((ended.state, ended.pending), (WebhookState::Gone, 0));
    assert!(test(&pool, &ann, id).await.is_err());
    pass_time(&pool).await;
    assert!(claim(&pool, 9).await.is_empty());
    let db = &mut *pool.acquire().await.unwrap();
    webhook::turn_on(db, &ann, id).await.unwrap();
    test(&pool, &ann, id).await.unwrap();
    let next = claim(&pool, 9).await.remove(0);
    assert_eq!(next.claim.number, 4);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_is_turned_off_posts_nothing_and_a_worker_that_was_posting_changes_nothing(
    pool: PgPool,
) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let id = add(&pool, &ann, "Ops", "standard").await.unwrap();
    test(&pool, &ann, id).await.unwrap();
    let first = claim(&pool, 9).await.remove(0);
    let mut tx = pool.begin().await.unwrap();
    webhook::turn_off(&mut tx, &ann, id).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!record(&pool, &first, FAILED).await);
    let off = find(&pool, &ann, id).await;
    assert_eq!((off.state, off.pending), (WebhookState::Off, 0));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn turning_a_webhook_off_and_on_lets_nothing_pass_what_is_being_posted(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let id = add(&pool, &ann, "Ops", "standard").await.unwrap();
    test(&pool, &ann, id).await.unwrap();
    let first = claim(&pool, 9).await.remove(0);
    turn_off_and_on(&pool, &ann, id).await;
    test(&pool, &ann, id).await.unwrap();
    assert!(
        claim(&pool, 9).await.is_empty(),
        "the first may still be on its way"
    );
    assert!(!record(&pool, &first, FAILED).await);
    pass_time(&pool).await;
    let second = claim(&pool, 9).await.remove(0);
    assert_eq!((second.claim.number, second.claim.attempts), (2, 1));
    // Nothing is being posted once this one has failed, so its wait ends with it.
    let later = WebhookOutcome::Failed {
        retry_after: Some(HOUR),
    };
    assert!(record(&pool, &second, later).await);
    turn_off_and_on(&pool, &ann, id).await;
    test(&pool, &ann, id).await.unwrap();
    let third = claim(&pool, 9).await.remove(0);
    assert_eq!((third.claim.number, third.claim.attempts), (3, 1));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_webhook_whose_messages_are_deleted_holds_no_place_and_ends_its_queue(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let mut ids = Vec::new();
    for name in ["1", "2", "3"] {
        let id = add(&pool, &ann, name, "standard").await.unwrap();
        test(&pool, &ann, id).await.unwrap();
        ids.push(id);
    }
    sqlx::query(
        "delete from notice n using webhook_message m
         where n.account_id = m.account_id and n.number = m.notice_number and m.webhook_id <> $1",
    )
    .bind(ids[2].0)
    .execute(&pool)
    .await
    .unwrap();
    let claimed = claim(&pool, 9).await;
    let claimed: Vec<_> = claimed.iter().map(|one| one.claim.webhook).collect();
    assert_eq!(claimed, [ids[2]]);
    let db = &mut *pool.acquire().await.unwrap();
    webhook::forget_old(db).await.unwrap();
    let webhooks = webhook::of_account(db, &ann).await.unwrap();
    let pending: Vec<_> = webhooks.iter().map(|webhook| webhook.pending).collect();
    assert_eq!(pending, [0, 0, 1]);
    // What is queued afterwards is posted.
    test(&pool, &ann, ids[0]).await.unwrap();
    assert_eq!(claim(&pool, 9).await.remove(0).claim.webhook, ids[0]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_log_keeps_the_newest_hundred_attempts_only(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let id = add(&pool, &ann, "Ops", "standard").await.unwrap();
    let other = add(&pool, &ann, "Other", "standard").await.unwrap();
    for webhook in [other, id] {
        sqlx::query(
            "insert into webhook_attempt (webhook_id, notice_number, message, kind, tries, took_ms, answer)
             select $1, 1, gen_random_uuid(), 'webhook.test', 1, 10, n::text as answer
             from generate_series(1, 105) as n order by n",
        )
        .bind(webhook.0)
        .execute(&pool)
        .await
        .unwrap();
    }
    test(&pool, &ann, id).await.unwrap();
    let newest = claim(&pool, 9).await.remove(0);
    record(&pool, &newest, WebhookOutcome::Accepted).await;
    let kept = async |webhook: WebhookId| -> i64 {
        sqlx::query_scalar("select count(*) from webhook_attempt where webhook_id = $1")
            .bind(webhook.0)
            .fetch_one(&pool)
            .await
            .unwrap()
    };
    assert_eq!((kept(id).await, kept(other).await), (100, 105));
    let db = &mut *pool.acquire().await.unwrap();
    let log = webhook::attempts(db, &ann, id).await.unwrap();
    assert_eq!((log.len(), log[0].message), (100, newest.id));
    assert_eq!(log[99].answer, "7");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn notices_are_posted_by_the_preferences_and_never_what_concerns_security(pool: PgPool) {
    let sam = seller(&pool).await;
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let project = open_project(&pool, &sam, HOUR * 2).await;
    let systems = add(&pool, &sam, "Systems", "standard").await.unwrap();
    let chat = add(&pool, &sam, "Team", "discord").await.unwrap();
    let off = [(NoticeKind::FirstBid, NoticeChannel::Chat)];
    let mut tx = pool.begin().await.unwrap();
    notice::set_preferences(&mut tx, sam.account, &Preferences::without(off))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    place(&pool, &ann, project, 90_000).await.unwrap();
    sqlx::query(
        "insert into outbox (kind, account_id, body) values ('account.password_changed', $1, '{}')",
    )
    .bind(sam.account.0)
    .execute(&pool)
    .await
    .unwrap();
    let mut at = Position::default();
    tell(&pool, &mut at).await;
    let posted = claim(&pool, 9).await;
    let posted: Vec<_> = (posted.iter())
        .map(|one| (one.claim.webhook, one.notice.kind))
        .collect();
    assert_eq!(posted, [(systems, NoticeKind::FirstBid)]);
    assert_eq!(find(&pool, &sam, systems).await.pending, 1);
    assert_eq!(find(&pool, &sam, chat).await.pending, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_clock_that_is_set_back_delays_nothing_for_longer_than_a_wait(pool: PgPool) {
    let ada = account(&pool, Role::Buyer, "Ada").await;
    for _ in 0..2 {
        let id = add(&pool, &ada, "Ops", "standard").await.unwrap();
        test(&pool, &ada, id).await.unwrap();
    }
    let claimed = claim(&pool, 1).await.remove(0);
    sqlx::query(
        "update webhook set next_try_at = next_try_at + interval '30 days', claimed_until = claimed_until + interval '30 days'",
    )
    .execute(&pool)
    .await
    .unwrap();
    let bound = async || {
        let db = &mut *pool.acquire().await.unwrap();
        webhook::bound_waits(db).await.unwrap()
    };
    assert_eq!(bound().await, 2);
    assert_eq!(bound().await, 0, "a possible wait stays as it is");
    let ahead: bool = sqlx::query_scalar(
        "select bool_and(next_try_at <= clock_timestamp() + interval '36 hours'
                         and (claimed_until is null or claimed_until <= clock_timestamp() + interval '3 minutes')) from webhook",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert!(ahead);
    // Whoever holds the claim still has it.
    assert!(record(&pool, &claimed, WebhookOutcome::Accepted).await);
}
