//! Bids that share transactions: the same answers, the same books, however many come and however many servers decide.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::{
    Error, Refusal, Result,
    account::Viewer,
    bid::{Bid, Combiner, Once, Outcome},
    idempotency::{self, Answer},
    project::ProjectId,
    store::MIGRATIONS,
    submission,
};
use sqlx::{PgPool, postgres::PgConnectOptions};
use std::{collections::HashSet, time::Duration};
use support::{
    account, buyers, close_due, deadline_reached, eur, events, folded, open_project, place, pool,
    seller, winner,
};

const HOUR: Duration = Duration::from_secs(3600);

/// A bid that is another one each time that it comes.
async fn bid(combiner: &Combiner, buyer: &Viewer, project: ProjectId, minor: i64) -> Result<Bid> {
    match combiner
        .place(buyer, project, eur(minor), Once::Never)
        .await?
    {
        Outcome::Placed(bid) => Ok(bid),
        other => panic!("{other:?}"),
    }
}

/// What is in the books of the project: how many bids, how many live ones, and the lowest of those.
async fn books(pool: &PgPool, project: ProjectId) -> (i64, i64, Option<i64>) {
    sqlx::query_as(
        "select count(*), count(*) filter (where state = 'live'), min(amount_minor) filter (where state = 'live')
         from bid where project_id = $1",
    )
    .bind(project.0)
    .fetch_one(pool)
    .await
    .unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_accepted_bid_is_stored_once_and_no_refused_one_is(
    _: sqlx::postgres::PgPoolOptions,
    connect: PgConnectOptions,
) {
    let pool = pool(connect, 20).await;
    let seller = seller(&pool).await;
    let buyers = buyers(&pool, 12).await;
    let id = open_project(&pool, &seller, HOUR).await;
    // Two servers, each with its own combiner, and some who bid by themselves.
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
                    "a number was given twice"
                );
            }
            (_, _, Err(Error::Refused(Refusal::NotLower { .. }))) => refused += 1,
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
    let (all, live, lowest) = books(&pool, id).await;
    assert_eq!(live, 12);
    assert_eq!(folded(&pool, id).await, ("open".to_owned(), lowest, 12));
    let told = events(&pool, id)
        .await
        .into_iter()
        .filter(|kind| kind == "bid.placed")
        .count();
    assert_eq!(told as i64, all);
    // Everybody's bids fall in the order in which they were accepted, and each bidder has one number.
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
async fn each_is_answered_as_if_it_were_alone(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 3).await);
    let id = open_project(&pool, &seller, HOUR).await;
    let other = account(&pool, guildhall::account::Role::Seller, "Other Seller").await;
    // The project is held, so all of them wait for the same transaction.
    let mut held = pool.begin().await.unwrap();
    sqlx::query("select id from project where id = $1 for update")
        .bind(id.0)
        .execute(&mut *held)
        .await
        .unwrap();
    let combiner = Combiner::new(pool.clone());
    let asked = [
        (buyers[0].clone(), 90_000),
        (buyers[0].clone(), 90_000),
        (buyers[1].clone(), 100_001),
        (other, 500),
        (buyers[1].clone(), 80_000),
        (buyers[0].clone(), 70_000),
        (buyers[2].clone(), 70_000),
    ];
    let mut waiting = Vec::new();
    for (viewer, minor) in asked {
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
            "The budget is €1,000.00; bid that or less.",
            "Your account may not do this.",
            "80000 true",
            "70000 true",
            "70000 false",
        ]
    );
    assert_eq!(books(&pool, id).await, (4, 3, Some(70_000)));
    assert_eq!(
        folded(&pool, id).await,
        ("open".to_owned(), Some(70_000), 3)
    );
    assert!(matches!(
        bid(&combiner, &buyers[0], ProjectId(id.0 + 99), 5).await,
        Err(Error::NotFound)
    ));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn none_is_accepted_at_or_after_the_deadline_and_the_lowest_wins(
    _: sqlx::postgres::PgPoolOptions,
    connect: PgConnectOptions,
) {
    let pool = pool(connect, 20).await;
    let seller = seller(&pool).await;
    let buyers = buyers(&pool, 8).await;
    let id = open_project(&pool, &seller, Duration::from_millis(400)).await;
    let combiner = Combiner::new(pool.clone());
    // Everybody bids ever lower until somebody is told that it is too late.
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
                        Err(Error::Refused(Refusal::DeadlinePassed)) => return minor + 1,
                        Err(other) => panic!("{other}"),
                    }
                }
            })
        })
        .collect();
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
    let (_, live, lowest) = books(&pool, id).await;
    assert_eq!((live, lowest), (8, last.iter().min().copied()));
}

