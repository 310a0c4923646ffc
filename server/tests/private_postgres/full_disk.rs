//! The disk of the private PostgreSQL is filled to the last byte and then freed.

use crate::{
    BOUND, client, database,
    program::Server,
    readiness, reqwest_client,
    small_disk::SmallDisk,
    support::{Client, site},
    wait_for_readiness,
};
use serde_json::json;
use sqlx::PgPool;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::{sleep, timeout};

const FLAGS: [&str; 4] = [
    "--disk-watermark-mb=64",
    "--disk-reserve-mb=24",
    "--api-rate-limit=0",
    "--database-connections=8",
];

/// Bids through the API, each a cent lower than the one before.
struct Bidder {
    http: reqwest::Client,
    url: String,
    token: String,
    next_cents: i64,
    /// The amounts answered with 201.
    accepted: Vec<i64>,
}

impl Bidder {
    /// Bids; returns the status, or `None` if the server did not answer at all.
    async fn bid(&mut self) -> Option<u16> {
        self.next_cents -= 1;
        let cents = self.next_cents;
        let amount = format!("{}.{:02}", cents / 100, cents % 100);
        let body: serde_json::Value =
            serde_json::from_str(&format!("{{\"amount\": {amount}}}")).unwrap();
        let sent = self
            .http
            .post(&self.url)
            .bearer_auth(&self.token)
            .json(&body)
            .timeout(Duration::from_secs(30))
            .send()
            .await;
        let status = sent.ok()?.status().as_u16();
        if status == 201 {
            self.accepted.push(cents);
        }
        Some(status)
    }

    /// Keeps bidding until a bid is accepted after `has_recovered` has become true.
    async fn bid_until(mut self, has_recovered: Arc<AtomicBool>) -> Self {
        loop {
            let had_recovered = has_recovered.load(Ordering::SeqCst);
            if self.bid().await == Some(201) && had_recovered {
                return self;
            }
            sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn publish(server: &Server, token: &str) -> u16 {
    let body = json!({
        "name": "One more", "summary": "s", "description": "d", "budget": 10,
        "deadline": 4_000_000_000_i64,
    });
    let sent = reqwest_client()
        .post(format!("{}/api/v1/projects", server.url))
        .bearer_auth(token)
        .json(&body)
        .send();
    let answer = sent.await.unwrap();
    if answer.status().as_u16() == 503 {
        assert!(answer.headers().contains_key("retry-after"));
        let problem: serde_json::Value = answer.json().await.unwrap();
        let kind = problem["type"].as_str().unwrap();
        assert!(kind.ends_with("/no-space"), "{kind}");
        return 503;
    }
    answer.status().as_u16()
}

/// Asserts that every accepted bid is stored.
async fn accepted_bids_are_stored(data: &Path, accepted: &[i64]) {
    let stored: Vec<i64> = sqlx::query_scalar("select amount_minor from bid order by id")
        .fetch_all(&database(data))
        .await
        .unwrap();
    let missing: Vec<_> = accepted
        .iter()
        .filter(|cents| !stored.contains(cents))
        .collect();
    assert!(
        missing.is_empty(),
        "{missing:?} were accepted but are missing"
    );
}

/// Writes nothing but write-ahead log until PostgreSQL runs out of space and panics.
async fn exhaust(pool: &PgPool) {
    let grow = "select pg_logical_emit_message(false, 'filler', repeat('x', 1000000)) from generate_series(1, 20)";
    let fails = async { while sqlx::query(grow).execute(pool).await.is_ok() {} };
    timeout(BOUND, fails).await.expect("the disk is full");
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_are_refused_first_bids_last_and_a_panic_loses_no_accepted_bid() {
    let disk = SmallDisk::new(240);
    let data = disk.path().join("data");
    let server = Server::start_private(&data, &FLAGS).await;
    let pool = database(&data);
    let behind = site(&pool, &[]);
    let mut seller = Client::member(&behind, "seller", "sam@example.com").await;
    let project = seller.publish(&pool, "On a small disk", 3600).await;
    let seller_account: i64 = sqlx::query_scalar("select id from account")
        .fetch_one(&pool)
        .await
        .unwrap();
    let seller_token = client::token(
        &pool,
        guildhall::account::AccountId(seller_account),
        &client::ALL,
    )
    .await;
    let buyer = client::account(&pool, "buyer", "bea@example.com").await;
    let mut bidder = Bidder {
        http: reqwest_client(),
        url: format!("{}/api/v1{project}/bid", server.url),
        token: client::token(&pool, buyer, &client::ALL).await,
        next_cents: 100_000,
        accepted: Vec::new(),
    };
    assert_eq!(bidder.bid().await, Some(201));
    let (status, text) = readiness(&server).await;
    assert!(status == 200 && text.contains("disk: ok, "), "{text}");

    disk.fill(50);
    wait_for_readiness(&server, "a low disk", |status, text| {
        status == 200 && text.contains("disk: low, ")
    })
    .await;
    assert_eq!(publish(&server, &seller_token).await, 503);
    assert_eq!(bidder.bid().await, Some(201));

    disk.fill(1);
    wait_for_readiness(&server, "a critical disk", |_, text| {
        text.contains("disk: critical, ")
    })
    .await;
    assert_eq!(bidder.bid().await, Some(503));
    // The reserve was released, so PostgreSQL itself continues.
    assert_eq!(
        bidder.http.get(&server.url).send().await.unwrap().status(),
        200
    );

    disk.free_up();
    wait_for_readiness(&server, "a disk with space", |status, text| {
        status == 200 && text.contains("disk: ok, ")
    })
    .await;
    // Fill the disk completely while bids arrive, then free everything at once.
    let accepted_before = bidder.accepted.len();
    let has_recovered = Arc::new(AtomicBool::new(false));
    let bidding = tokio::spawn(bidder.bid_until(has_recovered.clone()));
    // A crash may free enough space for a start, so keep filling the disk until none is left.
    let stays_full = async {
        loop {
            disk.fill(0);
            exhaust(&pool).await;
            sleep(Duration::from_millis(20)).await;
        }
    };
    let assert_reason = wait_for_readiness(
        &server,
        "a PostgreSQL that reports why it is down",
        |status, text| status == 503 && text.contains("postgres: its disk is full"),
    );
    tokio::select! {
        () = stays_full => {}
        () = assert_reason => {}
    }
    disk.free_up();
    wait_for_readiness(
        &server,
        "a server that has recovered by itself",
        |status, text| status == 200 && text.contains("disk: ok, "),
    )
    .await;
    has_recovered.store(true, Ordering::SeqCst);
    let bidding = timeout(BOUND, bidding).await;
    let bidder = bidding.expect("another accepted bid").unwrap();
    assert!(bidder.accepted.len() > accepted_before);
    assert_eq!(
        publish(&server, &seller_token).await,
        422,
        "the deadline is too far ahead"
    );
    accepted_bids_are_stored(&data, &bidder.accepted).await;
    let log = server.log.lock().unwrap().clone();
    for said in [
        "the disk is low",
        "the disk is nearly full",
        "the disk is full and PostgreSQL is down",
        "PostgreSQL is running again",
        "the disk has space again",
    ] {
        assert!(log.contains(said), "{said}: {log}");
    }
    // Each change is logged once, rather than every reading.
    assert!(log.matches("the disk is").count() < 10, "{log}");
}
