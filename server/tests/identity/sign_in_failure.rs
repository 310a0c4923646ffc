//! Messages shown when a provider refuses, is down, or returns an unusable answer.

use crate::{
    fixture::{EMAIL, callback, oidc, return_from_provider, sign_in_with, site_with, with_one},
    provider::FakeProvider,
    support::{Client, count},
};
use axum::http::StatusCode;
use guildhall::store::MIGRATIONS;
use serde_json::json;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_provider_that_is_down_or_has_another_issuer_is_reported(pool: PgPool) {
    let provider = FakeProvider::start().await;
    provider.now(|b| b.issuer = Some("https://evil.example".to_owned()));
    let site = site_with(&pool, &[oidc("id", "Example ID", &provider)]).await;
    let mut client = Client::new(&site);
    client
        .get("/sign-in/with/id")
        .await
        .is(502)
        .says("Example ID did not give a usable answer")
        .says("Sign in");
    // The failure is cached for a moment, for everybody.
    client.get("/sign-in/with/id").await.is(502);
    assert_eq!(provider.request_count("discovery"), 1);

    let (site, provider) = with_one(&pool).await;
    for status in [
        StatusCode::INTERNAL_SERVER_ERROR,
        StatusCode::FOUND,
        StatusCode::OK,
    ] {
        let mut client = Client::new(&site);
        provider.now(|b| b.is_down = None);
        let back = return_from_provider(&mut client, "id", &provider).await;
        provider.now(|b| b.is_down = Some(status));
        client.get(&callback("id", &back)).await.is(502);
    }
    assert_eq!(
        provider.request_count("trap"),
        0,
        "redirects are not followed"
    );
    // No server listens at this address.
    let nowhere = oidc("id", "Example ID", &provider).replace(&provider.url, "http://127.0.0.1:9");
    let mut client = Client::new(&site_with(&pool, &[nowhere]).await);
    client.get("/sign-in/with/id").await.is(502);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_answer_that_is_too_large_or_too_slow_is_aborted(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    provider.now(|b| {
        b.claims = json!({ "email": null });
        b.userinfo = json!({ "sub": "user-1", "padding": "x".repeat(300 * 1024) });
    });
    let mut client = Client::new(&site);
    sign_in_with(&mut client, "id", &provider).await.is(502);
    provider.now(|b| {
        b.userinfo = json!({ "sub": "user-1", "email": EMAIL, "email_verified": true });
        b.userinfo_delay = std::time::Duration::from_secs(60);
    });
    let began = std::time::Instant::now();
    sign_in_with(&mut client, "id", &provider).await.is(502);
    assert!(began.elapsed().as_secs() < 50, "{:?}", began.elapsed());
    assert_eq!(count(&pool, "account").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_providers_refusal_is_reported_in_plain_words(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    for (error, status, words) in [
        (
            "access_denied",
            403,
            "You did not allow Example ID to tell us who you are",
        ),
        ("server_error", 502, "did not give a usable answer"),
        (
            "<script>alert(1)</script>",
            502,
            "did not give a usable answer",
        ),
    ] {
        let mut client = Client::new(&site);
        let mut back = return_from_provider(&mut client, "id", &provider).await;
        back.remove("code");
        back.insert("error".to_owned(), error.to_owned());
        let answer = client
            .get(&callback("id", &back))
            .await
            .is(status)
            .says(words);
        assert!(!answer.body.contains("alert(1)"));
    }
    provider.now(|b| b.refuses_the_code = true);
    let mut client = Client::new(&site);
    sign_in_with(&mut client, "id", &provider)
        .await
        .is(422)
        .says("could not be finished");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_unverified_email_creates_no_account(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    for claims in [
        json!({ "email_verified": false }),
        json!({ "email_verified": null }),
        json!({ "email": "ada at example" }),
    ] {
        provider.now(|b| b.claims = claims);
        let mut client = Client::new(&site);
        sign_in_with(&mut client, "id", &provider)
            .await
            .is(422)
            .says("does not say that your e-mail address is verified");
        let fields = [("role", "buyer"), ("name", "Ada")];
        client.post("/sign-up/with", &fields).await.is(409);
    }
    assert_eq!(count(&pool, "account").await, 0);
}
