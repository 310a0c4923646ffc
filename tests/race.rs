//! The last moments before a deadline, on a real PostgreSQL with many connections.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::{
    Error, award,
    bid::{self, BidId},
    store::{MIGRATIONS, Tx},
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{collections::BTreeSet, time::Duration};
use support::{
    buyers, close_due, deadline_reached, events, hold, lock_waiters, open_project, place, pool,
    seller, stored_totals, winner,
};
use tokio::task::JoinSet;

const BIDDERS: usize = 60;
/// How long a project stays open in tests that lock its row past the deadline: longer than the steps before the
/// deadline take.
const LONGER_THAN_SETUP: Duration = Duration::from_secs(4);

#[sqlx::test(migrator = "MIGRATIONS")]
async fn sixty_bidders_around_a_deadline_lose_no_bid_and_the_lowest_wins(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let pool = pool(options, 70).await;
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, BIDDERS).await);
    let id = open_project(&pool, &seller, Duration::from_secs(2)).await;

    let mut bidding = JoinSet::new();
    for (n, buyer) in buyers.into_iter().enumerate() {
        let pool = pool.clone();
        bidding.spawn(async move {
            // Each bidder bids lower and lower amounts that nobody else bids, until a few bids have been refused as too
            // late.
            let (mut minor, mut accepted, mut late) =
                (100_000 - i64::try_from(n).unwrap(), Vec::new(), 0);
            while late < 5 {
                match place(&pool, &buyer, id, minor).await {
                    Ok(bid) => {
                        accepted.push((bid.id, minor));
                        minor -= 61;
                    }
                    Err(ref error)
                        if matches!(error.refused(), Some(bid::Refusal::DeadlinePassed)) =>
                    {
                        late += 1
                    }
                    Err(Error::Busy { .. }) => {}
                    Err(other) => panic!("{other:?}"),
                }
            }
            accepted
        });
    }
    let schedulers = [
        tokio::spawn(schedule(pool.clone(), 1)),
        tokio::spawn(schedule(pool.clone(), 1)),
    ];
    let by_buyer: Vec<Vec<(BidId, i64)>> = bidding.join_all().await;
    let bidders = by_buyer.iter().filter(|bids| !bids.is_empty()).count();
    let accepted: Vec<(BidId, i64)> = by_buyer.into_iter().flatten().collect();
    assert!(bidders > 1, "fewer than two bidders had a bid accepted");
    for scheduler in schedulers {
        scheduler.await.unwrap();
    }

    let answered: BTreeSet<i64> = accepted.iter().map(|(id, _)| id.0).collect();
    let stored: Vec<i64> = sqlx::query_scalar("select id from bid where project_id = $1")
        .bind(id.0)
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(
        answered,
        stored.iter().copied().collect(),
        "exactly the accepted bids are stored"
    );
    let late: i64 = sqlx::query_scalar("select count(*) from bid b join project p on p.id = b.project_id where b.accepted_at >= p.deadline")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(late, 0, "no bid is accepted at or after the deadline");
    let lowest = accepted.iter().map(|(_, minor)| *minor).min();
    assert_eq!(
        winner(&pool, id).await.map(|(_, minor)| minor),
        lowest,
        "the lowest accepted bid wins"
    );
    assert_eq!(
        stored_totals(&pool, id).await,
        (
            "awarded".to_owned(),
            lowest,
            i32::try_from(bidders).unwrap()
        )
    );
    let kinds = events(&pool, id).await;
    assert_eq!(
        kinds.iter().filter(|kind| *kind == "bid.placed").count(),
        accepted.len(),
        "each bid has one event"
    );
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| *kind == "project.awarded")
            .count(),
        1,
        "there is one award"
    );
}

