//! What is sent again: forms, and requests with a key.

use crate::{
    HOUR, books, held,
    support::{buyers, eur, open_project, seller},
};
use guildhall::{
    Error, Result,
    account::Viewer,
    bid::{Combiner, Once, Outcome},
    idempotency::{self, Answer},
    store::MIGRATIONS,
    submission,
};
use sqlx::PgPool;

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
    let held = held(&pool, id).await;
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
