//! Rate limits and conditional requests.

use crate::{client::Program, support::site};
use axum::http::Method;
use guildhall::store::MIGRATIONS;
use serde_json::json;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn each_account_has_its_own_quota_and_sees_what_is_left(pool: PgPool) {
    let site = site(&pool, &["--api-rate-limit", "3"]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut buyer = Program::buyer(&site, &pool, "bea").await;
    for left in [2, 1, 0] {
        let served = seller.get("/projects").await.is(200);
        assert_eq!(served.header("ratelimit-policy"), "\"default\";q=3;w=60");
        assert!(
            served
                .header("ratelimit")
                .starts_with(&format!("\"default\";r={left};t=")),
            "{}",
            served.header("ratelimit")
        );
    }
    let refused = seller
        .get("/projects")
        .await
        .refused_as(429, "too-many-requests");
    assert!((1..=20).contains(&refused.header("retry-after").parse::<u32>().unwrap()));
    assert!(refused.header("ratelimit").starts_with("\"default\";r=0;"));
    buyer.get("/projects").await.is(200);
    // Guessing tokens counts against the address.
    let mut guesser = Program::anonymous(&site);
    for _ in 0..3 {
        guesser
            .send(
                Method::GET,
                "/projects",
                None,
                &[("authorization", "Bearer x")],
            )
            .await
            .is(401);
    }
    guesser
        .get("/projects")
        .await
        .refused_as(429, "too-many-requests");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_unchanged_resource_is_not_sent_again(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut buyer = Program::buyer(&site, &pool, "bea").await;
    let id = seller.publish(3600).await;
    for path in [
        format!("/projects/{id}"),
        "/projects".to_owned(),
        format!("/projects/{id}/bids"),
        "/account".to_owned(),
    ] {
        let first = seller.get(&path).await.is(200);
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{path}: {tag}");
        for known in [tag.clone(), format!("\"x\", {tag}"), "*".to_owned()] {
            let same = seller
                .send(Method::GET, &path, None, &[("if-none-match", &known)])
                .await
                .is(304);
            assert_eq!(
                (same.text.as_str(), same.header("etag")),
                ("", tag.as_str())
            );
        }
        seller
            .send(Method::GET, &path, None, &[("if-none-match", "\"x\"")])
            .await
            .is(200);
    }
    let path = format!("/projects/{id}");
    let before = seller.get(&path).await.header("etag").to_owned();
    buyer.bid(id, json!(900)).await.is(201);
    let after = seller
        .send(Method::GET, &path, None, &[("if-none-match", &before)])
        .await
        .is(200);
    assert_ne!(after.header("etag"), before);
    let head = seller.send(Method::HEAD, &path, None, &[]).await.is(200);
    assert_eq!(
        (head.text.as_str(), head.header("etag")),
        ("", after.header("etag"))
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_response_has_a_request_id_and_must_be_revalidated_before_reuse(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut nobody = Program::anonymous(&site);
    for (reply, caching) in [
        (seller.get("/account").await.is(200), "private, no-cache"),
        (
            seller.get("/projects/99").await.is(404),
            "private, no-cache",
        ),
        (nobody.get("/projects").await.is(200), "no-cache"),
        (nobody.get("/nowhere").await.is(404), "no-cache"),
    ] {
        assert_eq!(reply.header("x-request-id").len(), 36);
        assert_eq!(reply.header("cache-control"), caching);
        assert!(reply.header("vary").contains("authorization"));
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("set-cookie"), "");
        assert_eq!(reply.header("access-control-allow-origin"), "*");
        if reply.status == 404 {
            assert_eq!(
                reply.json["instance"],
                json!(format!("urn:uuid:{}", reply.header("x-request-id")))
            );
        }
    }
}
