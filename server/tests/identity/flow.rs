//! The callback: a state is valid once, and only for its own session and provider.

use crate::{
    fixture::{callback, oidc, return_from_provider, site_with, with_one},
    provider::FakeProvider,
    support::{Client, count},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_state_is_valid_once_and_only_for_its_session_and_provider(pool: PgPool) {
    let provider = FakeProvider::start().await;
    let other = FakeProvider::start().await;
    let both = [
        oidc("id", "Example ID", &provider),
        oidc("other", "Other ID", &other),
    ];
    let site = site_with(&pool, &both).await;
    let mut client = Client::new(&site);
    let back = return_from_provider(&mut client, "id", &provider).await;

    let mut stranger = Client::new(&site);
    stranger
        .get(&callback("id", &back))
        .await
        .is(422)
        .says("could not be finished");
    return_from_provider(&mut stranger, "id", &provider).await;
    stranger.get(&callback("id", &back)).await.is(422);
    client.get(&callback("other", &back)).await.is(422);
    let mut unknown = back.clone();
    unknown.insert("state".to_owned(), "x".repeat(43));
    client.get(&callback("id", &unknown)).await.is(422);
    client.get("/sign-in/with/id/callback").await.is(422);
    assert_eq!(
        provider.request_count("token"),
        0,
        "no code is exchanged for any of these"
    );

    client.get(&callback("id", &back)).await.is(303);
    assert_eq!(provider.request_count("token"), 1);
    client.get(&callback("id", &back)).await.is(422);
    assert_eq!(
        provider.request_count("token"),
        1,
        "the code of a used state is not exchanged again"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_one_of_several_concurrent_callbacks_with_one_state_succeeds(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    let back = return_from_provider(&mut client, "id", &provider).await;
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (mut client, path) = (client.clone(), callback("id", &back));
        requests.spawn(async move { client.get(&path).await.status });
    }
    let statuses = requests.join_all().await;
    assert_eq!(
        statuses.iter().filter(|status| **status == 303).count(),
        1,
        "{statuses:?}"
    );
    assert_eq!(
        statuses.iter().filter(|status| **status == 422).count(),
        15,
        "{statuses:?}"
    );
    assert_eq!(provider.request_count("token"), 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_flow_ends_after_ten_minutes_and_with_its_session(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    let back = return_from_provider(&mut client, "id", &provider).await;
    sqlx::query("update sign_in_flow set expires_at = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    client.get(&callback("id", &back)).await.is(422);

    let mut member = Client::member(&site, "buyer", "eve@example.com").await;
    member
        .post("/account/identities/id/link", &[])
        .await
        .is(200);
    assert_eq!(
        count(&pool, "sign_in_flow where account_id is not null").await,
        1
    );
    member.post("/sign-out", &[]).await.is(303);
    assert_eq!(
        count(&pool, "sign_in_flow where account_id is not null").await,
        0
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_answer_from_another_issuer_is_refused(pool: PgPool) {
    let (_, provider) = with_one(&pool).await;
    for (announces_iss, iss, status) in [
        (false, Some("https://evil.example"), 422),
        (true, None, 422),
        (true, Some("https://evil.example"), 422),
        (true, Some(provider.url.as_str()), 303),
    ] {
        provider.now(|b| b.announces_iss = announces_iss);
        // A new site each time, because a provider's metadata is cached.
        let site = site_with(&pool, &[oidc("id", "Example ID", &provider)]).await;
        let mut client = Client::new(&site);
        let mut back = return_from_provider(&mut client, "id", &provider).await;
        if let Some(iss) = iss {
            back.insert("iss".to_owned(), iss.to_owned());
        }
        let answer = client.get(&callback("id", &back)).await;
        assert_eq!(answer.status.as_u16(), status, "{announces_iss} {iss:?}");
    }
}
