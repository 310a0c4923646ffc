//! Changing sign-in methods requires a new proof of ownership.

use crate::{
    fixture::{
        EMAIL, YES, again, callback, github, link, sign_in_with, sign_up_with, site_with,
        ten_minutes_pass, unlink_path, with_one,
    },
    provider::{FakeProvider, split_query},
    support::{Answer, Client, PASSWORD, count, text_of},
};
use guildhall::store::MIGRATIONS;
use serde_json::json;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_open_session_alone_cannot_link_or_unlink(pool: PgPool) {
    const LINK: &str = "/account/identities/link";
    let (site, provider) = with_one(&pool).await;
    let mut ada = Client::member(&site, "buyer", EMAIL).await;
    let onward = ada.post("/account/identities/id/link", &[]).await.is(200);
    let url = onward.header("refresh").strip_prefix("0; url=").unwrap();
    let back = provider.allow(url);
    ada.get(&callback("id", &back)).await.is(303);
    ada.get(LINK).await.is(200).says("Current password");
    let wrong = [("intent", "link"), ("present_password", "not this one")];
    for proof in [&[("intent", "link")][..], &wrong] {
        let refused = ada.post(LINK, proof).await.is(422);
        assert!(refused.body.contains("id=\"present_password-error\""));
    }
    assert_eq!(count(&pool, "identity").await, 0);
    ada.post(LINK, &YES).await.is(303);
    assert_eq!(count(&pool, "identity").await, 1);

    let path = unlink_path(&pool, 0).await;
    ada.get(&path)
        .await
        .is(200)
        .says("Unlink Example ID (ada@example.com)?")
        .says("Current password");
    ada.post(&path, &[]).await.is(422);
    // Password guesses are slowed down as on the sign-in form.
    let mut statuses = Vec::new();
    for _ in 0..12 {
        let guess = ada.post(&path, &wrong[1..]).await;
        statuses.push(guess.status.as_u16());
    }
    assert!(
        statuses[0] == 422 && statuses.contains(&429),
        "{statuses:?}"
    );
    ada.post(&path, &YES[1..]).await.is(429);
    assert_eq!(count(&pool, "identity").await, 1);
    sqlx::query("delete from sign_in_failure")
        .execute(&pool)
        .await
        .unwrap();
    ada.post(&path, &YES[1..]).await.is(303);
    assert_eq!(count(&pool, "identity").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn without_a_password_an_identity_is_linked_after_a_new_sign_in_with_another(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut ada = Client::new(&site);
    sign_up_with(&mut ada, "id", &provider).await;
    ten_minutes_pass(&pool).await;
    provider.now(|b| b.claims = json!({ "sub": "user-2" }));
    link(&mut ada, "id", &provider)
        .await
        .is(403)
        .says("Sign in with a provider again first")
        .says("Sign in again with Example ID");
    let path = unlink_path(&pool, 0).await;
    ada.post(&path, &[]).await.is(403);
    assert_eq!(count(&pool, "identity").await, 1);

    provider.now(|b| b.claims = json!({}));
    let next = "/account/identities/link";
    let back = again(&mut ada, "id", next, &provider).await.is(303);
    assert_eq!(back.location(), next);
    ada.post(next, &[("intent", "link")]).await.is(303);
    assert_eq!(count(&pool, "identity").await, 2);
    ada.post(&path, &[]).await.is(303);
    assert_eq!(count(&pool, "identity").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_first_password_can_only_be_set_soon_after_a_provider_sign_in(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    sign_up_with(&mut client, "id", &provider).await;
    // Signing in by e-mail does not work yet, and does not reveal that there is an account.
    let mut stranger = Client::new(&site);
    let without = stranger.sign_in(EMAIL, PASSWORD).await.is(422);
    let unknown = stranger.sign_in("bob@example.com", PASSWORD).await.is(422);
    let neutral = |answer: &Answer| {
        text_of(&answer.body)
            .replace("ada@", "@")
            .replace("bob@", "@")
    };
    assert_eq!(neutral(&without), neutral(&unknown));

    ten_minutes_pass(&pool).await;
    client
        .get("/account")
        .await
        .is(200)
        .says("sign in with a provider again first")
        .says("Sign in again with Example ID");
    let new = [("new_password", "a brass weather vane")];
    client.post("/account/password/first", &new).await.is(403);
    let change = [
        ("present_password", ""),
        ("new_password", "a brass weather vane"),
    ];
    client.post("/account/password", &change).await.is(422);

    let back = again(&mut client, "id", "/account", &provider).await;
    assert_eq!(back.is(303).location(), "/account");
    let mut elsewhere = Client::new(&site);
    sign_in_with(&mut elsewhere, "id", &provider).await.is(303);
    client
        .post(
            "/account/password/first",
            &[("new_password", "password123")],
        )
        .await
        .is(422)
        .says("easy to guess");
    client.post("/account/password/first", &new).await.is(303);
    client
        .get("/account")
        .await
        .is(200)
        .says("Your password is set")
        .says("Change password");
    elsewhere.get("/account").await.is(303);
    client.post("/account/password/first", &new).await.is(409);
    stranger
        .sign_in(EMAIL, "a brass weather vane")
        .await
        .is(303);
    // After a sign-in with the password, the password is the proof. The identity may now be unlinked.
    let path = unlink_path(&pool, 0).await;
    let proof = [("present_password", "a brass weather vane")];
    stranger.post(&path, &proof).await.is(303);
    assert_eq!(count(&pool, "identity").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn without_a_password_the_email_changes_soon_after_a_provider_sign_in(pool: PgPool) {
    const PATH: &str = "/account/email";
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    sign_up_with(&mut client, "id", &provider).await;
    ten_minutes_pass(&pool).await;
    let asks = client.get(PATH).await.is(200);
    assert!(!asks.body.contains("name=\"email\""));
    asks.says("Sign in again with Example ID");
    let new = [("email", "ada.new@example.com"), ("present_password", "")];
    client
        .post(PATH, &new)
        .await
        .is(403)
        .says("Sign in with a provider again first");

    let back = again(&mut client, "id", PATH, &provider).await.is(303);
    assert_eq!(back.location(), PATH);
    client.post(PATH, &new[..1]).await.is(303);
    client
        .get("/account")
        .await
        .is(200)
        .says("ada.new@example.com");
    let mut elsewhere = Client::new(&site);
    sign_in_with(&mut elsewhere, "id", &provider).await.is(303);
    elsewhere
        .get("/account")
        .await
        .is(200)
        .says("ada.new@example.com");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_a_sign_in_confirmed_as_new_by_the_provider_counts(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    sign_up_with(&mut Client::new(&site), "id", &provider).await;
    let new = [("new_password", "a brass weather vane")];
    // Anyone at a browser that is still signed in at the provider gets this far.
    let mut client = Client::new(&site);
    let away = client.get("/sign-in/with/id").await.is(303);
    let (_, parameters) = split_query(away.location());
    assert!(!parameters.contains_key("prompt") && !parameters.contains_key("max_age"));
    let back = provider.allow(away.location());
    client.get(&callback("id", &back)).await.is(303);
    client.post("/account/password/first", &new).await.is(403);

    let path = "/sign-in/with/id?again=yes&next=/account";
    let away = client.get(path).await.is(303);
    let (_, parameters) = split_query(away.location());
    assert_eq!(
        (&*parameters["prompt"], &*parameters["max_age"]),
        ("login", "0")
    );
    let now = i64::try_from(jsonwebtoken::get_current_timestamp()).unwrap();
    for auth_time in [json!(null), json!(now - 90), json!(now + 90)] {
        provider.now(|b| b.claims = json!({ "auth_time": auth_time }));
        again(&mut client, "id", "/account", &provider)
            .await
            .is(403)
            .says("Example ID did not say that you signed in there just now");
        client.post("/account/password/first", &new).await.is(403);
    }
    // The two clocks may be a minute apart.
    provider.now(|b| b.claims = json!({ "auth_time": now - 30 }));
    let back = again(&mut client, "id", "/account", &provider).await;
    assert_eq!(back.is(303).location(), "/account");
    client.post("/account/password/first", &new).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_sign_in_with_github_never_counts_as_new(pool: PgPool) {
    let provider = FakeProvider::start().await;
    let site = site_with(&pool, &[github(&provider)]).await;
    let mut client = Client::new(&site);
    sign_up_with(&mut client, "github", &provider).await;
    client
        .get("/account")
        .await
        .is(200)
        .says("At least 10 characters");
    ten_minutes_pass(&pool).await;
    client
        .get("/account")
        .await
        .is(200)
        .says("A sign-in with GitHub does not count here");
    client
        .get("/sign-in/with/github?again=yes&next=/account")
        .await
        .is(403)
        .says("GitHub did not say that you signed in there just now");
    assert_eq!(count(&pool, "sign_in_flow").await, 0);
}
