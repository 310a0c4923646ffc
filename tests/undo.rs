//! Undoing bids on a real PostgreSQL, and its races.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::{
    Error, Result,
    account::Viewer,
    award,
    bid::{self, BidId, Refusal, State, UndoRefusal, UndoneBid, ViewerBids},
    project::{self, ProjectId},
    store::MIGRATIONS,
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;
use support::{
    buyers, close_due, eur, events, hold, let_deadline_come, lock_waiters, open_project, place,
    pool, seller, stored_totals, winner, withdraw,
};
use tokio::time::sleep;

const HOUR: Duration = Duration::from_secs(3600);

async fn undo(pool: &PgPool, buyer: &Viewer, project: ProjectId, bid: BidId) -> Result<UndoneBid> {
    let mut tx = pool.begin().await?;
    let undone = bid::undo(&mut tx, buyer, project, bid).await?;
    tx.commit().await?;
    Ok(undone)
}

#[track_caller]
fn assert_refused(result: Result<UndoneBid>, expected: UndoRefusal) {
    let error = result.unwrap_err();
    assert_eq!(error.refused(), Some(&expected), "{error:?}");
}

/// Lets time pass for all bids and undos so far.
async fn let_time_pass(pool: &PgPool, seconds: f64) {
    sqlx::query(
        "update bid set accepted_at = accepted_at - make_interval(secs => $1),
         ended_at = ended_at - make_interval(secs => $1), undone_at = undone_at - make_interval(secs => $1)",
    )
    .bind(seconds)
    .execute(pool)
    .await
    .unwrap();
}

