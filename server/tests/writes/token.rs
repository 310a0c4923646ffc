//! Personal access tokens.

use crate::{
    key, refusal, set_disk,
    support::{Client, PASSWORD, count, site, site_of},
    wrong_fields,
};
use axum::Router;
use guildhall::{disk::Level, store::MIGRATIONS};
use serde_json::{Value, json};
use sqlx::PgPool;

const PAGE: &str = "/account/tokens";

fn guide(key: &str) -> Value {
    json!({ "name": "Guide", "scopes": ["account:read", "bids:read"], "days": "30", "form_key": key })
}

/// The fields of the same form, as a browser sends them.
fn guide_form(key: &str) -> [(&str, &str); 5] {
    [
        ("form_key", key),
        ("name", "Guide"),
        ("scopes", "account:read"),
        ("scopes", "bids:read"),
        ("days", "30"),
    ]
}

/// The API's status for this token.
async fn status_by(site: &Router, token: &str) -> u16 {
    let mut program = Client::new(site);
    let bearer = ("authorization", format!("Bearer {token}"));
    program.headers.push(bearer);
    program.get("/api/v1/account").await.status.as_u16()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_token_is_created_and_shown_once_with_and_without_javascript(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    let (first, second) = (key(), key());
    let response = ada.call("make-token", &guide(&first)).await.is(200);
    assert_eq!(response.header("cache-control"), "no-store");
    let created: Value = serde_json::from_str(&response.body).unwrap();
    let token = created["token"].as_str().unwrap();
    assert_eq!(created["name"], "Guide");
    let command = created["command"].as_str().unwrap();
    assert!(command.contains(token) && command.ends_with("/api/v1/account"));
    assert_eq!(status_by(&site, token).await, 200);

    let again = ada.post(PAGE, &guide_form(&first)).await.is(409);
    assert!(!again.body.contains("guildhall_pat_"));
    again.says("Guide was already created");
    ada.post(PAGE, &guide_form(&second)).await.is(200);
    let again = ada.call("make-token", &guide(&second)).await.is(409);
    let (kind, message) = refusal(&again);
    assert_eq!(kind, "conflict");
    assert!(
        message.starts_with("Guide was already created"),
        "{message}"
    );
    assert_eq!(count(&pool, "access_token").await, 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_refused_request_creates_no_token_and_the_response_says_why(pool: PgPool) {
    let (app, site) = site_of(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    let wrong = json!({ "name": "", "scopes": ["admin"], "days": "367", "form_key": key() });
    let answer = ada.call("make-token", &wrong).await.is(422);
    assert_eq!(wrong_fields(&answer), ["name", "scopes", "days"]);
    let answer = ada.call("make-token", &guide("no key")).await.is(409);
    assert_eq!(refusal(&answer).0, "conflict");
    let answer = Client::new(&site).call("make-token", &guide(&key())).await;
    assert_eq!(refusal(&answer.is(401)).0, "sign_in_required");

    set_disk(&app.disk, Level::Low);
    let answer = ada.call("make-token", &guide(&key())).await.is(503);
    assert_eq!(answer.header("retry-after"), "60");
    answer.says("so new access tokens can't be stored");
    set_disk(&app.disk, Level::Plenty);
    assert_eq!(count(&pool, "access_token").await, 0);

    ada.call("make-token", &guide(&key())).await.is(200);
    sqlx::query("update quota set used = 500, at = clock_timestamp() where kind = 'token'")
        .execute(&pool)
        .await
        .unwrap();
    let answer = ada.call("make-token", &guide(&key())).await.is(429);
    assert!(!answer.header("retry-after").is_empty());
    answer.says("may create 100 access tokens a day");
    assert_eq!(count(&pool, "access_token").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_token_revoked_by_a_server_function_is_refused_from_then_on(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    let mut stranger = Client::member(&site, "buyer", "eve@example.com").await;
    let response = ada.call("make-token", &guide(&key())).await.is(200);
    let created: Value = serde_json::from_str(&response.body).unwrap();
    let token = created["token"].as_str().unwrap();
    assert_eq!(status_by(&site, token).await, 200);
    let id: i64 = sqlx::query_scalar("select id from access_token")
        .fetch_one(&pool)
        .await
        .unwrap();
    let id = json!({ "token": id });
    let answer = stranger.call("revoke-token", &id).await.is(404);
    assert_eq!(refusal(&answer).0, "not_found");
    assert_eq!(status_by(&site, token).await, 200);
    ada.call("revoke-token", &id).await.is(200);
    assert_eq!(status_by(&site, token).await, 401);
    // A second click is not an error.
    ada.call("revoke-token", &id).await.is(200);
    ada.get(PAGE)
        .await
        .is(200)
        .says("The token is revoked. Anything that uses it is refused from now on.");
    assert_eq!(count(&pool, "outbox where kind = 'token.revoked'").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_saved_form_is_deleted_when_its_token_is_created(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    for by_form in [false, true] {
        let account: i64 = sqlx::query_scalar("select id from account")
            .fetch_one(&pool)
            .await
            .unwrap();
        let (of, key) = (account.to_string(), key());
        let own = [("form_of", of.as_str()), ("form_page", PAGE)];
        let fields = [&guide_form(&key)[..], &own].concat();
        sqlx::query("delete from session")
            .execute(&pool)
            .await
            .unwrap();
        ada.post(PAGE, &fields).await.is(303);
        ada.sign_in("ada@example.com", PASSWORD).await.is(303);
        let shown = ada.get(PAGE).await.is(200);
        shown.says("Your text is below: check it and send it again.");
        if by_form {
            ada.post(PAGE, &fields).await.is(200);
        } else {
            ada.call("make-token", &guide(&key)).await.is(200);
        }
        assert_eq!(count(&pool, "saved_form").await, 0);
    }
    assert_eq!(count(&pool, "access_token").await, 2);
}