fn form(key: u128, content: &str) -> Once {
    Once::Form {
        mark: submission::Mark::new(uuid::Uuid::from_u128(key), content),
        location: format!("/led/{content}"),
    }
}

fn keyed(buyer: &Viewer, key: &str, body: &str) -> Once {
    Once::Keyed {
        mark: idempotency::Mark::new(buyer.account, key, "POST", "/bid", body.as_bytes()).unwrap(),
        lay_out: Box::new(|bid| {
            let body = match bid {
                Ok(bid) => format!("bid {}", bid.id.0),
                Err(Error::Refused(refusal)) => refusal.to_string(),
                Err(error) => return Err(error),
            };
            Ok(Answer {
                status: if body.starts_with("bid") { 201 } else { 422 },
                headers: Vec::new(),
                body,
            })
        }),
    }
}

fn told(outcome: Result<Outcome>) -> String {
    match outcome {
        Ok(Outcome::Placed(bid)) => format!("placed {}", bid.amount.minor()),
        Ok(Outcome::Repeated { location }) => location,
        Ok(Outcome::Answered { answer, again }) => {
            format!("{} {} {again}", answer.status, &answer.body[..3])
        }
        Ok(Outcome::OtherRequest) => "another request".to_owned(),
        Ok(Outcome::StillRunning) => "still running".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_is_sent_again_has_one_effect_within_a_transaction_and_after_it(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 2).await);
    let id = open_project(&pool, &seller, HOUR).await;
    let (bea, otto) = (&buyers[0], &buyers[1]);
    let sent = || {
        [
            (bea, 90_000, form(1, "90000")),
            (bea, 90_000, form(1, "90000")),
            // The same form, changed after the Back button, is another one; one that was refused is read again.
            (bea, 95_000, form(1, "95000")),
            (bea, 95_000, form(1, "95000")),
            // Somebody else's form is another one, whatever its key.
            (otto, 85_000, form(1, "90000")),
            (otto, 80_000, keyed(otto, "k", "80000")),
            (otto, 80_000, keyed(otto, "k", "80000")),
            (otto, 70_000, keyed(otto, "k", "70000")),
            (otto, 80_000, keyed(otto, "l", "80000")),
            (otto, 80_000, keyed(otto, "l", "80000")),
            (bea, 60_000, keyed(bea, "k", "80000")),
        ]
    };
    // The project is held, so all of them wait for the same transaction.
    let mut held = pool.begin().await.unwrap();
    sqlx::query("select id from project where id = $1 for update")
        .bind(id.0)
        .execute(&mut *held)
        .await
        .unwrap();
    let ask = async |combiner: &Combiner| {
        let mut waiting = Vec::new();
        for (buyer, minor, once) in sent() {
            let (combiner, buyer) = (combiner.clone(), buyer.clone());
            waiting.push(tokio::spawn(async move {
                told(combiner.place(&buyer, id, eur(minor), once).await)
            }));
            tokio::task::yield_now().await;
        }
        waiting
    };
    let waiting = ask(&Combiner::new(pool.clone())).await;
    held.rollback().await.unwrap();
    let mut answers = Vec::new();
    for one in waiting {
        answers.push(one.await.unwrap());
    }
    let lower = "You have bid €900.00; a new bid must be lower.";
    assert_eq!(
        answers,
        [
            "placed 90000",
            "/led/90000",
            lower,
            lower,
            "placed 85000",
            "201 bid false",
            "201 bid true",
            "another request",
            "422 You false",
            "422 You true",
            "201 bid false",
        ]
    );
    assert_eq!(books(&pool, id).await, (4, 2, Some(60_000)));

    // After the deadline, and from another server, what was answered is answered so again.
    sqlx::query(
        "update project set deadline = published_at + interval '1 microsecond' where id = $1",
    )
    .bind(id.0)
    .execute(&pool)
    .await
    .unwrap();
    let mut again = Vec::new();
    for one in ask(&Combiner::new(pool.clone())).await {
        again.push(one.await.unwrap());
    }
    let late = "The deadline has passed; no bid is accepted any more.";
    assert_eq!(
        again,
        [
            "/led/90000",
            "/led/90000",
            late,
            late,
            "/led/90000",
            "201 bid true",
            "201 bid true",
            "another request",
            "422 You true",
            "422 You true",
            "201 bid true",
        ]
    );
    assert_eq!(books(&pool, id).await, (4, 2, Some(60_000)));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn bids_on_many_projects_leave_connections_to_others(
    _: sqlx::postgres::PgPoolOptions,
    connect: PgConnectOptions,
) {
    let pool = pool(connect, 4).await;
    let buyers = buyers(&pool, 1).await;
    // Whoever wants to look at a project waits, so no bid is decided.
    let mut held = pool.begin().await.unwrap();
    sqlx::raw_sql("lock table project")
        .execute(&mut *held)
        .await
        .unwrap();
    let combiner = Combiner::new(pool.clone());
    let sent: Vec<_> = (1..100)
        .map(|project| {
            let (combiner, buyer) = (combiner.clone(), buyers[0].clone());
            tokio::spawn(async move { bid(&combiner, &buyer, ProjectId(project), 1).await })
        })
        .collect();
    let waiting =
        "select count(*) from pg_locks where not granted and relation = 'project'::regclass";
    loop {
        // Two of the four connections wait with bids, one holds the table: this is the last.
        let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(&pool).await.unwrap();
        if waiting == 2 {
            break;
        }
    }
    held.rollback().await.unwrap();
    for one in sent {
        assert!(matches!(one.await.unwrap(), Err(Error::NotFound)));
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn when_too_many_wait_the_next_is_told_at_once(
    _: sqlx::postgres::PgPoolOptions,
    connect: PgConnectOptions,
) {
    let pool = pool(connect, 4).await;
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 1).await);
    let id = open_project(&pool, &seller, HOUR).await;
    let mut held = pool.begin().await.unwrap();
    sqlx::query("set local idle_in_transaction_session_timeout = 0")
        .execute(&mut *held)
        .await
        .unwrap();
    sqlx::query("select id from project where id = $1 for update")
        .bind(id.0)
        .execute(&mut *held)
        .await
        .unwrap();
    let combiner = Combiner::new(pool.clone());
    let sent: Vec<_> = (0..6_000)
        .map(|n| {
            let (combiner, buyer) = (combiner.clone(), buyers[0].clone());
            tokio::spawn(async move { bid(&combiner, &buyer, id, 100_000 - n).await })
        })
        .collect();
    // While the project is held nothing is decided, so whoever has an answer was turned away.
    while !sent.iter().any(tokio::task::JoinHandle::is_finished) {
        tokio::task::yield_now().await;
    }
    held.rollback().await.unwrap();
    let (mut accepted, mut turned_away) = (0, 0);
    for one in sent {
        match one.await.unwrap() {
            Ok(_) => accepted += 1,
            Err(Error::Busy { .. }) => turned_away += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(
        turned_away > 0 && accepted >= 5_000,
        "{accepted} {turned_away}"
    );
    let (all, live, lowest) = books(&pool, id).await;
    assert_eq!((all, live), (accepted, 1));
    assert_eq!(folded(&pool, id).await, ("open".to_owned(), lowest, 1));
}
