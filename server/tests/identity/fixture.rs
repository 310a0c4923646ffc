//! Fixtures: a site with providers, and visits to a provider.

use crate::{
    provider::{CLIENT, FakeProvider, SECRET},
    support::{Answer, Client, PASSWORD, site},
};
use axum::Router;
use sqlx::PgPool;
use std::collections::HashMap;

pub const EMAIL: &str = "ada@example.com";

/// The fields that confirm linking, with the proof that an account with a password needs.
pub const YES: [(&str, &str); 2] = [("intent", "link"), ("present_password", PASSWORD)];

/// The site with these providers in its configuration file.
pub async fn site_with(pool: &PgPool, providers: &[String]) -> Router {
    let database: String = sqlx::query_scalar("select current_database()")
        .fetch_one(pool)
        .await
        .unwrap();
    let file = std::env::temp_dir().join(format!("providers-{database}.toml"));
    std::fs::write(&file, providers.concat()).unwrap();
    let site = site(pool, &["--providers", file.to_str().unwrap()]);
    std::fs::remove_file(file).unwrap();
    site
}

pub fn oidc(slug: &str, label: &str, provider: &FakeProvider) -> String {
    format!(
        "[[provider]]\nslug = \"{slug}\"\nlabel = \"{label}\"\nkind = \"oidc\"\nissuer = \"{}\"\nclient_id = \"{CLIENT}\"\nclient_secret = \"{SECRET}\"\n",
        provider.url
    )
}

pub fn github(provider: &FakeProvider) -> String {
    format!(
        "[[provider]]\nslug = \"github\"\npreset = \"github\"\nbase_url = \"{}\"\nclient_id = \"{CLIENT}\"\nclient_secret = \"{SECRET}\"\n",
        provider.url
    )
}

/// A site with one OpenID provider that behaves honestly at first.
pub async fn with_one(pool: &PgPool) -> (Router, FakeProvider) {
    let provider = FakeProvider::start().await;
    let site = site_with(pool, &[oidc("id", "Example ID", &provider)]).await;
    (site, provider)
}

pub fn callback(slug: &str, parameters: &HashMap<String, String>) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    format!("/sign-in/with/{slug}/callback?{query}")
}

/// Sends the visitor to the provider, where they allow the sign-in; returns the callback's parameters.
pub async fn return_from_provider(
    client: &mut Client,
    slug: &str,
    provider: &FakeProvider,
) -> HashMap<String, String> {
    let away = client.get(&format!("/sign-in/with/{slug}")).await.is(303);
    provider.allow(away.location())
}

pub async fn sign_in_with(client: &mut Client, slug: &str, provider: &FakeProvider) -> Answer {
    let back = return_from_provider(client, slug, provider).await;
    client.get(&callback(slug, &back)).await
}

/// Completes a first sign-in, which creates an account.
pub async fn sign_up_with(client: &mut Client, slug: &str, provider: &FakeProvider) {
    let first = sign_in_with(client, slug, provider).await.is(303);
    assert_eq!(first.location(), "/sign-up/with");
    let fields = [("role", "buyer"), ("name", "Ada Lovelace")];
    let ready = client.post("/sign-up/with", &fields).await.is(303);
    assert_eq!(ready.location(), "/dashboard");
}

/// Links an identity for the signed-in visitor, starting from the account page.
pub async fn link(client: &mut Client, slug: &str, provider: &FakeProvider) -> Answer {
    let onward = client
        .post(&format!("/account/identities/{slug}/link"), &[])
        .await
        .is(200);
    let url = onward.header("refresh").strip_prefix("0; url=").unwrap();
    let back = provider.allow(url);
    let parameters = client.get(&callback(slug, &back)).await.is(303);
    assert_eq!(parameters.location(), "/account/identities/link");
    client.get("/account/identities/link").await.is(200);
    client.post("/account/identities/link", &YES).await
}

/// Makes every session's last proof of ownership ten minutes older.
pub async fn ten_minutes_pass(pool: &PgPool) {
    let age = "update session set data = jsonb_set(data, '{proven_at}', to_jsonb((data->>'proven_at')::bigint - 600))
        where data ? 'proven_at'";
    sqlx::query(age).execute(pool).await.unwrap();
}

/// The signed-in visitor signs in at the provider again and comes back.
pub async fn again(client: &mut Client, slug: &str, next: &str, provider: &FakeProvider) -> Answer {
    let path = format!("/sign-in/with/{slug}?again=yes&next={next}");
    let away = client.get(&path).await.is(303);
    let back = provider.allow(away.location());
    client.get(&callback(slug, &back)).await
}

/// The path of the form that unlinks the identity at this index.
pub async fn unlink_path(pool: &PgPool, place: i64) -> String {
    let id: i64 = sqlx::query_scalar("select id from identity order by id offset $1")
        .bind(place)
        .fetch_one(pool)
        .await
        .unwrap();
    format!("/account/identities/{id}/unlink")
}

pub async fn events(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar("select kind from outbox order by id")
        .fetch_all(pool)
        .await
        .unwrap()
}