/// The buyer's bids as the project's page shows them.
async fn bids_of(pool: &PgPool, buyer: &Viewer, id: ProjectId) -> ViewerBids {
    let db = &mut *pool.acquire().await.unwrap();
    let project = project::find(db, id).await.unwrap();
    let history = bid::history(db, &project).await.unwrap();
    let own = bid::own_bids_at_snapshot(db, buyer, &project, &history)
        .await
        .unwrap();
    let alone = bid::own(db, buyer, &project).await.unwrap();
    assert_eq!(own.live.map(|own| own.id), alone.map(|own| own.id));
    own
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_undone_bid_binds_nobody_and_gives_the_earlier_one_its_rank_back(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 2).await);
    let id = open_project(&pool, &seller, HOUR).await;
    let first = place(&pool, &buyers[0], id, 90_000).await.unwrap();
    place(&pool, &buyers[1], id, 90_000).await.unwrap();
    let mistake = place(&pool, &buyers[0], id, 7_000).await.unwrap();
    assert_eq!(
        bids_of(&pool, &buyers[0], id)
            .await
            .undoable
            .map(|undoable| undoable.bid),
        Some(mistake.id)
    );
    let undone = undo(&pool, &buyers[0], id, mistake.id).await.unwrap();
    assert_eq!(
        undone,
        UndoneBid {
            bid: mistake.id,
            restored: Some(eur(90_000))
        }
    );
    assert_eq!(
        stored_totals(&pool, id).await,
        ("open".to_owned(), Some(90_000), 2)
    );
    let own = bids_of(&pool, &buyers[0], id).await;
    assert_eq!(
        own.live.map(|own| (own.id, own.leads)),
        Some((first.id, true))
    );
    assert_eq!((own.last, own.undoable), (Some(eur(90_000)), None));

    let db = &mut *pool.acquire().await.unwrap();
    let project = project::find(db, id).await.unwrap();
    let history = bid::history(db, &project).await.unwrap();
    let states: Vec<_> = history
        .for_viewer(None)
        .iter()
        .map(|bid| {
            let is_undone = bid.undone_at.is_some();
            (bid.amount.minor(), bid.state, is_undone)
        })
        .collect();
    assert_eq!(
        states,
        [
            (7_000, State::Withdrawn, true),
            (90_000, State::Live, false),
            (90_000, State::Live, false)
        ]
    );
    let events = events(&pool, id).await;
    let last = ["bid.placed", "bid.withdrawn", "bid.placed"].map(str::to_owned);
    assert!(events.ends_with(&last), "{events:?}");

    // The restored bid is the limit again, and the award uses its old rank.
    assert!(matches!(
        place(&pool, &buyers[0], id, 90_000).await,
        Err(ref error) if matches!(error.refused(), Some(Refusal::NotLower { own }) if *own == eur(90_000))
    ));
    let_deadline_come(&pool, id).await;
    close_due(&pool).await;
    assert_eq!(winner(&pool, id).await, Some((buyers[0].account, 90_000)));
    award::check(db, &[id]).await.unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_first_bid_that_is_undone_leaves_the_budget_as_the_limit(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 2).await);
    let id = open_project(&pool, &seller, HOUR).await;
    let mistake = place(&pool, &buyers[0], id, 7_000).await.unwrap();
    place(&pool, &buyers[1], id, 95_000).await.unwrap();
    let undone = undo(&pool, &buyers[0], id, mistake.id).await.unwrap();
    assert_eq!(undone.restored, None);
    assert_eq!(
        stored_totals(&pool, id).await,
        ("open".to_owned(), Some(95_000), 1)
    );
    let own = bids_of(&pool, &buyers[0], id).await;
    assert!(own.live.is_none() && own.last.is_none(), "{own:?}");
    let db = &mut *pool.acquire().await.unwrap();
    let (listed, _) = bid::of_buyer(db, &buyers[0]).await.unwrap();
    assert!(listed.is_empty(), "{listed:?}");
    assert!(
        guildhall::live::own(db, &buyers[0])
            .await
            .unwrap()
            .is_empty()
    );

    place(&pool, &buyers[0], id, 100_000).await.unwrap();
    let own = bids_of(&pool, &buyers[0], id).await;
    assert_eq!(own.live.map(|own| own.bidder_number), Some(1));
    assert_eq!(
        stored_totals(&pool, id).await,
        ("open".to_owned(), Some(95_000), 2)
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_after_a_withdrawal_is_undone_to_the_withdrawal(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 1).await);
    let id = open_project(&pool, &seller, HOUR).await;
    place(&pool, &buyers[0], id, 90_000).await.unwrap();
    withdraw(&pool, &buyers[0], id).await.unwrap();
    let mistake = place(&pool, &buyers[0], id, 7_000).await.unwrap();
    let undone = undo(&pool, &buyers[0], id, mistake.id).await.unwrap();
    assert_eq!(undone.restored, None);
    assert_eq!(stored_totals(&pool, id).await, ("open".to_owned(), None, 0));
    assert_eq!(bids_of(&pool, &buyers[0], id).await.last, Some(eur(90_000)));
    assert!(place(&pool, &buyers[0], id, 90_000).await.is_err());
    place(&pool, &buyers[0], id, 70_000).await.unwrap();
    let_deadline_come(&pool, id).await;
    close_due(&pool).await;
    assert_eq!(
        winner(&pool, id).await.map(|(_, minor)| minor),
        Some(70_000)
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_a_buyers_own_live_bid_can_be_undone_and_only_for_a_minute(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 2).await);
    let id = open_project(&pool, &seller, HOUR).await;
    let first = place(&pool, &buyers[0], id, 90_000).await.unwrap();
    let second = place(&pool, &buyers[0], id, 80_000).await.unwrap();
    let others = place(&pool, &buyers[1], id, 70_000).await.unwrap();
    assert_refused(
        undo(&pool, &buyers[0], id, first.id).await,
        UndoRefusal::NotActive,
    );
    assert_refused(
        undo(&pool, &buyers[0], id, others.id).await,
        UndoRefusal::NotActive,
    );
    assert!(matches!(
        undo(&pool, &seller, id, second.id).await,
        Err(Error::NotAllowed)
    ));
    assert!(matches!(
        undo(&pool, &buyers[0], ProjectId(99), second.id).await,
        Err(Error::NotFound)
    ));
    let_time_pass(&pool, 59.0).await;
    assert!(bids_of(&pool, &buyers[0], id).await.undoable.is_some());
    let_time_pass(&pool, 1.0).await;
    assert_eq!(bids_of(&pool, &buyers[0], id).await.undoable, None);
    assert_refused(
        undo(&pool, &buyers[0], id, second.id).await,
        UndoRefusal::TooLate,
    );
    assert_eq!(
        stored_totals(&pool, id).await,
        ("open".to_owned(), Some(70_000), 2)
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn nobody_can_bluff_by_undoing(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 1).await);
    let id = open_project(&pool, &seller, HOUR).await;
    let bluff = place(&pool, &buyers[0], id, 7_000).await.unwrap();
    undo(&pool, &buyers[0], id, bluff.id).await.unwrap();
    // A buyer can undo once a minute.
    let again = place(&pool, &buyers[0], id, 8_000).await.unwrap();
    assert_eq!(bids_of(&pool, &buyers[0], id).await.undoable, None);
    assert_refused(
        undo(&pool, &buyers[0], id, again.id).await,
        UndoRefusal::TooSoon,
    );
    let_time_pass(&pool, 60.0).await;
    let later = place(&pool, &buyers[0], id, 6_000).await.unwrap();
    undo(&pool, &buyers[0], id, later.id).await.unwrap();
    // On another project, the buyer can undo at any time before the last five minutes.
    let other = open_project(&pool, &seller, Duration::from_secs(330)).await;
    let bid = place(&pool, &buyers[0], other, 7_000).await.unwrap();
    assert!(bids_of(&pool, &buyers[0], other).await.undoable.is_some());
    sqlx::query(
        "update project set deadline = clock_timestamp() + interval '5 minutes' where id = $1",
    )
    .bind(other.0)
    .execute(&pool)
    .await
    .unwrap();
    assert_eq!(bids_of(&pool, &buyers[0], other).await.undoable, None);
    assert_refused(
        undo(&pool, &buyers[0], other, bid.id).await,
        UndoRefusal::NearDeadline,
    );
    let_deadline_come(&pool, other).await;
    let late = undo(&pool, &buyers[0], other, bid.id).await.unwrap_err();
    assert_eq!(late.refused(), Some(&Refusal::DeadlinePassed));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_viewers_bids_match_the_history_however_old_they_are(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 2).await);
    let [undoes, many] = &buyers[..] else {
        panic!("expected two buyers")
    };
    let id = open_project(&pool, &seller, HOUR).await;
    place(&pool, undoes, id, 90_000).await.unwrap();
    let mistake = place(&pool, undoes, id, 60_000).await.unwrap();
    for n in 0..bid::HISTORY_LIMIT {
        place(&pool, many, id, 80_000 - n).await.unwrap();
    }
    let db = &mut *pool.acquire().await.unwrap();
    let project = project::find(db, id).await.unwrap();
    let history = bid::history(db, &project).await.unwrap();
    let undoable = bids_of(&pool, undoes, id).await.undoable;
    assert_eq!(undoable.map(|undoable| undoable.bid), Some(mistake.id));
    undo(&pool, undoes, id, mistake.id).await.unwrap();
    // When the history was read, the bid was live.
    let then = bid::own_bids_at_snapshot(db, undoes, &project, &history)
        .await
        .unwrap();
    assert_eq!(then.live.map(|own| own.id), Some(mistake.id));
    assert_eq!(then.last, Some(eur(60_000)));
    assert_eq!(then.undoable, None, "it has been undone since");
    let now = bids_of(&pool, undoes, id).await;
    assert_eq!(now.live.map(|own| own.amount), Some(eur(90_000)));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_one_of_two_concurrent_undos_takes_effect(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let pool = pool(options, 8).await;
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 1).await);
    for _ in 0..10 {
        let id = open_project(&pool, &seller, HOUR).await;
        place(&pool, &buyers[0], id, 90_000).await.unwrap();
        let mistake = place(&pool, &buyers[0], id, 7_000).await.unwrap();
        let (one, two) = tokio::join!(
            undo(&pool, &buyers[0], id, mistake.id),
            undo(&pool, &buyers[0], id, mistake.id)
        );
        let lost = match (one, two) {
            (Ok(_), lost) | (lost, Ok(_)) => lost,
            neither => panic!("{neither:?}"),
        };
        assert_refused(lost, UndoRefusal::NotActive);
        assert_eq!(
            stored_totals(&pool, id).await,
            ("open".to_owned(), Some(90_000), 1)
        );
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_concurrent_undo_and_lower_bid_leave_one_live_bid(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let pool = pool(options, 8).await;
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 1).await);
    for n in 0..20 {
        let id = open_project(&pool, &seller, HOUR).await;
        place(&pool, &buyers[0], id, 90_000).await.unwrap();
        let mistake = place(&pool, &buyers[0], id, 7_000).await.unwrap();
        // In even rounds lower than the undone bid, in odd rounds lower only than the bid before it.
        let lower = if n % 2 == 0 { 6_000 } else { 80_000 };
        let (undone, placed) = tokio::join!(
            undo(&pool, &buyers[0], id, mistake.id),
            place(&pool, &buyers[0], id, lower)
        );
        let lowest = match (undone, placed) {
            (Ok(_), Ok(_)) => lower,
            (Ok(_), Err(error)) => {
                assert!(matches!(error.refused(), Some(Refusal::NotLower { .. })));
                90_000
            }
            (undone, Ok(_)) => {
                assert_refused(undone, UndoRefusal::NotActive);
                lower
            }
            neither => panic!("{neither:?}"),
        };
        assert_eq!(
            stored_totals(&pool, id).await,
            ("open".to_owned(), Some(lowest), 1)
        );
        let live: Vec<i64> = sqlx::query_scalar(
            "select amount_minor from bid where project_id = $1 and state = 'live'",
        )
        .bind(id.0)
        .fetch_all(&pool)
        .await
        .unwrap();
        assert_eq!(live, [lowest]);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_undo_that_waits_into_the_last_five_minutes_is_refused(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let pool = pool(options, 8).await;
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 1).await);
    let id = open_project(&pool, &seller, HOUR).await;
    let mistake = place(&pool, &buyers[0], id, 7_000).await.unwrap();
    sqlx::query("update project set deadline = clock_timestamp() + interval '5 minutes 3 seconds'")
        .execute(&pool)
        .await
        .unwrap();
    let holder = hold(&pool, id).await;
    let undoing = tokio::spawn({
        let (pool, buyer) = (pool.clone(), buyers[0].clone());
        async move { undo(&pool, &buyer, id, mistake.id).await }
    });
    lock_waiters(&pool, 1).await;
    while !sqlx::query_scalar::<_, bool>(
        "select clock_timestamp() >= deadline - interval '5 minutes' from project",
    )
    .fetch_one(&pool)
    .await
    .unwrap()
    {
        sleep(Duration::from_millis(5)).await;
    }
    holder.rollback().await.unwrap();
    let undone = undoing.await.unwrap();
    assert_refused(undone, UndoRefusal::NearDeadline);
    assert_eq!(
        stored_totals(&pool, id).await,
        ("open".to_owned(), Some(7_000), 1)
    );
}
