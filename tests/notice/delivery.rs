//! Notices that leave the site arrive in order, whatever happens to workers and receivers.
use crate::{
    fixture::{Notifier, notice_kinds, random_below},
    support::account,
};
use guildhall::{
    account::{AccountId, Role, Viewer},
    notice::{
        self, NoticeKind,
        delivery::{Delivery, DeliveryOutcome, LEASE, TRIES},
    },
    store::MIGRATIONS,
};
use sqlx::PgPool;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
};

/// Queues this many notices for each account.
async fn queue(pool: &PgPool, accounts: &[Viewer], each: i64) {
    for viewer in accounts {
        sqlx::query(
            "with told as (
                 insert into notice (account_id, number, kind, facts, is_on_site)
                 select $1, n, 'account.password_changed', '{}', true from generate_series(1, $2) n returning number
             ), queue as (
                 insert into notice_queue (account_id, channel, last_number) values ($1, 'email', $2)
             )
             insert into notice_delivery (account_id, channel, number, notice_number) select $1, 'email', number, number from told",
        )
        .bind(viewer.account.0)
        .bind(each)
        .execute(pool)
        .await
        .unwrap();
    }
}

pub async fn claim(pool: &PgPool, most: i64) -> Vec<Delivery> {
    notice::claim(&mut pool.acquire().await.unwrap(), most)
        .await
        .unwrap()
}

pub async fn record(pool: &PgPool, delivery: &Delivery, attempt: DeliveryOutcome) -> bool {
    let db = &mut *pool.acquire().await.unwrap();
    notice::record(db, &delivery.claim, &attempt).await.unwrap()
}

