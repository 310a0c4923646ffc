//! The consumer that verifies awards.

use crate::{
    fixture::next,
    support::{Client, site},
};
use guildhall::{event::consumer, store::MIGRATIONS};
use server::worker::{self, AwardCheck, Runner, TurnResult};
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_wrong_award_stops_the_check_until_it_is_fixed(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut runner = Runner::new(&pool, &AwardCheck);
    assert_eq!(runner.turn().await.unwrap(), TurnResult::Idle);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyers = [
        Client::member(&site, "buyer", "bea@example.com").await,
        Client::member(&site, "buyer", "bob@example.com").await,
    ];
    for name in ["Right", "Wrong", "Without a bid"] {
        let path = seller.publish(&pool, name, 3600).await;
        if name != "Without a bid" {
            buyers[0].bid(&path, "700").await.is(303);
            buyers[1].bid(&path, "600").await.is(303);
        }
    }
    sqlx::query("update project set deadline = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    worker::pass(&pool).await.unwrap();
    let award = async |amount_minor: i64| {
        sqlx::query(
            "update award a set bid_id = b.id from bid b join project p on p.id = b.project_id
             where p.name = 'Wrong' and a.project_id = p.id and b.amount_minor = $1",
        )
        .bind(amount_minor)
        .execute(&pool)
        .await
        .unwrap();
    };
    award(70_000).await;
    assert_eq!(next(&mut runner).await, TurnResult::Split);
    let mut turns = Vec::new();
    while turns.last() != Some(&TurnResult::Failed) {
        turns.push(next(&mut runner).await);
    }
    let db = &mut *pool.acquire().await.unwrap();
    let failure = consumer::checkpoints(db, Some("award-check"))
        .await
        .unwrap()
        .remove(0)
        .failure
        .unwrap();
    assert!(
        failure
            .error
            .contains("the award is not the lowest live bid"),
        "{failure:?}"
    );
    award(60_000).await;
    assert!(consumer::retry(db, "award-check").await.unwrap());
    while turns
        .iter()
        .filter(|turn| **turn == TurnResult::Handled(1))
        .count()
        < 3
    {
        turns.push(next(&mut runner).await);
    }
    assert_eq!(runner.turn().await.unwrap(), TurnResult::Idle);
}