/// Runs a scheduler until `until` projects have ended, whichever scheduler ended them.
async fn schedule(pool: PgPool, until: i64) {
    loop {
        close_due(&pool).await;
        let ended: i64 =
            sqlx::query_scalar("select count(*) from project where ended_at is not null")
                .fetch_one(&pool)
                .await
                .unwrap();
        if ended >= until {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn concurrent_schedulers_award_each_project_once(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let pool = pool(options, 20).await;
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 2).await);
    let mut projects = Vec::new();
    for n in 0..150 {
        let id = open_project(&pool, &seller, Duration::from_secs(3)).await;
        place(&pool, &buyers[n % 2], id, 500).await.unwrap();
        projects.push(id);
    }
    deadline_reached(&pool, projects[149]).await;
    let mut schedulers = JoinSet::new();
    for _ in 0..4 {
        schedulers.spawn(schedule(pool.clone(), 150));
    }
    schedulers.join_all().await;
    for (n, id) in projects.into_iter().enumerate() {
        assert_eq!(winner(&pool, id).await, Some((buyers[n % 2].account, 500)));
        assert_eq!(
            events(&pool, id).await,
            ["project.published", "bid.placed", "project.awarded"]
        );
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_award_waits_for_a_bid_that_commits_after_the_deadline(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let pool = pool(options, 5).await;
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 2).await);
    let id = open_project(&pool, &seller, LONGER_THAN_SETUP).await;
    place(&pool, &buyers[0], id, 200).await.unwrap();
    let commits = hold_commits(&pool).await;
    let bidding = tokio::spawn({
        let (pool, buyer) = (pool.clone(), buyers[1].clone());
        async move { place(&pool, &buyer, id, 100).await }
    });
    lock_waiters(&pool, 1).await;
    deadline_reached(&pool, id).await;

    assert_eq!(
        close_due(&pool).await,
        0,
        "a project locked by a bidder is skipped, not awarded without that bid"
    );
    let waiting = tokio::spawn({
        let pool = pool.clone();
        async move {
            let mut tx = pool.begin().await.unwrap();
            let ended = award::close_one(&mut tx, id).await.unwrap();
            tx.commit().await.unwrap();
            usize::from(ended.is_some())
        }
    });
    lock_waiters(&pool, 2).await;
    commits.rollback().await.unwrap();
    bidding.await.unwrap().unwrap();
    assert_eq!(waiting.await.unwrap(), 1);
    assert_eq!(
        winner(&pool, id).await,
        Some((buyers[1].account, 100)),
        "the bid was accepted before the deadline, so it counts"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_after_the_deadline_is_late_even_if_its_transaction_began_before_it(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 2).await);
    let id = open_project(&pool, &seller, Duration::from_secs(3600)).await;
    place(&pool, &buyers[0], id, 200).await.unwrap();
    let mut holder = pool.begin().await.unwrap();
    sqlx::raw_sql("lock table project")
        .execute(&mut *holder)
        .await
        .unwrap();
    // The transaction's own clock, now(), stays fixed before the deadline while it waits for the table.
    let bidding = tokio::spawn({
        let (pool, buyer) = (pool.clone(), buyers[1].clone());
        async move { place(&pool, &buyer, id, 50).await }
    });
    lock_waiters(&pool, 1).await;
    sqlx::query("update project set deadline = clock_timestamp()")
        .execute(&mut *holder)
        .await
        .unwrap();
    holder.commit().await.unwrap();
    let answer = bidding.await.unwrap();
    assert!(
        matches!(answer, Err(ref error) if matches!(error.refused(), Some(bid::Refusal::DeadlinePassed))),
        "{answer:?}"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_that_gets_the_row_lock_after_the_deadline_is_refused(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 1).await);
    let id = open_project(&pool, &seller, LONGER_THAN_SETUP).await;
    let holder = hold(&pool, id).await;
    // The bid reads the clock before the deadline and then waits for the row lock.
    let bidding = tokio::spawn({
        let (pool, buyer) = (pool.clone(), buyers[0].clone());
        async move { place(&pool, &buyer, id, 100).await }
    });
    lock_waiters(&pool, 1).await;
    deadline_reached(&pool, id).await;
    holder.commit().await.unwrap();
    let answer = bidding.await.unwrap();
    assert!(
        matches!(answer, Err(ref error) if matches!(error.refused(), Some(bid::Refusal::DeadlinePassed))),
        "{answer:?}"
    );
    assert_eq!(stored_totals(&pool, id).await, ("open".to_owned(), None, 0));
}

/// Makes every bid from now on wait at its commit until the returned transaction ends.
async fn hold_commits(pool: &PgPool) -> Tx<'static> {
    sqlx::raw_sql(
        "create function wait_at_commit() returns trigger language plpgsql set lock_timeout = 0 as
             $$ begin perform pg_advisory_xact_lock_shared(1); return null; end $$;
         create constraint trigger wait_at_commit after insert on bid deferrable initially deferred
             for each row execute function wait_at_commit()",
    )
    .execute(pool)
    .await
    .unwrap();
    let mut held = pool.begin().await.unwrap();
    sqlx::raw_sql(
        "set local idle_in_transaction_session_timeout = 0; select pg_advisory_xact_lock(1)",
    )
    .execute(&mut *held)
    .await
    .unwrap();
    held
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_buyer_with_many_concurrent_bids_has_one_live_bid(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let pool = pool(options, 20).await;
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 1).await);
    let id = open_project(&pool, &seller, Duration::from_secs(3600)).await;
    let mut bidding = JoinSet::new();
    for minor in 1..=30 {
        let (pool, buyer) = (pool.clone(), buyers[0].clone());
        bidding.spawn(async move {
            (
                minor * 10,
                place(&pool, &buyer, id, minor * 10).await.is_ok(),
            )
        });
    }
    let accepted = bidding.join_all().await;
    let lowest = accepted
        .iter()
        .filter(|(_, ok)| *ok)
        .map(|(minor, _)| *minor)
        .min();
    assert_eq!(
        lowest,
        Some(10),
        "the lowest bid is accepted whenever it arrives"
    );
    assert_eq!(
        stored_totals(&pool, id).await,
        ("open".to_owned(), lowest, 1)
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_transaction_that_stalls_with_the_project_locked_is_terminated(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let pool = pool(options, 5).await;
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 2).await);
    let id = open_project(&pool, &seller, Duration::from_secs(3600)).await;
    place(&pool, &buyers[0], id, 90_000).await.unwrap();
    let mut stalled: Tx<'_> = pool.begin().await.unwrap();
    bid::withdraw(&mut stalled, &buyers[0], id, None)
        .await
        .unwrap();
    // This bid gets the row lock soon, because a transaction that holds one may be idle for only 800 ms.
    place(&pool, &buyers[1], id, 80_000).await.unwrap();
    assert!(stalled.commit().await.is_err());
    assert_eq!(
        stored_totals(&pool, id).await,
        ("open".to_owned(), Some(80_000), 2)
    );
}
