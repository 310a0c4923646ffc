//! The running worker, next to another one and after downtime.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::store::MIGRATIONS;
use server::{
    config::WebhookConfig,
    worker::{self, WebhookClient},
};
use sqlx::PgPool;
use std::time::Duration;
use support::{Client, count, letters, site};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// A time limit that only a failing test reaches.
const BOUND: Duration = Duration::from_secs(30);

fn webhooks() -> WebhookClient {
    WebhookClient::new(&WebhookConfig::default(), "http://guildhall.example").unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn two_workers_handle_missed_and_new_deadlines_once(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let path = seller.publish(&pool, "Missed while away", 3600).await;
    buyer.bid(&path, "700").await.is(303);
    let empty = seller.publish(&pool, "Nobody bids on this", 3600).await;
    sqlx::query("update project set deadline = clock_timestamp() - interval '3 days'")
        .execute(&pool)
        .await
        .unwrap();

    let stop = CancellationToken::new();
    let running = [
        tokio::spawn(worker::run(
            pool.clone(),
            letters(&pool),
            webhooks(),
            stop.clone(),
        )),
        tokio::spawn(worker::run(
            pool.clone(),
            letters(&pool),
            webhooks(),
            stop.clone(),
        )),
    ];
    ended(&pool, 2).await;
    // Published while the workers sleep: they are notified or wake up by themselves.
    let late = seller.publish(&pool, "Opened while they run", 5).await;
    ended(&pool, 3).await;
    stop.cancel();
    for worker in running {
        timeout(BOUND, worker)
            .await
            .expect("the worker stops on request")
            .unwrap();
    }
    assert_eq!(count(&pool, "award").await, 1);
    assert_eq!(
        count(&pool, "outbox where kind = 'project.unawarded'").await,
        2
    );
    seller
        .get(&format!("{path}/result"))
        .await
        .is(200)
        .says("bea@example.com")
        .says("€700.00");
    buyer
        .get(&format!("{path}/result"))
        .await
        .is(200)
        .says("sam@example.com");
    let anonymous = Client::new(&site)
        .get(&format!("{path}/result"))
        .await
        .is(200)
        .says("Bidder 1");
    assert!(!anonymous.body.contains("bea@") && !anonymous.body.contains("sam@"));
    for path in [empty, late] {
        seller.get(&format!("{path}/result")).await.is(200);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_project_that_cannot_be_ended_blocks_no_other(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    for name in ["Broken by hand", "In good order"] {
        let path = seller.publish(&pool, name, 3600).await;
        buyer.bid(&path, "700").await.is(303);
    }
    // An award exists although the project is open: no use case does this, but a manual change might.
    sqlx::query("insert into award (project_id, bid_id) select project_id, min(id) from bid where project_id = (select min(id) from project) group by project_id")
        .execute(&pool)
        .await
        .unwrap();
    sqlx::query(
        "update project set deadline = clock_timestamp() - make_interval(days => 10 - id::int)",
    )
    .execute(&pool)
    .await
    .unwrap();
    worker::pass(&pool).await.unwrap();
    let states: Vec<String> = sqlx::query_scalar("select state from project order by id")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(states, ["open", "awarded"]);
}

async fn ended(pool: &PgPool, how_many: i64) {
    timeout(BOUND, async {
        while count(pool, "project where ended_at is not null").await < how_many {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("the projects end");
}