/// Lets all leases and waits end, as time would.
pub async fn pass_time(pool: &PgPool) {
    sqlx::query(
        // In one order, because several workers do this at once.
        "update notice_queue queue
         set next_try_at = clock_timestamp() - interval '1 second', claimed_until = claimed_until - make_interval(secs => $1)
         from (select account_id, channel from notice_queue order by account_id, channel for update) ordered
         where queue.account_id = ordered.account_id and queue.channel = ordered.channel",
    )
    .bind(LEASE.as_secs_f64() + 1.0)
    .execute(pool)
    .await
    .unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn dying_workers_and_a_failing_receiver_change_no_order_and_lose_nothing(pool: PgPool) {
    const EACH: i64 = 12;
    let mut accounts = Vec::new();
    for n in 0..6 {
        accounts.push(account(&pool, Role::Buyer, &format!("Buyer {n}")).await);
    }
    queue(&pool, &accounts, EACH).await;
    let received: Arc<Mutex<HashMap<AccountId, Vec<i64>>>> = Arc::default();
    let unrecorded: Arc<Mutex<HashMap<AccountId, usize>>> = Arc::default();
    let worker = async |seed: u64| {
        let mut luck = seed;
        for _ in 0..400 {
            let claimed = claim(&pool, 2).await;
            if claimed.is_empty() {
                let left: bool = sqlx::query_scalar(
                    "select exists (select from notice_queue where done_number < last_number)",
                )
                .fetch_one(&pool)
                .await
                .unwrap();
                if !left {
                    return;
                }
                // By chance, a notice may fail until its queue is parked.
                notice::send_again(&mut pool.acquire().await.unwrap(), None)
                    .await
                    .unwrap();
                pass_time(&pool).await;
            }
            for delivery in claimed {
                // One in three attempts fails; one worker in five dies before or after the receiver has the notice.
                if random_below(&mut luck, 10) == 0 {
                    continue;
                }
                if random_below(&mut luck, 3) == 0 {
                    record(
                        &pool,
                        &delivery,
                        DeliveryOutcome::Failed("unlucky".to_owned()),
                    )
                    .await;
                    continue;
                }
                let number = delivery.notice.number;
                received
                    .lock()
                    .unwrap()
                    .entry(delivery.claim.account)
                    .or_default()
                    .push(number);
                let dies = random_below(&mut luck, 10) == 0;
                if dies || !record(&pool, &delivery, DeliveryOutcome::Sent).await {
                    let mut unrecorded = unrecorded.lock().unwrap();
                    *unrecorded.entry(delivery.claim.account).or_default() += 1;
                }
            }
        }
    };
    tokio::join!(worker(1), worker(2), worker(3), worker(4));
    let received = received.lock().unwrap();
    for viewer in &accounts {
        let numbers = &received[&viewer.account];
        let mut once = numbers.clone();
        let repeats = numbers.len() - once.iter().collect::<HashSet<_>>().len();
        let unrecorded = unrecorded.lock().unwrap();
        let unrecorded = unrecorded.get(&viewer.account).copied().unwrap_or_default();
        assert!(
            repeats <= unrecorded,
            "{repeats} repeats of {unrecorded} unrecorded"
        );
        // Receivers drop repeats by the id, also the late one of a worker whose lease has ended.
        let mut seen = HashSet::new();
        once.retain(|number| seen.insert(*number));
        assert_eq!(once, (1..=EACH).collect::<Vec<_>>(), "{numbers:?}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn nothing_is_mailed_to_an_address_that_is_not_confirmed(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let bob = account(&pool, Role::Buyer, "Bob").await;
    sqlx::query("update account set email_confirmed_at = null where id = $1")
        .bind(ann.account.0)
        .execute(&pool)
        .await
        .unwrap();
    let mut notifier = Notifier::new(&pool).await;
    for viewer in [&ann, &bob] {
        sqlx::query("insert into outbox (kind, account_id, body) values ('account.browser_added', $1, '{}')")
            .bind(viewer.account.0)
            .execute(&pool)
            .await
            .unwrap();
    }
    notifier.notify().await;
    assert_eq!(notice_kinds(&pool, &ann).await, [NoticeKind::NewSignIn]);
    let mailed = claim(&pool, 9).await;
    let mailed: Vec<AccountId> = mailed.iter().map(|mail| mail.claim.account).collect();
    assert_eq!(mailed, [bob.account]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_claimed_queue_is_not_claimed_again_and_a_late_worker_changes_nothing(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    queue(&pool, &[ann], 2).await;
    let first = claim(&pool, 9).await.remove(0);
    assert!(claim(&pool, 9).await.is_empty());
    pass_time(&pool).await;
    let second = claim(&pool, 9).await.remove(0);
    assert_eq!(first.id, second.id);
    assert_eq!(second.claim.attempts, 2);
    assert!(!record(&pool, &first, DeliveryOutcome::Sent).await);
    assert!(record(&pool, &second, DeliveryOutcome::Sent).await);
    assert_eq!(claim(&pool, 9).await.remove(0).notice.number, 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_queue_that_keeps_failing_is_parked_until_it_is_sent_again(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let bob = account(&pool, Role::Buyer, "Bob").await;
    queue(&pool, &[ann.clone(), bob.clone()], 2).await;
    for _ in 0..TRIES {
        pass_time(&pool).await;
        for delivery in claim(&pool, 9).await {
            let attempt = match delivery.claim.account == ann.account {
                true => DeliveryOutcome::Failed("451 try later".to_owned()),
                false => DeliveryOutcome::Sent,
            };
            record(&pool, &delivery, attempt).await;
        }
    }
    pass_time(&pool).await;
    assert!(claim(&pool, 9).await.is_empty());
    let db = &mut *pool.acquire().await.unwrap();
    let parked = notice::parked(db, None).await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!((parked[0].account, parked[0].pending), (ann.account, 2));
    assert_eq!(notice::send_again(db, Some(bob.account)).await.unwrap(), 0);
    assert_eq!(notice::send_again(db, Some(ann.account)).await.unwrap(), 1);
    let again = claim(&pool, 9).await.remove(0);
    assert_eq!((again.notice.number, again.claim.attempts), (1, 1));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_refused_notice_is_given_up_and_an_unknown_address_parks_at_once(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    queue(&pool, std::slice::from_ref(&ann), 3).await;
    let first = claim(&pool, 9).await.remove(0);
    record(&pool, &first, DeliveryOutcome::Refused("554 no".to_owned())).await;
    let second = claim(&pool, 9).await.remove(0);
    assert_eq!(second.notice.number, 2);
    record(
        &pool,
        &second,
        DeliveryOutcome::Unreachable("550 no such user".to_owned()),
    )
    .await;
    pass_time(&pool).await;
    assert!(claim(&pool, 9).await.is_empty());
    let db = &mut *pool.acquire().await.unwrap();
    let parked = notice::parked(db, Some(ann.account))
        .await
        .unwrap()
        .remove(0);
    assert_eq!(parked.error, "550 no such user");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_outage_of_the_relay_uses_up_no_tries_and_parks_nobody(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    queue(&pool, &[ann], 1).await;
    for _ in 0..TRIES * 3 {
        pass_time(&pool).await;
        let delivery = claim(&pool, 9).await.remove(0);
        assert_eq!(delivery.claim.attempts, 1);
        let closed = DeliveryOutcome::Postponed("535 wrong password".to_owned());
        record(&pool, &delivery, closed).await;
    }
    let db = &mut *pool.acquire().await.unwrap();
    assert_eq!(notice::parked(db, None).await.unwrap(), []);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_clock_that_is_set_back_delays_nothing_for_longer_than_a_wait(pool: PgPool) {
    let accounts = [
        account(&pool, Role::Buyer, "Ada").await,
        account(&pool, Role::Buyer, "Bob").await,
    ];
    queue(&pool, &accounts, 1).await;
    let claimed = claim(&pool, 1).await.remove(0);
    // The worker of the first one dies, the second one waits; then the clock is set back by a month.
    sqlx::query(
        "update notice_queue set next_try_at = next_try_at + interval '30 days', claimed_until = claimed_until + interval '30 days'",
    )
    .execute(&pool)
    .await
    .unwrap();
    let bound = async || {
        let db = &mut *pool.acquire().await.unwrap();
        notice::bound_waits(db).await.unwrap()
    };
    assert_eq!(bound().await, 2);
    assert_eq!(bound().await, 0, "a possible wait stays as it is");
    assert!(claim(&pool, 2).await.is_empty());
    let ahead: bool = sqlx::query_scalar(
        "select bool_and(next_try_at <= clock_timestamp() + interval '9 hours'
                         and (claimed_until is null or claimed_until <= clock_timestamp() + interval '3 minutes')) from notice_queue",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert!(ahead);
    // Whoever holds a claim still has it.
    assert!(record(&pool, &claimed, DeliveryOutcome::Sent).await);
}
