//! The number of unread notices in the page header.

use crate::{
    fixture::scene,
    support::Client,
    viewer::{BEAT, BOUND, LOST, OpenPage, project_id},
};
use axum::body::Body;
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use tokio::time::timeout;
use tower::ServiceExt;

/// The next number on the stream.
async fn next(stream: &mut OpenPage) -> String {
    loop {
        let part = stream.part().await.expect("the stream continues");
        if let Some((_, number)) = part.split_once("event: unread\ndata: ") {
            return number.to_owned();
        }
        assert!(
            [BEAT, LOST].contains(&&*part) || part.starts_with("retry: "),
            "{part}"
        );
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_is_counted_on_an_open_page_and_reading_it_is_too(pool: PgPool) {
    let mut scene = scene(&pool).await;
    let session = format!("guildhall={}", scene.seller.cookie("guildhall").unwrap());
    let mut stream = OpenPage::open_with(&scene.site, "/notices", &[("cookie", &session)]).await;
    assert_eq!(
        (stream.status(), stream.header("content-type")),
        (200, "text/event-stream")
    );
    assert_eq!(next(&mut stream).await, "");
    scene.buyer.bid(&scene.project, "900").await.is(303);
    scene.tell().await;
    assert_eq!(next(&mut stream).await, "1");
    scene.seller.post("/notices/1/open", &[]).await.is(303);
    assert_eq!(next(&mut stream).await, "");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_page_of_somebody_signed_in_has_the_number(pool: PgPool) {
    let mut scene = scene(&pool).await;
    scene.buyer.bid(&scene.project, "900").await.is(303);
    scene.tell().await;
    for path in ["/", "/projects", "/account", "/no-such-page"] {
        let page = scene.seller.get(path).await;
        assert_eq!(page.bell(), "1", "{path}");
    }
    let buyers = scene.buyer.get("/projects").await.is(200);
    assert_eq!(buyers.bell(), "");
    let polled = scene.seller.headers.clone();
    scene
        .seller
        .headers
        .push(("accept", "application/json".to_owned()));
    assert_eq!(scene.seller.get("/notices/live").await.is(200).body, "1");
    scene.seller.headers = polled;
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_buyer_with_the_page_open_is_not_told_of_what_it_shows(pool: PgPool) {
    let mut scene = scene(&pool).await;
    let mut rival = Client::member(&scene.site, "buyer", "otto@example.com").await;
    scene.buyer.bid(&scene.project, "900").await.is(303);
    scene.tell().await;
    rival.bid(&scene.project, "800").await.is(303);
    scene.tell().await;
    let held =
        "select count(*) from notice_hold where kind = 'bid.outbid' and (seen_at is not null) = $1";
    let count = async |is_seen: bool| {
        let count: i64 = sqlx::query_scalar(held)
            .bind(is_seen)
            .fetch_one(&pool)
            .await
            .unwrap();
        count
    };
    assert_eq!((count(false).await, count(true).await), (1, 0));
    let session = format!("guildhall={}", scene.buyer.cookie("guildhall").unwrap());
    let id = project_id(&scene.project);
    let page = format!("http://guildhall.example/projects/{id}");
    let request = axum::http::Request::get("/notices/live")
        .header("referer", page)
        .header("host", "guildhall.example")
        .header("cookie", session);
    let response = scene
        .site
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    timeout(BOUND, async {
        while count(true).await == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the open page is reported");
}
