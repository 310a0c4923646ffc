//! How streams end and recover. Without viewers, the database is not polled.

use crate::{
    support::{Client, site},
    viewer::{BEAT, BOUND, LOST, OpenPage, bid_directly, scene},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use std::time::Duration;
use tokio::time::{sleep, timeout};

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_stream_ends_with_the_result_and_is_not_reconnected(pool: PgPool) {
    let (site, _, mut buyer, _, path) = scene(&pool).await;
    buyer.bid(&path, "640").await.is(303);
    let mut viewer = OpenPage::of(&site, &path, "").await;
    viewer.event().await.unwrap();
    sqlx::query("update project set deadline = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    server::worker::pass(&pool).await.unwrap();
    let event = viewer.until_state("awarded").await;
    assert_eq!(
        (&event["winner"], &event["lowest_minor"]),
        (&1.into(), &64_000.into())
    );
    assert_eq!(viewer.part().await.unwrap(), "event: end\ndata: {}");
    assert_eq!(viewer.part().await, None);
    let again = OpenPage::of(&site, &path, &viewer.last).await;
    assert_eq!(again.status(), 204);
    let mut new = OpenPage::of(&site, &path, "").await;
    assert_eq!(new.event().await.unwrap(), event);
    assert_eq!(new.part().await.unwrap(), "event: end\ndata: {}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn streams_end_immediately_when_the_server_stops(pool: PgPool) {
    use clap::Parser;
    let arguments = ["guildhall", "serve"];
    let server::config::Command::Serve(config) = server::config::Cli::parse_from(arguments).command
    else {
        panic!("expected the serve command")
    };
    let app = server::App::new(pool.clone(), &config).unwrap();
    let site = server::router(&app);
    let (_, mut seller, _, _, path) = scene(&pool).await;
    let mut viewer = OpenPage::of(&site, &path, "").await;
    viewer.event().await.unwrap();
    seller.get("/dashboard").await.is(200);
    let cookie = format!("guildhall={}", seller.cookie("guildhall").unwrap());
    let mut dashboard = OpenPage::open_with(&site, "/dashboard", &[("cookie", &cookie)]).await;
    dashboard.event().await.unwrap();
    app.end_streams();
    assert_eq!(viewer.part().await, None);
    assert_eq!(dashboard.part().await, None);
    let refused = OpenPage::of(&site, &path, "").await;
    assert_eq!(
        (refused.status(), refused.header("retry-after")),
        (503, "5")
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_database_is_not_polled_without_viewers(pool: PgPool) {
    let (site, _, mut buyer, _, path) = scene(&pool).await;
    let mut viewer = OpenPage::of(&site, &path, "").await;
    viewer.event().await.unwrap();
    drop(viewer);
    timeout(BOUND, async {
        while pool.size() as usize > pool.num_idle() {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("the connection is released");
    buyer.bid(&path, "700").await.is(303);
    let mut viewer = OpenPage::of(&site, &path, "").await;
    assert_eq!(viewer.event().await.unwrap()["lowest_minor"], 70_000);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_page_continues_after_the_feeds_connection_is_cut(pool: PgPool) {
    let (site, _, mut buyer, _, path) = scene(&pool).await;
    let mut viewer = OpenPage::of(&site, &path, "").await;
    viewer.event().await.unwrap();
    buyer.get("/dashboard").await.is(200);
    let cookie = format!("guildhall={}", buyer.cookie("guildhall").unwrap());
    let mut dashboard = OpenPage::open_with(&site, "/dashboard", &[("cookie", &cookie)]).await;
    assert!(dashboard.part().await.unwrap().starts_with("retry: "));
    for amount in ["900", "800"] {
        let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()
            and (query like '%pg_snapshot_xmax%' or query like '%leader.bidder_number%')";
        let terminated: i64 = sqlx::query_scalar(cut).fetch_one(&pool).await.unwrap();
        assert_eq!(terminated, 1, "the feed has its own connection");
        buyer.bid(&path, amount).await.is(303);
        let minor = amount.parse::<i64>().unwrap() * 100;
        viewer.until_lowest(minor).await;
        dashboard.until_lowest(minor).await;
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_blocked_poll_is_abandoned_and_missed_changes_are_delivered_later(pool: PgPool) {
    let (site, .., path) = scene(&pool).await;
    let mut viewer = OpenPage::of(&site, &path, "").await;
    viewer.event().await.unwrap();
    let mut tx = pool.begin().await.unwrap();
    sqlx::query("lock table award in access exclusive mode")
        .execute(&mut *tx)
        .await
        .unwrap();
    bid_directly(&pool, &path, 90_000).await;
    // A new viewer is refused instead of being kept waiting forever.
    let refused = OpenPage::of(&site, &path, "").await;
    assert_eq!(refused.status(), 503);
    assert_eq!(
        viewer.part().await.unwrap(),
        LOST,
        "a state that may be stale is not called current"
    );
    tx.rollback().await.unwrap();
    viewer.until_lowest(90_000).await;
    assert_eq!(OpenPage::of(&site, &path, "").await.status(), 200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_dashboards_stream_ends_periodically_and_may_be_reopened_while_signed_in(pool: PgPool) {
    let site = site(&pool, &["--live-signed-in-seconds", "1"]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    seller.publish(&pool, "A new shop window", 3600).await;
    let cookie = format!("guildhall={}", seller.cookie("guildhall").unwrap());
    let headers = [("accept", "text/event-stream"), ("cookie", &cookie)];
    let mut dashboard = OpenPage::open_with(&site, "/dashboard", &headers).await;
    dashboard.event().await.unwrap();
    loop {
        match dashboard.part().await.unwrap().as_str() {
            "event: again\ndata: {}" => break,
            beat => assert!([BEAT, LOST].contains(&beat), "{beat}"),
        }
    }
    assert_eq!(dashboard.part().await, None);
    let mut reopened = OpenPage::open_with(&site, "/dashboard", &headers).await;
    reopened.event().await.unwrap();
    seller.post("/sign-out", &[]).await.is(303);
    assert_eq!(
        OpenPage::open_with(&site, "/dashboard", &headers)
            .await
            .status(),
        401
    );
}
