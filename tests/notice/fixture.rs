//! Auctions, and the steps of the notices' workers, which the tests run one by one.

use crate::support::{buyers, open_project, place, seller};
use guildhall::{
    account::{AccountId, Viewer},
    bid::{self, Bid, BidId},
    event::{Position, consumer},
    notice::{self, Notice, NoticeFilter, NoticeKind},
    project::ProjectId,
    store::Tx,
};
use sqlx::PgPool;
use std::time::Duration;
use tokio::time::{sleep, timeout};

pub const HOUR: Duration = Duration::from_secs(3600);

/// Writes the notices of the events since its last call, as the worker's consumer does.
pub struct Notifier<'a> {
    pool: &'a PgPool,
    at: Position,
}

impl<'a> Notifier<'a> {
    pub async fn new(pool: &'a PgPool) -> Self {
        let mut notifier = Self {
            pool,
            at: Position::default(),
        };
        notifier.catch_up(false).await;
        notifier
    }

    pub async fn notify(&mut self) {
        self.catch_up(true).await;
    }

    /// Places a bid, and writes its notices.
    pub async fn bid(&mut self, buyer: &Viewer, project: ProjectId, minor: i64) -> Bid {
        let bid = place(self.pool, buyer, project, minor).await.unwrap();
        self.notify().await;
        bid
    }

