//! A path with a trailing slash redirects to the same path without it, and never to another site.

use crate::{
    client::{Program, project},
    support::{Client, site},
};
use axum::{body::Body, http::Method};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_page_and_every_call_redirects_from_a_trailing_slash(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut client = Client::new(&site);
    let mut checked = 0;
    for (method, path) in server::routes() {
        if path == "/" {
            continue;
        }
        checked += 1;
        for suffix in ["/", "//", "/?", "/?page=2&q=a%2Fb/"] {
            let answer = client
                .send(
                    method.clone(),
                    &format!("{path}{suffix}"),
                    Body::empty(),
                    None,
                )
                .await;
            let query = suffix.trim_start_matches('/');
            assert_eq!(answer.status.as_u16(), 308, "{method} {path}{suffix}");
            assert_eq!(answer.location(), format!("{path}{query}"));
        }
    }
    assert!(checked > 60, "{checked}");
    let answer = client
        .send(Method::HEAD, "/projects/", Body::empty(), None)
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.location()),
        (308, "/projects")
    );
    client.get("/").await.is(200);
    client.get("/?q=a/").await.is(200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn no_path_redirects_to_another_site(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut client = Client::new(&site);
    for path in [
        "//",
        "///",
        "//evil.example/",
        "//evil.example//",
        "///evil.example/",
        "//evil.example/%2e%2e/",
        "//evil.example/?q=1",
        "/\\evil.example/",
        "/\\/evil.example/",
        "/x\\..\\evil.example/",
    ] {
        for method in [Method::GET, Method::HEAD, Method::POST] {
            let Ok(uri) = path.parse::<axum::http::Uri>() else {
                continue;
            };
            let answer = client
                .send(method, &uri.to_string(), Body::empty(), None)
                .await;
            assert_eq!(answer.location(), "", "{path}");
            assert!(!answer.status.is_redirection(), "{path}");
        }
    }
    // Encoded characters stay encoded, so that the path stays on this site.
    for (path, target) in [
        ("/%2Fevil.example/", "/%2Fevil.example"),
        ("/%5Cevil.example/", "/%5Cevil.example"),
        ("/@evil.example/", "/@evil.example"),
        ("/.//", "/."),
    ] {
        assert_eq!(client.get(path).await.is(308).location(), target);
    }
    // The host in an absolute request target, as sent to proxies, does not affect the redirect.
    let answer = client.get("http://evil.example/projects/").await.is(308);
    assert_eq!(answer.location(), "/projects");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_program_on_another_site_may_follow_the_redirect(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let body = project(3600).to_string();
    let answer = seller
        .send(
            Method::POST,
            "/projects/",
            Some(body),
            &[("origin", "https://elsewhere.example")],
        )
        .await
        .is(308);
    assert_eq!(answer.header("location"), "/api/v1/projects");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    seller.get("/none/").await.is(308);
    seller.get("/none").await.refused_as(404, "not-found");
    seller
        .get("/api/v0/projects/")
        .await
        .refused_as(410, "version-gone");
}
