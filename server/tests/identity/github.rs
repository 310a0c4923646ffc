//! GitHub, which supports OAuth without OpenID Connect: the person is looked up through its API.

use crate::{
    fixture::{EMAIL, github, sign_in_with, sign_up_with, site_with},
    provider::{FakeProvider, split_query},
    support::Client,
};
use guildhall::store::MIGRATIONS;
use serde_json::json;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn github_is_queried_through_its_api_and_the_primary_verified_email_counts(pool: PgPool) {
    let provider = FakeProvider::start().await;
    let site = site_with(&pool, &[github(&provider)]).await;
    let mut client = Client::new(&site);
    let away = client.get("/sign-in/with/github").await.is(303);
    let (address, parameters) = split_query(away.location());
    assert_eq!(address, format!("{}/login/oauth/authorize", provider.url));
    assert_eq!(parameters["scope"], "read:user user:email");
    assert!(!parameters.contains_key("nonce"));
    for emails in [
        json!([{ "email": EMAIL, "primary": true, "verified": false }, { "email": "b@example.com", "primary": false, "verified": true }]),
        json!([]),
    ] {
        provider.now(|b| b.emails = emails);
        sign_in_with(&mut client, "github", &provider)
            .await
            .is(422)
            .says("GitHub does not say that your e-mail address is verified");
    }
    provider.now(|b| {
        b.emails = json!([
            { "email": "b@example.com", "primary": false, "verified": true },
            { "email": EMAIL, "primary": true, "verified": true },
        ]);
    });
    sign_up_with(&mut client, "github", &provider).await;
    client
        .get("/account")
        .await
        .is(200)
        .says("GitHub ada@example.com");
    let stored: (String, String) = sqlx::query_as("select issuer, subject from identity")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(stored, (provider.url.clone(), "583231".to_owned()));
    // GitHub answers a refused code with status 200.
    provider.now(|b| b.refuses_the_code = true);
    let mut again = Client::new(&site);
    sign_in_with(&mut again, "github", &provider).await.is(422);
    provider.now(|b| {
        b.refuses_the_code = false;
        b.emails = json!({ "message": "Requires authentication" });
    });
    // The e-mails of a known person are not requested.
    let count = provider.request_count("emails");
    sign_in_with(&mut again, "github", &provider).await.is(303);
    assert_eq!(provider.request_count("emails"), count);
    sqlx::query("delete from identity")
        .execute(&pool)
        .await
        .unwrap();
    let mut again = Client::new(&site);
    sign_in_with(&mut again, "github", &provider)
        .await
        .is(502)
        .says("GitHub did not give a usable answer");
}
