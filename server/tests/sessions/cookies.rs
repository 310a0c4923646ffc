//! Every cookie that any route sets.

use crate::support::{Client, PASSWORD, site};
use axum::{body::Body, http::Method};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use std::collections::BTreeSet;

/// Cookies that the islands read and set.
const SCRIPT_COOKIES: [&str; 2] = ["theme", "time_zone"];

#[sqlx::test(migrator = "MIGRATIONS")]
async fn under_https_every_cookie_of_every_route_is_protected(pool: PgPool) {
    let site = site(
        &pool,
        &[
            "--public-url",
            "https://guildhall.example",
            "--api-rate-limit",
            "0",
        ],
    );
    let member = Client::member(&site, "seller", "sam@example.com").await;
    let mut stale = Client::new(&site);
    stale.set_cookie("__Host-guildhall", "AAAAAAAAAAAAAAAAAAAAAA");
    let form = format!(
        "role=buyer&name=Ada&email=ada%40example.com&password={}&theme=dark&time_zone=UTC&back=%2F",
        PASSWORD.replace(' ', "+")
    );
    let (mut found, mut wrong) = (BTreeSet::new(), Vec::new());
    for (method, path) in server::routes() {
        let path = path
            .replace("{id}", "1")
            .replace("{provider}", "x")
            .replace("{slug}", "x");
        for visitor in [&Client::new(&site), &member, &stale] {
            let body = if method == Method::GET { "" } else { &form };
            let kind = Some("application/x-www-form-urlencoded");
            let body = Body::from(body.to_owned());
            let mut visitor = visitor.clone();
            if path.ends_with("/live") {
                // A stream would not end.
                visitor
                    .headers
                    .push(("accept", "application/json".to_owned()));
            }
            let answer = visitor.send(method.clone(), &path, body, kind).await;
            for cookie in answer.headers.get_all("set-cookie") {
                let cookie = cookie.to_str().unwrap();
                let name = cookie.split('=').next().unwrap();
                let is_hidden = cookie.contains("; HttpOnly") != SCRIPT_COOKIES.contains(&name);
                if !(cookie.contains("; Secure") && cookie.contains("; SameSite=Lax") && is_hidden)
                {
                    wrong.push(format!("{method} {path}: {cookie}"));
                }
                found.insert(name.to_owned());
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let every: BTreeSet<String> = [
        "__Host-guildhall",
        "__Host-guildhall-device",
        "theme",
        "time_zone",
        "visits",
    ]
    .map(str::to_owned)
    .into();
    assert_eq!(found, every, "exactly the expected cookies are set");
}