    /// Reads all events so far. Retries while there is no batch, because open transactions of other tests on the same
    /// PostgreSQL delay the events for a moment.
    async fn catch_up(&mut self, notifies: bool) {
        let db = &mut *self.pool.acquire().await.unwrap();
        let newest: i64 = sqlx::query_scalar("select coalesce(max(id), 0) from outbox")
            .fetch_one(&mut *db)
            .await
            .unwrap();
        timeout(Duration::from_secs(60), async {
            loop {
                let is_held_back: bool = sqlx::query_scalar(
                    "select exists (select from outbox where id <= $1 and transaction_id >= pg_snapshot_xmin(pg_current_snapshot()))",
                )
                .bind(newest)
                .fetch_one(&mut *db)
                .await
                .unwrap();
                while let Some(batch) = consumer::next(db, self.at, notice::EVENTS, 200)
                    .await
                    .unwrap()
                {
                    self.at = batch.end;
                    if notifies {
                        let mut tx: Tx<'_> = self.pool.begin().await.unwrap();
                        notice::tell(&mut tx, &batch.events).await.unwrap();
                        tx.commit().await.unwrap();
                    }
                }
                if !is_held_back {
                    return;
                }
                sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .expect("the events are read");
    }
}

pub async fn notices(pool: &PgPool, account: AccountId) -> Vec<Notice> {
    let db = &mut *pool.acquire().await.unwrap();
    let list = notice::list(db, account, NoticeFilter::default(), None)
        .await
        .unwrap();
    list.notices.into_iter().rev().collect()
}

/// The kinds of the viewer's notices, oldest first.
pub async fn notice_kinds(pool: &PgPool, viewer: &Viewer) -> Vec<NoticeKind> {
    notices(pool, viewer.account)
        .await
        .iter()
        .map(|notice| notice.kind)
        .collect()
}

/// Lets time pass, and releases the held notices that are due.
pub async fn wait(pool: &PgPool, seconds: i32) {
    backdate(pool, seconds).await;
    let mut tx = pool.begin().await.unwrap();
    notice::release(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// Moves bids, notices and held notices back in time.
pub async fn backdate(pool: &PgPool, seconds: i32) {
    for statement in [
        "update notice_hold set due_at = due_at - make_interval(secs => $1), since = since - make_interval(secs => $1)",
        "update bid set accepted_at = accepted_at - make_interval(secs => $1)",
        "update notice set created_at = created_at - make_interval(secs => $1)",
        "update notice_auction set seller_told_at = seller_told_at - make_interval(secs => $1), changed_at = changed_at - make_interval(secs => $1)",
    ] {
        sqlx::query(statement)
            .bind(f64::from(seconds))
            .execute(pool)
            .await
            .unwrap();
    }
}

pub async fn tell_deadlines(pool: &PgPool) -> usize {
    let mut total = 0;
    loop {
        let mut tx = pool.begin().await.unwrap();
        let told = notice::tell_deadlines(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        total += told;
        if told == 0 {
            return total;
        }
    }
}

/// Writes everything that is queued for many recipients.
pub async fn broadcast(pool: &PgPool) {
    loop {
        let mut tx = pool.begin().await.unwrap();
        let has_more = notice::broadcast(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        if !has_more {
            return;
        }
    }
}

/// Writes everything that is queued for many recipients, by three workers that keep crashing. Each step writes at most
/// 500 notices.
pub async fn broadcast_by_crashing_workers(pool: &PgPool) {
    let worker = async |crashes_every: usize| {
        for step in 1.. {
            let mut tx: Tx<'_> = pool.begin().await.unwrap();
            let has_more = notice::broadcast(&mut tx).await.unwrap();
            let written: i64 = sqlx::query_scalar(
                "select count(*) from notice where xmin::text::bigint = txid_current() % (2 ^ 32)::bigint",
            )
            .fetch_one(&mut *tx)
            .await
            .unwrap();
            assert!(written <= 500, "{written} in one step");
            // A crash rolls the transaction back.
            if step % crashes_every == 0 {
                tx.rollback().await.unwrap();
            } else {
                tx.commit().await.unwrap();
            }
            if !has_more {
                return;
            }
        }
    };
    tokio::join!(worker(2), worker(3), worker(5));
}

/// Makes all digests due, and writes them.
pub async fn tell_digests(pool: &PgPool) {
    sqlx::query("update saved_search set next_digest_at = clock_timestamp() where next_digest_at is not null")
        .execute(pool)
        .await
        .unwrap();
    tell_due_digests(pool).await;
}

/// Writes the digests that are due.
pub async fn tell_due_digests(pool: &PgPool) {
    loop {
        let mut tx = pool.begin().await.unwrap();
        let told = notice::tell_digests(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        if told == 0 {
            return;
        }
    }
}

/// Moves the deadline to this many hours from now, as if the project had been published two days ago, and writes the
/// notices of that. Returns the result of [`tell_deadlines`].
pub async fn bring_deadline_near(pool: &PgPool, project: ProjectId, hours: f64) -> usize {
    sqlx::query("update project set deadline = clock_timestamp() + make_interval(secs => $2), published_at = clock_timestamp() - interval '2 days' where id = $1")
        .bind(project.0)
        .bind(hours * 3600.0)
        .execute(pool)
        .await
        .unwrap();
    let kind = if hours > 1.0 {
        "deadline.day"
    } else {
        "deadline.hour"
    };
    sqlx::query(
        "update notice_deadline set told_until = told_until - interval '1 day' where kind = $1",
    )
    .bind(kind)
    .execute(pool)
    .await
    .unwrap();
    tell_deadlines(pool).await
}

pub async fn undo(pool: &PgPool, buyer: &Viewer, project: ProjectId, bid: BidId) {
    let mut tx = pool.begin().await.unwrap();
    bid::undo(&mut tx, buyer, project, bid).await.unwrap();
    tx.commit().await.unwrap();
}

/// Sam's open project, two buyers, and a notifier that has skipped all events so far.
pub struct Auction<'a> {
    pub sam: Viewer,
    pub ann: Viewer,
    pub bob: Viewer,
    pub project: ProjectId,
    pub notifier: Notifier<'a>,
}

pub async fn auction(pool: &PgPool) -> Auction<'_> {
    let sam = seller(pool).await;
    let [ann, bob] = buyers(pool, 2).await.try_into().unwrap();
    let project = open_project(pool, &sam, HOUR * 2).await;
    Auction {
        sam,
        ann,
        bob,
        project,
        notifier: Notifier::new(pool).await,
    }
}

/// Closes the projects whose deadline has passed.
pub async fn award_due(pool: &PgPool) {
    let mut tx = pool.begin().await.unwrap();
    guildhall::award::close_due(&mut tx, 100).await.unwrap();
    tx.commit().await.unwrap();
}

/// The next pseudo-random number below `range`. Every run gets the same sequence.
pub fn random_below(state: &mut u64, range: u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % range
}
