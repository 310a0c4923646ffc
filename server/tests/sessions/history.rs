//! What the Back button shows after signing out.

use crate::support::{Client, site};
use axum::http::Method;
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn no_page_for_a_signed_in_user_may_be_cached(pool: PgPool) {
    let site = site(&pool, &["--api-rate-limit", "0"]);
    let mut seller = Client::member(&site, "seller", "ada@example.com").await;
    let project = seller.publish(&pool, "Letter the window", 3600).await;
    let mut pages = 0;
    for (method, path) in server::routes() {
        if method != Method::GET || path.contains("/live") {
            continue;
        }
        let path = path
            .replace("/projects/{id}", &project)
            .replace("{id}", "1")
            .replace("{provider}", "x");
        let answer = seller.get(&path).await;
        if answer.header("content-type").starts_with("text/html") {
            pages += 1;
            assert!(
                answer.header("cache-control").contains("no-store"),
                "{path}: {}",
                answer.header("cache-control")
            );
        }
    }
    assert!(pages > 15, "only {pages} pages were found");
    let anonymous = Client::new(&site).get("/").await.is(200);
    assert_eq!(anonymous.header("cache-control"), "private, no-cache");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn signing_out_clears_the_browsers_cache(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "seller", "ada@example.com").await;
    let out = ada.post("/sign-out", &[]).await.is(303);
    assert_eq!(out.header("clear-site-data"), "\"cache\"");
}
