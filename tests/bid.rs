//! Placing, lowering and withdrawing bids on a real PostgreSQL.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::{
    Error,
    account::Viewer,
    bid::{self, HISTORY_LIMIT, Standing, State},
    money::Money,
    project,
    store::{self, Connection, MIGRATIONS},
};
use sqlx::PgPool;
use std::time::Duration;
use support::{
    buyers, close_due, eur, events, hold, let_deadline_come, open_project, place, seller,
    stored_totals, withdraw,
};

const HOUR: Duration = Duration::from_secs(3600);

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_lower_bid_replaces_the_buyers_own_and_the_history_is_kept(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 2).await);
    let id = open_project(&pool, &seller, HOUR).await;
    assert!(place(&pool, &buyers[0], id, 90_000).await.unwrap().leads);
    assert!(!place(&pool, &buyers[1], id, 95_000).await.unwrap().leads);
    assert!(place(&pool, &buyers[1], id, 80_000).await.unwrap().leads);

    assert_eq!(
        stored_totals(&pool, id).await,
        ("open".to_owned(), Some(80_000), 2)
    );
    let db = &mut pool.acquire().await.unwrap();
    let project = project::find(db, id).await.unwrap();
    let history = bid::history(db, &project).await.unwrap();
    let for_buyer = history.for_viewer(Some(&buyers[0]));
    let states: Vec<_> = for_buyer
        .iter()
        .map(|bid| (bid.bidder_number, bid.amount.minor(), bid.state, bid.is_own))
        .collect();
    assert_eq!(
        states,
        [
            (2, 80_000, State::Live, false),
            (2, 95_000, State::Replaced, false),
            (1, 90_000, State::Live, true)
        ]
    );
    assert!(
        for_buyer.iter().all(|bid| bid.bidder_name.is_none()),
        "a buyer sees pseudonyms"
    );
    let for_seller = bid::history_with_names(db, &seller, &history)
        .await
        .unwrap();
    let names: Vec<_> = for_seller
        .iter()
        .filter_map(|bid| bid.bidder_name.as_deref())
        .collect();
    assert_eq!(names, ["Buyer 1", "Buyer 1", "Buyer 0"]);
    let for_buyer = bid::history_with_names(db, &buyers[0], &history).await;
    assert!(matches!(for_buyer, Err(Error::NotAllowed)));
    assert_eq!(
        events(&pool, id).await,
        [
            "project.published",
            "bid.placed",
            "bid.placed",
            "bid.placed"
        ]
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_refused_bid_leaves_nothing_behind(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 2).await);
    let id = open_project(&pool, &seller, HOUR).await;
    place(&pool, &buyers[0], id, 50_000).await.unwrap();
    let before = (stored_totals(&pool, id).await, events(&pool, id).await);

    assert!(matches!(
        place(&pool, &buyers[1], id, 100_001).await,
        Err(ref error) if matches!(error.refused(), Some(bid::Refusal::AboveBudget { .. }))
    ));
    // For a buyer who has already bid, the limit is the buyer's own bid.
    assert!(matches!(
        place(&pool, &buyers[0], id, 100_001).await,
        Err(ref error) if matches!(error.refused(), Some(bid::Refusal::NotLower { .. }))
    ));
    assert!(matches!(
        place(&pool, &buyers[0], id, 50_000).await,
        Err(ref error) if matches!(error.refused(), Some(bid::Refusal::NotLower { .. }))
    ));
    assert!(matches!(
        place(&pool, &buyers[0], id, 60_000).await,
        Err(ref error) if matches!(error.refused(), Some(bid::Refusal::NotLower { .. }))
    ));
    assert!(
        matches!(
            place(&pool, &seller, id, 40_000).await,
            Err(Error::NotAllowed)
        ),
        "a seller never bids"
    );
    assert!(matches!(
        place(&pool, &buyers[0], project::ProjectId(id.0 + 1), 40_000).await,
        Err(Error::NotFound)
    ));
    assert_eq!(
        (stored_totals(&pool, id).await, events(&pool, id).await),
        before
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_database_itself_refuses_a_sellers_bid(pool: PgPool) {
    let seller = seller(&pool).await;
    let id = open_project(&pool, &seller, HOUR).await;
    let inserted = sqlx::query("insert into bid (project_id, buyer_id, bidder_number, amount_minor, accepted_at, state) values ($1, $2, 1, 1, now(), 'live')")
        .bind(id.0)
        .bind(seller.account.0)
        .execute(&pool)
        .await;
    let error = inserted.unwrap_err();
    assert_eq!(
        error.as_database_error().and_then(|e| e.constraint()),
        Some("bid_buyer")
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_on_a_draft_gets_the_same_answer_as_on_a_missing_project(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 1).await);
    let mut tx = pool.begin().await.unwrap();
    let deadline = store::now(&mut tx).await.unwrap() + HOUR;
    let id = project::save_draft(&mut tx, &seller, &support::details(deadline))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(
        place(&pool, &buyers[0], id, 1).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        project::find(&mut pool.acquire().await.unwrap(), id).await,
        Err(Error::NotFound)
    ));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn withdrawing_the_leading_bid_restores_the_previous_leader_and_keeps_the_pseudonym(
    pool: PgPool,
) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 2).await);
    let id = open_project(&pool, &seller, HOUR).await;
    place(&pool, &buyers[0], id, 90_000).await.unwrap();
    place(&pool, &buyers[1], id, 10_000).await.unwrap();
    withdraw(&pool, &buyers[1], id).await.unwrap();
    assert_eq!(
        stored_totals(&pool, id).await,
        ("open".to_owned(), Some(90_000), 1)
    );
    assert!(matches!(
        withdraw(&pool, &buyers[1], id).await,
        Err(ref error) if matches!(error.refused(), Some(bid::Refusal::NoBid))
    ));

    // A withdrawn bid binds: nobody may scare others off with a low bid and return with a higher one.
    assert!(matches!(
        place(&pool, &buyers[1], id, 70_000).await,
        Err(ref error) if matches!(error.refused(), Some(bid::Refusal::NotLower { .. }))
    ));
    place(&pool, &buyers[1], id, 9_000).await.unwrap();
    assert_eq!(
        stored_totals(&pool, id).await,
        ("open".to_owned(), Some(9_000), 2)
    );
    let db = &mut pool.acquire().await.unwrap();
    let project = project::find(db, id).await.unwrap();
    assert_eq!(
        bid::own(db, &buyers[1], &project)
            .await
            .unwrap()
            .map(|own| (own.bidder_number, own.leads)),
        Some((2, true))
    );
    withdraw(&pool, &buyers[0], id).await.unwrap();
    withdraw(&pool, &buyers[1], id).await.unwrap();
    assert_eq!(stored_totals(&pool, id).await, ("open".to_owned(), None, 0));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_project_and_its_history_are_one_snapshot(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 2).await);
    let id = open_project(&pool, &seller, HOUR).await;
    place(&pool, &buyers[0], id, 90_000).await.unwrap();
    let db = &mut pool.acquire().await.unwrap();
    let mut tx = store::snapshot(db).await.unwrap();
    let project = project::find(&mut tx, id).await.unwrap();
    place(&pool, &buyers[1], id, 80_000).await.unwrap();
    let history = bid::history(&mut tx, &project).await.unwrap();
    let own = bid::own_bids_at_snapshot(&mut tx, &buyers[0], &project, &history).await;
    tx.commit().await.unwrap();
    assert_eq!((project.bid_count, history.len()), (1, 1));
    assert_eq!(project.lowest, Some(eur(90_000)));
    assert!(own.unwrap().live.is_some_and(|own| own.leads));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_viewers_bid_matches_the_history_however_old_it_is(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 6).await);
    let [leads, lowers, leaves, left, many, never] = &buyers[..] else {
        panic!("expected six buyers")
    };
    let id = open_project(&pool, &seller, HOUR).await;
    for (buyer, minor) in [
        (leads, 10_000),
        (lowers, 90_000),
        (leaves, 95_000),
        (left, 96_000),
        (many, 99_999),
    ] {
        place(&pool, buyer, id, minor).await.unwrap();
    }
    withdraw(&pool, left, id).await.unwrap();
    for n in 1..HISTORY_LIMIT {
        place(&pool, many, id, 99_000 - n).await.unwrap();
    }
    // This bid is as low as the leading one, but later.
    place(&pool, many, id, 10_000).await.unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    let project = project::find(db, id).await.unwrap();
    let history = bid::history(db, &project).await.unwrap();
    let states = async |db: &mut Connection, buyer: &Viewer| {
        let own = bid::own_bids_at_snapshot(db, buyer, &project, &history)
            .await
            .unwrap();
        let live = own.live.map(|own| (own.amount.minor(), own.leads));
        (live, own.last.map(Money::minor))
    };
    // In the first round, nothing has changed since the history was read. Buyers act after the first and the second
    // round.
    for round in 0..3 {
        assert_eq!(
            states(db, leads).await,
            (Some((10_000, true)), Some(10_000)),
            "{round}"
        );
        assert_eq!(
            states(db, lowers).await,
            (Some((90_000, false)), Some(90_000)),
            "{round}"
        );
        assert_eq!(
            states(db, leaves).await,
            (Some((95_000, false)), Some(95_000)),
            "{round}"
        );
        assert_eq!(states(db, left).await, (None, Some(96_000)), "{round}");
        assert_eq!(
            states(db, many).await,
            (Some((10_000, false)), Some(10_000)),
            "{round}"
        );
        assert_eq!(states(db, never).await, (None, None), "{round}");
        match round {
            0 => {
                place(&pool, lowers, id, 5_000).await.unwrap();
                withdraw(&pool, leaves, id).await.unwrap();
                place(&pool, never, id, 7_000).await.unwrap();
            }
            1 => {
                withdraw(&pool, lowers, id).await.unwrap();
                withdraw(&pool, leads, id).await.unwrap();
                withdraw(&pool, many, id).await.unwrap();
            }
            _ => {}
        }
    }
    // Bids that are listed but not live do not hide earlier ones.
    let project = project::find(db, id).await.unwrap();
    let history = bid::history(db, &project).await.unwrap();
    for buyer in [lowers, many] {
        let own = bid::own_bids_at_snapshot(db, buyer, &project, &history)
            .await
            .unwrap();
        assert!(own.live.is_none() && own.last.is_some(), "{own:?}");
    }
    let own = bid::own_bids_at_snapshot(db, never, &project, &history)
        .await
        .unwrap();
    assert!(own.live.is_some_and(|own| own.leads));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_buyers_dashboard_shows_each_bids_standing(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 2).await);
    let (won, lost) = (
        open_project(&pool, &seller, HOUR).await,
        open_project(&pool, &seller, HOUR).await,
    );
    let (leading, outbid, left) = (
        open_project(&pool, &seller, HOUR).await,
        open_project(&pool, &seller, HOUR).await,
        open_project(&pool, &seller, HOUR).await,
    );
    for (project, own, other) in [
        (won, 100, 200),
        (lost, 200, 200),
        (leading, 100, 200),
        (outbid, 300, 200),
        (left, 100, 200),
    ] {
        place(&pool, &buyers[1], project, other).await.unwrap();
        place(&pool, &buyers[0], project, own).await.unwrap();
    }
    withdraw(&pool, &buyers[0], left).await.unwrap();
    for ended in [won, lost] {
        let_deadline_come(&pool, ended).await;
    }
    assert_eq!(close_due(&pool).await, 2);

    let (standing_before, _) = bid::of_buyer(&mut pool.acquire().await.unwrap(), &buyers[0])
        .await
        .unwrap();
    let of = |id| {
        standing_before
            .iter()
            .find(|row| row.project == id)
            .unwrap()
    };
    assert_eq!(
        [won, lost, leading, outbid, left].map(|id| of(id).standing),
        [
            Standing::Won,
            Standing::Lost,
            Standing::Leading,
            Standing::Outbid,
            Standing::Withdrawn
        ]
    );
    assert_eq!(
        of(won).seller.as_ref().map(|contact| contact.name.as_str()),
        Some("Sam Seller")
    );
    assert!(
        standing_before
            .iter()
            .filter(|row| row.project != won)
            .all(|row| row.seller.is_none()),
        "only the winner sees the seller's contact"
    );
    assert_eq!(of(outbid).lowest, Some(eur(200)));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_late_bid_never_waits_for_the_row_lock(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 1).await);
    let id = open_project(&pool, &seller, HOUR).await;
    let_deadline_come(&pool, id).await;
    let _holder = hold(&pool, id).await;
    // If the bid took the row lock, it would wait forever, because the holder never releases it. Only a failing test
    // reaches the time limit.
    let answer =
        tokio::time::timeout(Duration::from_secs(20), place(&pool, &buyers[0], id, 1)).await;
    assert!(
        matches!(answer, Ok(Err(ref error)) if matches!(error.refused(), Some(bid::Refusal::DeadlinePassed))),
        "{answer:?}"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn no_index_covers_a_column_that_bids_change(pool: PgPool) {
    // With such an index, each bid would update every index of its project's row instead of none (HOT, PostgreSQL's
    // heap-only tuples).
    let indexes: Vec<String> = sqlx::query_scalar(
        "select indexdef from pg_indexes where tablename = 'project' and indexdef ~ 'lowest_minor|bid_count|bidder_count'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(indexes, Vec::<String>::new());
}
