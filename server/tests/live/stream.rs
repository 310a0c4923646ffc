//! What a stream delivers: the current state, later changes, and changes that the viewer missed.

use crate::{
    support::{allow_idle_transaction, site},
    viewer::{BEAT, OpenPage, bid_directly, bid_within, project_id, scene},
};
use axum::body::Body;
use axum::http::Request;
use guildhall::store::MIGRATIONS;
use http_body_util::BodyExt;
use sqlx::PgPool;
use std::time::Instant;
use tower::ServiceExt;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_viewer_gets_the_state_and_then_changes_made_by_any_process(pool: PgPool) {
    let (here, _, mut buyer, mut other, path) = scene(&pool).await;
    buyer.bid(&path, "900").await.is(303);
    let elsewhere = site(&pool, &[]);
    let mut viewer = OpenPage::of(&elsewhere, &path, "").await;
    assert_eq!(
        (
            viewer.status(),
            viewer.header("content-type"),
            viewer.header("cache-control"),
            viewer.header("x-accel-buffering"),
            viewer.header("x-content-type-options"),
        ),
        (200, "text/event-stream", "no-store", "no", "nosniff")
    );
    assert!(!viewer.header("x-request-id").is_empty());
    assert!(viewer.header("set-cookie").is_empty());
    let opening = viewer.part().await.unwrap();
    assert!(opening.starts_with("retry: "), "{opening}");
    // The database's clock, late by its way at most.
    let (_, clock) = opening.split_once("event: beat\ndata: ").unwrap();
    let late_ms: i64 =
        sqlx::query_scalar("select floor(extract(epoch from clock_timestamp()) * 1000)::bigint")
            .fetch_one(&pool)
            .await
            .unwrap();
    let late_ms = late_ms - clock.parse::<i64>().unwrap();
    assert!((0..2_000).contains(&late_ms), "{late_ms} ms");
    let id = project_id(&path);
    assert_eq!(
        viewer.event().await.unwrap(),
        serde_json::json!({ "id": id, "state": "open", "bid_count": 1, "lowest_minor": 90_000, "currency": "EUR",
            "leader": 1, "winner": null, "bids_made": 1, "newest_bid": 1 })
    );
    other.bid(&path, "850.50").await.is(303);
    let event = viewer.event().await.unwrap();
    assert_eq!(
        (
            &event["lowest_minor"],
            &event["bid_count"],
            &event["leader"]
        ),
        (&85_050.into(), &2.into(), &2.into())
    );
    let key = other.get(&path).await.form_key();
    other
        .post(&format!("{path}/withdraw"), &[("form_key", &key)])
        .await
        .is(303);
    let event = viewer.event().await.unwrap();
    assert_eq!(
        (
            &event["lowest_minor"],
            &event["leader"],
            &event["bids_made"]
        ),
        (&90_000.into(), &1.into(), &2.into())
    );
    drop(here);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_reconnecting_viewer_gets_what_it_missed_and_nothing_twice(pool: PgPool) {
    let (site, _, mut buyer, mut other, path) = scene(&pool).await;
    buyer.bid(&path, "900").await.is(303);
    let mut viewer = OpenPage::of(&site, &path, "").await;
    viewer.until_lowest(90_000).await;
    let last = viewer.last.clone();
    drop(viewer);

    let elsewhere = crate::support::site(&pool, &[]);
    let mut same = OpenPage::of(&elsewhere, &path, &last).await;
    assert!(same.part().await.unwrap().starts_with("retry: "));
    other.bid(&path, "800").await.is(303);
    let event = same.event().await.unwrap();
    assert_eq!(
        event["lowest_minor"], 80_000,
        "the known state is not repeated"
    );

    let mut late = OpenPage::of(&site, &path, &last).await;
    assert_eq!(late.event().await.unwrap(), event, "nothing is lost");
    let mut by_query = OpenPage::open_with(&site, &path, &[]).await;
    by_query.event().await.unwrap();
    let path_after = format!("/live?after={}", by_query.last);
    let request = Request::get(format!("{path}{path_after}")).body(Body::empty());
    let mut response = site.clone().oneshot(request.unwrap()).await.unwrap();
    let first = response.body_mut().frame().await.unwrap().unwrap();
    let first = first.into_data().unwrap();
    assert!(
        !first.windows(7).any(|word| word == b"project"),
        "`after` in the query has the same effect as the header"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_burst_is_coalesced_and_its_last_state_always_arrives(pool: PgPool) {
    let (site, _, mut buyer, _, path) = scene(&pool).await;
    buyer.bid(&path, "999").await.is(303);
    let began = Instant::now();
    let mut viewers = Vec::new();
    for _ in 0..3 {
        let mut viewer = OpenPage::of(&site, &path, "").await;
        viewer.until_lowest(99_900).await;
        viewers.push(viewer);
    }
    for minor in (50_000..50_200).rev() {
        bid_directly(&pool, &path, minor).await;
    }
    // At most four events per second, plus the initial state.
    let most = |since: Instant| since.elapsed().as_millis() / 250 + 2;
    for viewer in &mut viewers {
        let mut before = 99_900;
        let mut last = serde_json::Value::Null;
        while before != 50_000 {
            last = viewer.event().await.unwrap();
            let lowest = last["lowest_minor"].as_i64().unwrap();
            assert!(lowest < before, "each event is newer than the one before");
            before = lowest;
        }
        assert!(
            viewer.events as u128 <= most(began),
            "200 bids arrived as {} events in {:?}",
            viewer.events,
            began.elapsed()
        );
        assert_eq!(
            last["bids_made"], 200,
            "the count stops at the number of bids that a page shows"
        );
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_open_transaction_delays_no_other_change_and_its_own_is_delivered_after_it_commits(
    pool: PgPool,
) {
    let (site, mut seller, mut buyer, _, path) = scene(&pool).await;
    let quiet = seller
        .publish(&pool, "Where one bid takes long", 3600)
        .await;
    let mut busy_page = OpenPage::of(&site, &path, "").await;
    let mut quiet_page = OpenPage::of(&site, &quiet, "").await;
    busy_page.event().await.unwrap();
    quiet_page.event().await.unwrap();
    let mut long = pool.begin().await.unwrap();
    bid_within(&mut long, &quiet, 70_000).await;
    allow_idle_transaction(&mut long).await;

    for amount in ["900", "890", "880"] {
        buyer.bid(&path, amount).await.is(303);
        let minor: i64 = amount.parse::<i64>().unwrap() * 100;
        busy_page.until_lowest(minor).await;
    }
    let own: i64 = sqlx::query_scalar("select max(id) from outbox where project_id = $1")
        .bind(project_id(&path))
        .fetch_one(&pool)
        .await
        .unwrap();
    long.commit().await.unwrap();
    let lower: bool = sqlx::query_scalar(
        "select max(id) < $2 from outbox where project_id = $1 and kind = 'bid.placed'",
    )
    .bind(project_id(&quiet))
    .bind(own)
    .fetch_one(&pool)
    .await
    .unwrap();
    assert!(
        lower,
        "the late event has a lower id than those delivered before"
    );
    quiet_page.until_lowest(70_000).await;
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_idle_stream_sends_heartbeats(pool: PgPool) {
    let (site, _, _, _, path) = scene(&pool).await;
    let mut viewer = OpenPage::of(&site, &path, "").await;
    viewer.event().await.unwrap();
    assert_eq!(viewer.part().await.unwrap(), BEAT);
    let mut knows = OpenPage::of(&site, &path, &viewer.last).await;
    assert!(knows.part().await.unwrap().starts_with("retry: "));
    assert_eq!(
        knows.part().await.unwrap(),
        BEAT,
        "a client with the current state learns at once that the stream works"
    );
}
