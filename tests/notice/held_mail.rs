//! Mail keeps its order, whatever workers, receivers and people's choices do.
use crate::{
    delivery::{claim, record},
    fixture::{HOUR, Notifier, random_below},
    schedule::{at_once, choose, quiet_now},
    support::{buyers, open_project, place, seller},
};
use guildhall::{
    account::{AccountId, Viewer},
    notice::{
        self, NoticeKind,
        delivery::{DeliveryOutcome, LEASE},
    },
    store::MIGRATIONS,
};
use sqlx::PgPool;
use std::time::Duration;
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tokio::{task::yield_now, time::timeout};

const PROJECTS: usize = 12;

/// What each account received, in order: the numbers of the notices.
#[derive(Default)]
struct Received(Mutex<HashMap<(AccountId, NoticeKind), Vec<i64>>>);

impl Received {
    fn add(&self, account: AccountId, kind: NoticeKind, number: i64) {
        let mut received = self.0.lock().unwrap();
        received.entry((account, kind)).or_default().push(number);
    }

    /// Without the repeats, which receivers drop by the id. A worker whose lease ended may send one late.
    fn once(&self, account: AccountId, kind: NoticeKind) -> Vec<i64> {
        let received = self.0.lock().unwrap();
        let mut numbers = received.get(&(account, kind)).cloned().unwrap_or_default();
        let mut seen = HashSet::new();
        numbers.retain(|number| seen.insert(*number));
        numbers
    }
}

/// Lets all leases and waits end, as time would, and parks no queue. It waits for no lock, because others write notices meanwhile.
async fn pass_time(pool: &PgPool) {
    sqlx::query(
        "update notice_queue queue
         set attempts = 0, next_try_at = clock_timestamp() - interval '1 second', claimed_until = claimed_until - make_interval(secs => $1)
         from (select account_id, channel from notice_queue for update skip locked) free
         where queue.account_id = free.account_id and queue.channel = free.channel",
    )
    .bind(LEASE.as_secs_f64() + 1.0)
    .execute(pool)
    .await
    .unwrap();
}

async fn is_done(pool: &PgPool) -> bool {
    sqlx::query_scalar(
        "select not exists (select from notice_held_mail) and not exists (select from notice_queue where done_number < last_number)",
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

/// Projects are cancelled one after the other, of which everybody who bid is told, with what concerns security in between.
async fn cancel_all(pool: &PgPool, buyers: &[Viewer], projects: &[i64], is_over: &AtomicBool) {
    let mut notifier = Notifier::new(pool).await;
    for (place, project) in projects.iter().enumerate() {
        sqlx::query(
            "insert into outbox (kind, project_id, body) values ('project.cancelled', $1, '{}')",
        )
        .bind(project)
        .execute(pool)
        .await
        .unwrap();
        for buyer in buyers.iter().filter(|_| place % 3 == 0) {
            sqlx::query("insert into outbox (kind, account_id, body) values ('account.browser_added', $1, '{}')")
                .bind(buyer.account.0)
                .execute(pool)
                .await
                .unwrap();
        }
        notifier.notify().await;
    }
    is_over.store(true, Ordering::Relaxed);
}

/// Quiet hours begin and end all the time, and in the end there are none.
async fn change_schedules(pool: &PgPool, buyers: &[Viewer], is_over: &AtomicBool) {
    let (mut luck, quiet) = (7, quiet_now(pool).await);
    while !is_over.load(Ordering::Relaxed) {
        for buyer in buyers {
            match random_below(&mut luck, 2) {
                0 => choose(pool, buyer, &at_once()).await,
                _ => choose(pool, buyer, &quiet).await,
            }
        }
        yield_now().await;
    }
    for buyer in buyers {
        choose(pool, buyer, &at_once()).await;
    }
}

/// Releases and sends, while one in three attempts fails and workers die before and after everything they do.
async fn work(
    pool: &PgPool,
    received: &Received,
    is_over: &AtomicBool,
    released: &AtomicUsize,
    mut luck: u64,
) {
    loop {
        let mut tx = pool.begin().await.unwrap();
        let accounts = notice::release_mail(&mut tx).await.unwrap();
        released.fetch_add(accounts, Ordering::Relaxed);
        match random_below(&mut luck, 4) {
            0 => tx.rollback().await.unwrap(),
            _ => tx.commit().await.unwrap(),
        }
        let claimed = claim(pool, 2).await;
        if claimed.is_empty() {
            if is_over.load(Ordering::Relaxed) && is_done(pool).await {
                return;
            }
            pass_time(pool).await;
        }
        for delivery in claimed {
            let is_lucky = random_below(&mut luck, 3) > 0;
            if is_lucky {
                let (account, notice) = (delivery.claim.account, &delivery.notice);
                received.add(account, notice.kind, notice.number);
            }
            let outcome = match is_lucky {
                true => DeliveryOutcome::Sent,
                false => DeliveryOutcome::Failed("unlucky".to_owned()),
            };
            if random_below(&mut luck, 10) > 0 {
                record(pool, &delivery, outcome).await;
            }
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn quiet_hours_and_dying_workers_change_no_order_and_lose_nothing(pool: PgPool) {
    let sam = seller(&pool).await;
    let buyers = buyers(&pool, 3).await;
    let mut projects = Vec::new();
    for _ in 0..PROJECTS {
        let project = open_project(&pool, &sam, HOUR * 2).await;
        for (buyer, minor) in buyers.iter().zip([900, 800, 700]) {
            place(&pool, buyer, project, minor).await.unwrap();
        }
        projects.push(project.0);
    }
    let (received, is_over) = (Received::default(), AtomicBool::new(false));
    let released = AtomicUsize::new(0);
    let all = async {
        tokio::join!(
            cancel_all(&pool, &buyers, &projects, &is_over),
            change_schedules(&pool, &buyers, &is_over),
            work(&pool, &received, &is_over, &released, 1),
            work(&pool, &received, &is_over, &released, 2),
            work(&pool, &received, &is_over, &released, 3),
            work(&pool, &received, &is_over, &released, 4)
        );
    };
    timeout(Duration::from_secs(60), Box::pin(all))
        .await
        .expect("everything is sent");
    assert!(released.into_inner() > 0, "mail was held");
    for buyer in &buyers {
        for (kind, count) in [
            (NoticeKind::Cancelled, PROJECTS),
            (NoticeKind::NewSignIn, 4),
        ] {
            let numbers = received.once(buyer.account, kind);
            assert_eq!(numbers.len(), count, "{kind:?}: {numbers:?}");
            assert!(numbers.is_sorted(), "{kind:?}: {numbers:?}");
        }
    }
}
