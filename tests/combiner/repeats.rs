//! Requests sent twice: forms, and calls with an idempotency key.

use crate::{
    HOUR, lock_project,
    support::{buyers, eur, open_project, seller},
    totals,
};
use guildhall::{
    Result,
    account::Viewer,
    bid::{self, Combiner, Outcome},
    receipt::{Conflict, Mark},
    store::MIGRATIONS,
};
use sqlx::PgPool;
use uuid::Uuid;

fn form(buyer: &Viewer, key: u128, content: &str) -> Option<Mark> {
    Some(Mark::form(buyer.account, Uuid::from_u128(key), "bid", content).unwrap())
}

fn call(buyer: &Viewer, key: &str, body: &str) -> Option<Mark> {
    let mark = Mark::call(buyer.account, key, "POST", &[b"/bid", body.as_bytes()]).unwrap();
    Some(mark.with_reference(Some(Uuid::from_u128(body.parse().unwrap()))))
}

fn text(outcome: Result<Outcome>) -> String {
    match outcome {
        Ok(Outcome::Placed(bid)) => format!("placed {}", bid.amount.minor()),
        Ok(Outcome::Repeated(receipt)) => {
            let outcome = match receipt.outcome {
                Ok(bid) => format!("placed {}", bid.amount.minor()),
                Err(denial) => guildhall::Error::from(denial).to_string(),
            };
            match receipt.reference {
                Some(reference) => format!("{} again: {outcome}", reference.as_u128()),
                None => format!("again: {outcome}"),
            }
        }
        Ok(Outcome::Conflict(Conflict::OtherRequest)) => "another request".to_owned(),
        Ok(Outcome::Conflict(conflict)) => format!("{conflict:?}"),
        Err(error) => error.to_string(),
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_repeated_request_has_one_effect_within_a_transaction_and_after_it(pool: PgPool) {
    let (seller, buyers) = (seller(&pool).await, buyers(&pool, 2).await);
    let id = open_project(&pool, &seller, HOUR).await;
    let (bea, otto) = (&buyers[0], &buyers[1]);
    let sent = || {
        [
            (bea, 90_000, form(bea, 1, "90000")),
            (bea, 90_000, form(bea, 1, "90000")),
            // The same form, changed after going back, is a different one; a refused form is processed again.
            (bea, 95_000, form(bea, 1, "95000")),
            (bea, 95_000, form(bea, 1, "95000")),
            // Another account's form is a different one, whatever its key.
            (otto, 85_000, form(otto, 1, "90000")),
            (otto, 80_000, call(otto, "k", "80000")),
            (otto, 80_000, call(otto, "k", "80000")),
            (otto, 70_000, call(otto, "k", "70000")),
            (otto, 80_000, call(otto, "l", "80000")),
            (otto, 80_000, call(otto, "l", "80000")),
            (bea, 60_000, call(bea, "k", "80000")),
        ]
    };
    // The project is locked, so that all requests share one transaction.
    let held = lock_project(&pool, id).await;
    let ask = async |combiner: &Combiner| {
        let mut waiting = Vec::new();
        for (buyer, minor, mark) in sent() {
            let (combiner, buyer) = (combiner.clone(), buyer.clone());
            waiting.push(tokio::spawn(async move {
                text(bid::place(&combiner, &buyer, id, eur(minor), mark).await)
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
    let lower_again = "80000 again: You have bid €800.00; a new bid must be lower.";
    assert_eq!(
        answers,
        [
            "placed 90000",
            "again: placed 90000",
            lower,
            lower,
            "placed 85000",
            "placed 80000",
            "80000 again: placed 80000",
            "another request",
            "You have bid €800.00; a new bid must be lower.",
            lower_again,
            "placed 60000",
        ]
    );
    assert_eq!(totals(&pool, id).await, (4, 2, Some(60_000)));

    // After the deadline, and on another server, the stored outcomes are repeated.
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
    let late = "The deadline has passed; bids are no longer accepted.";
    assert_eq!(
        again,
        [
            "again: placed 90000",
            "again: placed 90000",
            late,
            late,
            "again: placed 85000",
            "80000 again: placed 80000",
            "80000 again: placed 80000",
            "another request",
            lower_again,
            lower_again,
            "80000 again: placed 60000",
        ]
    );
    assert_eq!(totals(&pool, id).await, (4, 2, Some(60_000)));
}
