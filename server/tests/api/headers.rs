//! CORS: scripts on any site may send and read the headers in the document.

use crate::{
    document::{document, operations},
    support::{Client, site},
};
use axum::{body::Body, http::Method};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use std::collections::BTreeSet;

/// Headers that any page may read or send without permission (the Fetch standard's safelists), so they are not listed.
const ALWAYS: [&str; 3] = ["cache-control", "content-type", "content-length"];

fn listed(header: &str) -> BTreeSet<String> {
    header
        .split(',')
        .map(|name| name.trim().to_lowercase())
        .collect()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_documented_request_header_may_be_sent_from_any_site(pool: PgPool) {
    let site = site(&pool, &[]);
    let document = document(&site).await;
    let operations = operations(&document);
    let mut named: BTreeSet<String> = operations
        .iter()
        .flat_map(|one| one.spec["parameters"].as_array().into_iter().flatten())
        .filter(|parameter| parameter["in"] == "header")
        .map(|parameter| parameter["name"].as_str().unwrap().to_lowercase())
        .collect();
    assert!(named.contains("cache-control"), "{named:?}");
    // The headers of the security schemes, the bodies and the guide.
    let guide = include_str!("../../../docs/API.md");
    assert!(guide.contains("Content-Encoding"));
    named.extend(["authorization", "content-type", "content-encoding"].map(str::to_owned));
    for header in guide.split("-H \"").skip(1) {
        named.insert(header.split(':').next().unwrap().to_lowercase());
    }
    for path in ["/api/v1/projects", "/api/v1/projects/7/bid"] {
        let mut page = Client::new(&site);
        page.headers = vec![
            ("origin", "https://elsewhere.example".to_owned()),
            ("access-control-request-method", "POST".to_owned()),
        ];
        let preflight = page.send(Method::OPTIONS, path, Body::empty(), None).await;
        let allowed = listed(preflight.header("access-control-allow-headers"));
        let missing: Vec<_> = named.difference(&allowed).collect();
        assert!(missing.is_empty(), "{missing:?} may not be sent");
        let methods = listed(preflight.header("access-control-allow-methods"));
        for operation in &operations {
            assert!(methods.contains(&operation.method.to_lowercase()));
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_documented_response_header_may_be_read_from_any_site(pool: PgPool) {
    let site = site(&pool, &[]);
    let document = document(&site).await;
    let named: BTreeSet<String> = operations(&document)
        .iter()
        .flat_map(|one| {
            let responses = one.spec["responses"].as_object().unwrap().values();
            responses
                .flat_map(|response| response["headers"].as_object().into_iter().flatten())
                .map(|(name, _)| name.to_lowercase())
                .collect::<Vec<_>>()
        })
        .collect();
    let mut page = Client::new(&site);
    page.headers = vec![("origin", "https://elsewhere.example".to_owned())];
    let answer = page.get("/api/v1/projects").await.is(200);
    let exposed = listed(answer.header("access-control-expose-headers"));
    let unread: Vec<_> = named
        .difference(&exposed)
        .filter(|name| !ALWAYS.contains(&name.as_str()))
        .collect();
    assert!(unread.is_empty(), "{unread:?} may not be read");
    for name in ["age", "idempotency-replayed", "accept-encoding"] {
        assert!(exposed.contains(name), "{name}");
    }
}
