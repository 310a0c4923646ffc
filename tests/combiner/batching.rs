//! Bids that are decided together.

use crate::{
    HOUR, bid, lock_project,
    support::{
        account, buyers, close_due, deadline_reached, eur, events, open_project, place, pool,
        seller, stored_totals, winner,
    },
    totals,
};
use guildhall::{Error, bid::Combiner, project::ProjectId, store::MIGRATIONS};
use sqlx::{PgPool, postgres::PgConnectOptions};
use std::collections::HashSet;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_accepted_bid_is_stored_once_and_no_refused_bid_is_stored(
    _: sqlx::postgres::PgPoolOptions,
    connect: PgConnectOptions,
) {
    let pool = pool(connect, 20).await;
    let seller = seller(&pool).await;
    let buyers = buyers(&pool, 12).await;
    let id = open_project(&pool, &seller, HOUR).await;
    // Two servers with a combiner each, and one buyer whose bids each go through a combiner of their own.
    let servers = [Combiner::new(pool.clone()), Combiner::new(pool.clone())];
    let mut sent = Vec::new();
    for round in 0..40_i64 {
        for (n, buyer) in buyers.iter().enumerate() {
            let amount = eur(99_000 - round * 100 - i64::try_from(n).unwrap());
            let (server, buyer, pool) = (
                servers[(n + round as usize) % 2].clone(),
                buyer.clone(),
                pool.clone(),
            );
            sent.push(tokio::spawn(async move {
                let answer = match n {
                    0 => place(&pool, &buyer, id, amount.minor()).await,
                    _ => bid(&server, &buyer, id, amount.minor()).await,
                };
                (buyer.account.0, amount.minor(), answer)
            }));
        }
    }
    let (mut accepted, mut refused) = (HashSet::new(), 0);
    for one in sent {
        match one.await.unwrap() {
            (buyer, minor, Ok(bid)) => {
                assert_eq!(bid.amount.minor(), minor);
                assert!(
                    accepted.insert((bid.id.0, buyer, minor)),
                    "an id was assigned twice"
                );
            }
            (_, _, Err(ref error))
                if matches!(error.refused(), Some(bid::Refusal::NotLower { .. })) =>
            {
                refused += 1
            }
            (_, _, other) => panic!("{other:?}"),
        }
    }
    let stored: HashSet<(i64, i64, i64)> =
        sqlx::query_as("select id, buyer_id, amount_minor from bid where project_id = $1")
            .bind(id.0)
            .fetch_all(&pool)
            .await
            .unwrap()
            .into_iter()
            .collect();
    assert_eq!(stored, accepted);
    assert_eq!(accepted.len() + refused, 480);
    let (all, live, lowest) = totals(&pool, id).await;
    assert_eq!(live, 12);
    assert_eq!(
        stored_totals(&pool, id).await,
        ("open".to_owned(), lowest, 12)
    );
    let event_count = events(&pool, id)
        .await
        .into_iter()
        .filter(|kind| kind == "bid.placed")
        .count();
    assert_eq!(event_count as i64, all);
    // Each buyer's bids decrease in order of acceptance, and each bidder has one number.
    let rising: i64 = sqlx::query_scalar(
        "select count(*) from (select amount_minor - lag(amount_minor) over (partition by buyer_id order by id) as step from bid) b where step >= 0",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    let numbers: i64 =
        sqlx::query_scalar("select count(distinct (buyer_id, bidder_number)) from bid")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!((rising, numbers), (0, 12));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn each_bid_is_answered_as_if_it_were_alone(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 3).await);
    let id = open_project(&pool, &seller, HOUR).await;
    let other = account(&pool, guildhall::account::Role::Seller, "Other Seller").await;
    // The project is locked, so that all bids share one transaction.
    let held = lock_project(&pool, id).await;
    let combiner = Combiner::new(pool.clone());
    let requests = [
        (buyers[0].clone(), 90_000),
        (buyers[0].clone(), 90_000),
        (buyers[1].clone(), 100_001),
        (other, 500),
        (buyers[1].clone(), 80_000),
        (buyers[0].clone(), 70_000),
        (buyers[2].clone(), 70_000),
    ];
    let mut waiting = Vec::new();
    for (viewer, minor) in requests {
        let combiner = combiner.clone();
        waiting.push(tokio::spawn(async move {
            bid(&combiner, &viewer, id, minor).await
        }));
        tokio::task::yield_now().await;
    }
    held.rollback().await.unwrap();
    let mut answers = Vec::new();
    for one in waiting {
        answers.push(match one.await.unwrap() {
            Ok(bid) => format!("{} {}", bid.amount.minor(), bid.leads),
            Err(error) => error.to_string(),
        });
    }
    assert_eq!(
        answers,
        [
            "90000 true",
            "You have bid €900.00; a new bid must be lower.",
            "Your bid is over the €1,000.00 budget.",
            "Your account doesn't have permission to do this.",
            "80000 true",
            "70000 true",
            "70000 false",
        ]
    );
    assert_eq!(totals(&pool, id).await, (4, 3, Some(70_000)));
    assert_eq!(
        stored_totals(&pool, id).await,
        ("open".to_owned(), Some(70_000), 3)
    );
    assert!(matches!(
        bid(&combiner, &buyers[0], ProjectId(id.0 + 99), 5).await,
        Err(Error::NotFound)
    ));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn no_bid_is_accepted_at_or_after_the_deadline_and_the_lowest_wins(
    _: sqlx::postgres::PgPoolOptions,
    connect: PgConnectOptions,
) {
    let pool = pool(connect, 20).await;
    let seller = seller(&pool).await;
    let buyers = buyers(&pool, 8).await;
    let id = open_project(&pool, &seller, HOUR).await;
    let combiner = Combiner::new(pool.clone());
    // Every buyer bids lower and lower until a bid is refused as too late.
    let bidding: Vec<_> = buyers
        .iter()
        .cloned()
        .map(|buyer| {
            let combiner = combiner.clone();
            tokio::spawn(async move {
                let mut minor = 100_000;
                loop {
                    minor -= 1;
                    match bid(&combiner, &buyer, id, minor).await {
                        Ok(_) => {}
                        Err(ref error)
                            if matches!(error.refused(), Some(bid::Refusal::DeadlinePassed)) =>
                        {
                            return minor + 1;
                        }
                        Err(other) => panic!("{other}"),
                    }
                }
            })
        })
        .collect();
    while totals(&pool, id).await.1 < 8 {}
    sqlx::query("update project set deadline = clock_timestamp() + interval '100 milliseconds'")
        .execute(&pool)
        .await
        .unwrap();
    let mut last = Vec::new();
    for one in bidding {
        last.push(one.await.unwrap());
    }
    deadline_reached(&pool, id).await;
    close_due(&pool).await;
    let late: i64 = sqlx::query_scalar("select count(*) from bid b join project p on p.id = b.project_id where b.accepted_at >= p.deadline")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(late, 0);
    assert_eq!(
        winner(&pool, id).await.unwrap().1,
        *last.iter().min().unwrap()
    );
    let (_, live, lowest) = totals(&pool, id).await;
    assert_eq!((live, lowest), (8, last.iter().min().copied()));
}
