//! What pages show to each visitor, and when they are rendered.

use crate::support::{Answer, Client, site};
use axum::{body::Body, http::Method};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_missing_page_and_an_invalid_request_get_an_error_page(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut client = Client::new(&site);
    for path in [
        "/nothing",
        "/projects/999",
        "/projects/abc",
        "/projects/99999999999999999999",
        "/projects/1/result",
        "/projects/%F0%28",
        "/pkg/none.js",
    ] {
        let answer = client.get(path).await;
        assert!(
            [400, 404].contains(&answer.status.as_u16()),
            "{path}: {}",
            answer.status
        );
    }
    let page = client.get("/nothing").await.is(404);
    assert!(page.body.contains("<h1") && page.header("content-security-policy").contains("nonce-"));
    assert_eq!(client.post("/how-it-works", &[]).await.status, 405);
    let answer = client
        .send(
            Method::POST,
            "/sign-in",
            Body::from("x".repeat(600 * 1024)),
            Some("application/x-www-form-urlencoded"),
        )
        .await;
    assert_eq!(answer.status, 413);
    assert!(answer.body.contains("<h1"));
    let answer = client
        .send(
            Method::POST,
            "/sign-in",
            Body::from("{}"),
            Some("application/json"),
        )
        .await;
    assert_eq!(answer.status, 415);
    assert!(answer.body.contains("<h1"));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_name_is_escaped_everywhere(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let name = "</title><script>alert(1)</script>&amp;";
    let path = seller.publish(&pool, name, 3600).await;
    for page in [
        path.as_str(),
        "/projects",
        "/",
        "/dashboard",
        "/projects?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    ] {
        let answer = seller.get(page).await.is(200);
        assert!(!answer.body.contains("<script>alert"), "{page}");
    }
    assert!(
        seller
            .get(&path)
            .await
            .body
            .contains("<title>&lt;/title&gt;")
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn pages_use_the_visitors_time_zone_and_theme(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let path = seller.publish(&pool, "A new shop window", 3600).await;
    sqlx::query("update project set deadline = '2027-01-31 16:00:00Z'")
        .execute(&pool)
        .await
        .unwrap();
    let mut client = Client::new(&site);
    client
        .get(&path)
        .await
        .is(200)
        .says("Sun 31 Jan 2027, 16:00 UTC");
    client
        .post("/settings/time-zone", &[("time_zone", "Europe/Berlin")])
        .await
        .is(303);
    client
        .get(&path)
        .await
        .is(200)
        .says("Sun 31 Jan 2027, 17:00 CET");
    client
        .post("/settings/time-zone", &[("time_zone", "Mars/Olympus")])
        .await
        .is(422)
        .says("time zone from the list");
    client
        .post(
            "/settings/theme",
            &[("theme", "dark"), ("back", "/projects?q=x")],
        )
        .await
        .is(303);
    assert!(
        client
            .get("/")
            .await
            .body
            .contains("data-theme=\"guildhall-dark\"")
    );
    assert_eq!(
        client
            .post(
                "/settings/theme",
                &[("theme", "dark"), ("back", "//evil.example")]
            )
            .await
            .location(),
        "/settings"
    );
}

/// The nonce in a page's policy, which must match the nonce of its scripts.
fn nonce(page: &Answer) -> &str {
    let policy = page.header("content-security-policy");
    let (_, nonce) = policy.split_once("'nonce-").unwrap();
    let (nonce, _) = nonce.split_once('\'').unwrap();
    assert!(page.body.contains(&format!("nonce=\"{nonce}\"")));
    nonce
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_page_is_rendered_once_for_all_signed_out_visitors_and_again_after_a_change(
    pool: PgPool,
) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let path = seller.publish(&pool, "Paint the fence", 3600).await;
    let mut stranger = Client::new(&site);
    let mut shared = String::new();
    loop {
        let page = stranger.get(&path).await.is(200);
        if nonce(&page) == shared {
            break;
        }
        nonce(&page).clone_into(&mut shared);
    }
    let mut in_the_dark = Client::new(&site);
    in_the_dark
        .headers
        .push(("cookie", "theme=dark".to_owned()));
    let dark = in_the_dark.get(&path).await.is(200);
    assert!(dark.body.contains("data-theme=\"guildhall-dark\""));
    let mut in_bern = Client::new(&site);
    in_bern
        .headers
        .push(("cookie", "time_zone=Europe/Zurich".to_owned()));
    let bern = in_bern.get(&path).await.is(200);
    assert!(bern.body.contains("CET") || bern.body.contains("CEST"));
    let page = stranger.get(&path).await.is(200);
    assert!(!page.body.contains("data-theme") && !page.body.contains("CET"));
    let own = buyer.get(&path).await.is(200).says("Place bid");
    assert_ne!(nonce(&own), nonce(&buyer.get(&path).await));
    stranger.get(&path).await.is(200);

    buyer.bid(&path, "723.45").await.is(303);
    while !stranger.get(&path).await.is(200).body.contains("723.45") {}
}
