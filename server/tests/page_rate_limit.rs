//! The rate limit on pages per address.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use axum::Router;
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use std::time::Duration;
use support::{Answer, Client, site};
use tokio::time::timeout;

/// A visitor at this address, as reported by a proxy.
fn visitor(site: &Router, address: &str) -> Client {
    let mut client = Client::new(site);
    client.headers.push(("x-forwarded-for", address.to_owned()));
    client
}

/// A site behind a proxy; the site allows each address two pages per minute, in a burst or spread out.
fn site_with_page_limit(pool: &PgPool) -> Router {
    site(pool, &["--trusted-proxies", "1", "--page-rate-limit", "2"])
}

/// A visitor who has used up the quota of this address.
async fn client_over_quota(site: &Router, address: &str) -> Client {
    let mut client = visitor(site, address);
    client.get("/how-it-works").await.is(200);
    client.get("/how-it-works").await.is(200);
    client
}

fn retry_after(answer: &Answer) -> u64 {
    answer.header("retry-after").parse().unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_address_over_its_quota_learns_when_to_retry_and_affects_nobody_else(pool: PgPool) {
    let site = site_with_page_limit(&pool);
    let mut flood = client_over_quota(&site, "192.0.2.1").await;
    let refused = flood.get("/projects").await.is(429);
    assert!((1..=30).contains(&retry_after(&refused)));
    let kind = refused.header("content-type");
    assert!(kind.starts_with("text/html"), "{kind}");
    assert!(
        refused
            .body
            .contains("<title>Too many attempts – Guildhall</title>")
    );
    let refused = refused.says("Too many pages were requested from your network address.");
    let policy = refused.header("content-security-policy");
    assert!(policy.contains("script-src 'self' 'nonce-"), "{policy}");
    assert_eq!(refused.header("x-content-type-options"), "nosniff");
    // Unknown paths count as pages too, and so do forms.
    flood.get("/nowhere").await.is(429);
    flood.sign_in("nobody@example.com", "x").await.is(429);
    for other in ["192.0.2.2", "198.51.100.1", "2001:db8::1"] {
        visitor(&site, other).get("/projects").await.is(200);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_refused_program_gets_problem_details(pool: PgPool) {
    let site = site_with_page_limit(&pool);
    let mut flood = client_over_quota(&site, "192.0.2.1").await;
    flood
        .headers
        .push(("accept", "application/json".to_owned()));
    let refused = flood.get("/projects").await.is(429);
    assert_eq!(refused.header("content-type"), "application/problem+json");
    let problem: serde_json::Value = serde_json::from_str(&refused.body).unwrap();
    assert_eq!(problem["status"], 429);
    assert!(
        problem["message"]
            .as_str()
            .unwrap()
            .starts_with("Too many tries; wait ")
    );
    assert!(retry_after(&refused) >= 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn files_probes_programs_and_streams_do_not_count_as_pages(pool: PgPool) {
    let public = concat!(env!("CARGO_MANIFEST_DIR"), "/../public");
    let flags = ["--trusted-proxies", "1", "--page-rate-limit", "2"];
    let site = site(&pool, &[&flags[..], &["--site-root", public]].concat());
    let mut flood = client_over_quota(&site, "192.0.2.1").await;
    flood.get("/").await.is(429);
    for path in [
        "/favicon.svg",
        "/fonts/LICENSE-public-sans.txt",
        "/healthz",
        "/readyz",
        "/api/v1/projects",
        "/.well-known/oauth-authorization-server",
    ] {
        for _ in 0..20 {
            flood.get(path).await.is(200);
        }
    }
    // Streams have a larger quota of their own, even for a project that does not exist.
    for _ in 0..10 {
        flood.get("/projects/7/live").await.is(404);
    }
    let refused = flood.get("/projects/7/live").await.is(429);
    assert!(retry_after(&refused) >= 1);
    flood.get("/dashboard/live").await.is(429);
    visitor(&site, "192.0.2.2")
        .get("/projects/7/live")
        .await
        .is(404);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn streams_do_not_use_up_the_quota_of_pages(pool: PgPool) {
    let site = site_with_page_limit(&pool);
    let mut client = visitor(&site, "192.0.2.1");
    for _ in 0..30 {
        client.get("/projects/7/live").await;
    }
    client.get("/how-it-works").await.is(200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_refused_request_uses_neither_session_nor_database(pool: PgPool) {
    let site = site_with_page_limit(&pool);
    let mut flood = client_over_quota(&site, "192.0.2.1").await;
    // This session would have to be looked up, but no connection is free.
    flood.set_cookie("guildhall", "AAAAAAAAAAAAAAAAAAAAAA");
    let mut held = Vec::new();
    while held.len() < pool.options().get_max_connections() as usize {
        held.push(pool.acquire().await.unwrap());
    }
    let refused = async {
        for path in ["/projects", "/projects/7", "/dashboard", "/nowhere"] {
            flood.get(path).await.is(429).says("Too many attempts");
        }
        flood.sign_up("buyer", "ada@example.com").await.is(429);
    };
    // This is shorter than the time for which a request waits for a connection.
    let answered = timeout(Duration::from_secs(4), refused).await;
    answered.expect("a refusal does not wait for the database");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_address_is_limited_even_without_a_database(pool: PgPool) {
    let site = site_with_page_limit(&pool);
    pool.close().await;
    let mut flood = visitor(&site, "192.0.2.1");
    for _ in 0..2 {
        let answer = flood.get("/projects").await;
        assert!(answer.status.is_server_error(), "{}", answer.status);
    }
    flood.get("/projects").await.is(429);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn addresses_of_one_network_share_a_larger_quota(pool: PgPool) {
    let site = site_with_page_limit(&pool);
    let mut served = 0;
    for host in 0..40 {
        let mut visitor = visitor(&site, &format!("2001:db8:0:{host:x}::1"));
        served += usize::from(visitor.get("/how-it-works").await.status == 200);
    }
    assert_eq!(served, 16);
    let mut elsewhere = visitor(&site, "2001:db8:1::1");
    elsewhere.get("/how-it-works").await.is(200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn without_a_limit_nobody_is_refused(pool: PgPool) {
    let site = site(&pool, &["--page-rate-limit", "0"]);
    let mut client = Client::new(&site);
    for _ in 0..1_500 {
        client.get("/how-it-works").await.is(200);
    }
}
