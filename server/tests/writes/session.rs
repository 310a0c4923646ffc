//! The sessions of an account.

use crate::{
    refusal,
    support::{Client, PASSWORD, count, site},
};
use guildhall::store::MIGRATIONS;
use serde_json::json;
use sqlx::PgPool;

const ADA: &str = "ada@example.com";

async fn newest_session(pool: &PgPool) -> i64 {
    sqlx::query_scalar("select max(id) from session where account_id is not null")
        .fetch_one(pool)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_session_ended_by_a_server_function_is_invalid(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    let mut stranger = Client::member(&site, "buyer", "eve@example.com").await;
    let mut telephone = Client::new(&site);
    telephone.sign_in(ADA, PASSWORD).await.is(303);
    let session = json!({ "session": newest_session(&pool).await });

    let answer = stranger.call("end-session", &session).await.is(404);
    assert_eq!(refusal(&answer).0, "not_found");
    telephone.get("/account").await.is(200);
    let answer = ada.call("end-session", &session).await.is(200);
    assert_eq!(
        answer.body,
        r#"{"message":"The session has ended.","location":"/account"}"#
    );
    telephone.get("/account").await.is(303);
    ada.get("/account")
        .await
        .is(200)
        .says("The session has ended.");
    // The session has already ended. The form still redirects, because a double click is not an error.
    ada.call("end-session", &session).await.is(404);
    let path = format!("/account/sessions/{}/end", session["session"]);
    ada.post(&path, &[]).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn all_other_sessions_are_ended_with_and_without_javascript(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    for by_form in [false, true] {
        for _ in 0..2 {
            Client::new(&site).sign_in(ADA, PASSWORD).await.is(303);
        }
        let ended = if by_form {
            ada.post("/account/sessions/end-others", &[]).await.is(303)
        } else {
            ada.call("end-other-sessions", &json!({})).await.is(200)
        };
        assert_eq!(
            count(&pool, "session where account_id is not null").await,
            1
        );
        assert_eq!(
            ended.header("cache-control"),
            if by_form { "" } else { "no-store" }
        );
        let page = ada.get("/account").await.is(200);
        page.says("All other sessions have ended.");
    }
    let answer = Client::new(&site)
        .call("end-other-sessions", &json!({}))
        .await
        .is(401);
    assert_eq!(refusal(&answer).0, "sign_in_required");
}
