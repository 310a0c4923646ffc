//! What pages and the API refuse when the disk is low on space, and what they still accept.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "api/client.rs"]
mod client;
#[path = "support/small_disk.rs"]
mod small_disk;
mod support;

use clap::Parser;
use client::Program;
use guildhall::{
    disk::{Disk, DiskLimits, Level},
    store::MIGRATIONS,
};
use serde_json::json;
use server::{
    App,
    config::{Cli, Command},
    monitoring::disk::DiskWatch,
};
use small_disk::SmallDisk;
use sqlx::PgPool;
use std::time::Duration;
use support::{Answer, Client, PASSWORD, count, forgiving_router};
use tokio::time::{sleep, timeout};

const MB: u64 = 1024 * 1024;
const LIMITS: DiskLimits = DiskLimits {
    watermark_bytes: 24 * MB,
    reserve_bytes: 8 * MB,
};

async fn wait_for(disk: &Disk, level: Level) {
    timeout(Duration::from_secs(30), async {
        while disk.status().unwrap().level != level {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("the disk watch reports the level");
}

#[track_caller]
fn assert_refused(answer: Answer, what: &str) {
    let answer = answer.is(503);
    assert_eq!(
        answer.header("retry-after"),
        if what == "bids" { "10" } else { "60" }
    );
    answer
        .says("disk is nearly full")
        .says(&format!("so {what} can't be stored"));
}

/// Asserts that new accounts, projects, drafts, access tokens and apps are refused.
async fn everything_new_is_refused(seller: &mut Client, site: &axum::Router) {
    let mut stranger = Client::new(site);
    assert_refused(
        stranger.sign_up("buyer", "new@example.com").await,
        "new accounts",
    );
    for intent in ["publish", "draft"] {
        let key = seller.get("/projects/new").await.is(200).form_key();
        let fields = [
            ("form_key", key.as_str()),
            ("name", "Kept in the form"),
            ("summary", "s"),
            ("description", "d"),
            ("category", "trades"),
            ("budget", "10"),
            ("currency", "EUR"),
            ("deadline", "2999-01-01T00:00"),
            ("time_zone", "UTC"),
            ("intent", intent),
        ];
        let answer = seller.post("/projects/new", &fields).await;
        assert!(answer.body.contains("Kept in the form"));
        assert_refused(answer, "projects and drafts");
    }
    let key = seller.get("/account/tokens").await.is(200).form_key();
    let fields = [
        ("form_key", key.as_str()),
        ("name", "t"),
        ("scopes", "bids:read"),
        ("days", "1"),
    ];
    assert_refused(
        seller.post("/account/tokens", &fields).await,
        "new access tokens",
    );
    let key = seller.get("/account/programs/new").await.is(200).form_key();
    let fields = [
        ("form_key", key.as_str()),
        ("name", "Porter"),
        ("kind", "public"),
        ("redirect_uris", "https://p.example/back"),
        ("scopes", "bids:read"),
    ];
    assert_refused(
        seller.post("/account/programs/new", &fields).await,
        "new apps",
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_disk_low_on_space_accepts_bids_and_a_critical_one_only_withdrawals_and_sign_ins(
    pool: PgPool,
) {
    let Command::Serve(config) = Cli::parse_from(["guildhall", "serve"]).command else {
        panic!("expected the serve command")
    };
    let app = App::new(pool.clone(), &config).unwrap();
    let disk = app.disk.clone();
    let site = forgiving_router(&app, &pool);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let mut program = Program::buyer(&site, &pool, "bob").await;
    let mut posts = Program::new(&site, &pool, "seller", "sue@example.com").await;
    let project = seller.publish(&pool, "On a full disk", 3600).await;
    let bid = format!("{project}/bid");
    let small = SmallDisk::new(64);
    let _watch = DiskWatch::start(&disk, small.path(), LIMITS).unwrap();
    Client::new(&site)
        .get("/readyz")
        .await
        .is(200)
        .says("disk: ok, ");

    small.fill(20);
    wait_for(&disk, Level::Low).await;
    Client::new(&site)
        .get("/readyz")
        .await
        .is(200)
        .says("disk: low, ");
    let stored = (count(&pool, "project").await, count(&pool, "account").await);
    everything_new_is_refused(&mut seller, &site).await;
    let answer = posts.post("/projects", json!({"name": "n", "summary": "s", "description": "d", "budget": 10, "deadline": 4_000_000_000_i64})).await;
    let answer = answer.refused_as(503, "no-space");
    assert_eq!(answer.header("retry-after"), "60");
    buyer.bid(&project, "700").await.is(303);
    program.post(&bid, json!({"amount": 690})).await.is(201);

    small.fill(1);
    wait_for(&disk, Level::Critical).await;
    Client::new(&site)
        .get("/readyz")
        .await
        .is(200)
        .says("disk: critical, ");
    assert_refused(buyer.bid(&project, "600").await, "bids");
    let answer = program.post(&bid, json!({"amount": 600})).await;
    answer.refused_as(503, "no-space");
    everything_new_is_refused(&mut seller, &site).await;
    assert_eq!(
        stored,
        (count(&pool, "project").await, count(&pool, "account").await)
    );
    // Withdrawing and signing in still work.
    let key = buyer.get(&project).await.is(200).form_key();
    let withdraw = format!("{project}/withdraw");
    buyer.post(&withdraw, &[("form_key", &key)]).await.is(303);
    let mut again = Client::new(&site);
    again.sign_in("bea@example.com", PASSWORD).await.is(303);

    small.free_up();
    wait_for(&disk, Level::Plenty).await;
    buyer.bid(&project, "500").await.is(303);
    seller.publish(&pool, "After space was freed", 3600).await;
    assert_eq!(count(&pool, "bid").await, 3);
}
