//! Requests every route as every kind of caller and compares the statuses with one table. A route missing from the
//! table fails the test.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../api/client.rs"]
mod client;
mod item;
mod scene;
#[path = "../support/mod.rs"]
mod support;
mod table;

use guildhall::store::MIGRATIONS;
use scene::{ACTORS, Scene};
use sqlx::PgPool;
use std::collections::BTreeSet;
use table::{Row, rows};

#[test]
fn the_table_lists_exactly_the_routes() {
    let rows = rows();
    let known: BTreeSet<String> = (rows.iter())
        .map(|row| format!("{} {}", row.method, row.path))
        .collect();
    assert_eq!(known.len(), rows.len(), "a route is in the table twice");
    let served: BTreeSet<String> = server::routes()
        .into_iter()
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    let unknown: Vec<_> = served.difference(&known).collect();
    let gone: Vec<_> = known.difference(&served).collect();
    assert!(
        unknown.is_empty() && gone.is_empty(),
        "not in the table: {unknown:#?}, not served: {gone:#?}"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_caller_gets_the_status_in_the_table(pool: PgPool) {
    let scene = Scene::new(&pool).await;
    let mut wrong = Vec::new();
    for row in &rows() {
        for (actor, expected) in ACTORS.into_iter().zip(row.expected) {
            let status = scene.request(&pool, row, actor).await;
            if status != expected {
                wrong.push(format!(
                    "{} {} by {actor:?}: {status} instead of {expected}",
                    row.method, row.path
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_route_refuses_other_methods_with_405(pool: PgPool) {
    let scene = Scene::new(&pool).await;
    let mut wrong = Vec::new();
    let rows = rows();
    let paths: BTreeSet<&str> = rows.iter().map(|row| row.path).collect();
    for path in paths {
        let known: Vec<&Row> = rows.iter().filter(|row| row.path == path).collect();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if known.iter().any(|row| row.method == method) {
                continue;
            }
            let row = Row {
                method,
                about: "nothing",
                ..*known[0]
            };
            for actor in [scene::Actor::Anonymous, scene::Actor::Seller] {
                let status = scene.request(&pool, &row, actor).await;
                if status != 405 {
                    wrong.push(format!(
                        "{method} {path} by {actor:?}: {status} instead of 405"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn no_other_site_can_make_a_signed_in_browser_post(pool: PgPool) {
    let scene = Scene::new(&pool).await;
    let mut wrong = Vec::new();
    for row in rows()
        .iter()
        .filter(|row| row.method == "POST" && row.is_page())
    {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://evil.example"),
        ] {
            for actor in [scene::Actor::Buyer, scene::Actor::Seller] {
                let status = scene
                    .request_from(&pool, row, actor, &[(name, value)])
                    .await;
                if status != 403 {
                    wrong.push(format!(
                        "POST {} with {name}: {status} instead of 403",
                        row.path
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
