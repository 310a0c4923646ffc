//! Two things at the same moment.

use crate::{
    carry_out, let_week_pass, name_and_email, request,
    support::{
        buyers, close_due, deadline_reached, details, let_deadline_come, lock_waiters,
        open_project, place, pool as pool_of, seller, winner,
    },
};
use guildhall::{
    account::Role,
    award,
    erasure::{self, CarriedOut, Obligation, Refusal},
    project,
    store::{self, MIGRATIONS, Tx},
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

#[sqlx::test(migrator = "MIGRATIONS")]
async fn of_a_request_and_a_project_at_the_same_moment_the_later_one_is_refused(pool: PgPool) {
    let sam = seller(&pool).await;
    let mut publishing: Tx<'_> = pool.begin().await.unwrap();
    let deadline = store::now(&mut publishing).await.unwrap() + HOUR;
    project::publish(&mut publishing, &sam, None, &details(deadline))
        .await
        .unwrap();
    let later = tokio::spawn({
        let (pool, sam) = (pool.clone(), sam.clone());
        async move { request(&pool, &sam).await }
    });
    lock_waiters(&pool, 1).await;
    publishing.commit().await.unwrap();
    let error = later.await.unwrap().unwrap_err();
    assert_eq!(
        error.refused(),
        Some(&Refusal::Bound(Obligation::OpenProject))
    );

    let eve = crate::support::account(&pool, Role::Seller, "Eve Seller").await;
    let mut requesting: Tx<'_> = pool.begin().await.unwrap();
    erasure::request(&mut requesting, &eve).await.unwrap();
    let later = tokio::spawn({
        let (pool, eve) = (pool.clone(), eve.clone());
        async move {
            let mut tx: Tx<'_> = pool.begin().await.unwrap();
            project::publish(&mut tx, &eve, None, &details(deadline)).await
        }
    });
    lock_waiters(&pool, 1).await;
    requesting.commit().await.unwrap();
    let error = later.await.unwrap().unwrap_err();
    assert_eq!(error.refused(), Some(&Refusal::Scheduled));
}

/// A bid may slip in, because it does not lock its buyer's account; then the erasure waits for the project.
#[sqlx::test(migrator = "MIGRATIONS")]
async fn no_account_with_an_active_bid_is_erased_whatever_happens_at_once(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let pool = pool_of(options, 20).await;
    let (sam, everybody) = (seller(&pool).await, buyers(&pool, 12).await);
    let project = open_project(&pool, &sam, HOUR).await;
    let mut slipped_in = Vec::new();
    for (n, buyer) in (0_i64..).zip(&everybody) {
        let (requested, placed) = tokio::join!(
            request(&pool, buyer),
            place(&pool, buyer, project, 90_000 - n)
        );
        assert!(
            requested.is_ok() || placed.is_ok(),
            "one of them comes first"
        );
        let_week_pass(&pool, buyer).await;
        let outcome = carry_out(&pool, buyer).await.unwrap();
        let expected = match (&requested, &placed) {
            (Ok(_), Ok(_)) => {
                slipped_in.push(buyer);
                CarriedOut::Waits(Obligation::ActiveBid)
            }
            (Ok(_), Err(_)) => CarriedOut::Erased,
            (Err(_), _) => CarriedOut::NotDue,
        };
        assert_eq!(outcome, expected);
    }
    let_deadline_come(&pool, project).await;
    deadline_reached(&pool, project).await;
    close_due(&pool).await;
    let before = winner(&pool, project).await;
    for buyer in slipped_in {
        assert_eq!(carry_out(&pool, buyer).await.unwrap(), CarriedOut::Erased);
    }
    assert_eq!(winner(&pool, project).await, before);
    let db = &mut *pool.acquire().await.unwrap();
    award::check(db, &[project]).await.unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn two_requests_at_once_are_one(pool: PgPool) {
    let ada = &buyers(&pool, 1).await[0];
    let (first, second) = tokio::join!(request(&pool, ada), request(&pool, ada));
    assert_eq!(first.unwrap().due_at, second.unwrap().due_at);
    let letters: i64 =
        sqlx::query_scalar("select count(*) from account_mail where kind = 'erasure_scheduled'")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(letters, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn of_keeping_and_erasing_at_once_exactly_one_happens(pool: PgPool) {
    for ada in &buyers(&pool, 10).await {
        request(&pool, ada).await.unwrap();
        let_week_pass(&pool, ada).await;
        let keep = async {
            let mut tx: Tx<'_> = pool.begin().await.unwrap();
            let kept = erasure::stop(&mut tx, ada).await.unwrap();
            tx.commit().await.unwrap();
            kept
        };
        let (first, kept, second) =
            tokio::join!(carry_out(&pool, ada), keep, carry_out(&pool, ada));
        let erased = [first.unwrap(), second.unwrap()]
            .iter()
            .filter(|outcome| **outcome == CarriedOut::Erased)
            .count();
        assert_eq!((erased, kept), if kept { (0, true) } else { (1, false) });
        let is_former = name_and_email(&pool, ada).await.0 == "Former member";
        assert_eq!(is_former, !kept);
    }
}
