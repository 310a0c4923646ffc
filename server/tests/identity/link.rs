//! Linking an identity to an account, and unlinking it.

use crate::{
    fixture::{
        EMAIL, YES, callback, events, link, sign_in_with, sign_up_with, unlink_path, with_one,
    },
    support::{Client, PASSWORD, count},
};
use guildhall::store::MIGRATIONS;
use serde_json::json;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_account_with_the_email_is_linked_after_its_own_sign_in_and_never_before(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    Client::member(&site, "seller", EMAIL).await;
    let mut client = Client::new(&site);
    let first = sign_in_with(&mut client, "id", &provider).await.is(303);
    assert_eq!(first.location(), "/sign-up/with");
    client.get("/account").await.is(303);
    client
        .get("/sign-up/with")
        .await
        .is(200)
        .says("There is an account with this e-mail. Sign in to it with its password");
    // Submitting the newcomer's form anyway creates nothing.
    let fields = [("role", "buyer"), ("name", "Eve")];
    let taken = client.post("/sign-up/with", &fields).await.is(303);
    assert_eq!(taken.location(), "/sign-up/with");
    client.get("/account").await.is(303);
    assert_eq!(count(&pool, "identity").await, 0);

    let parameters = client.sign_in(EMAIL, PASSWORD).await.is(303);
    assert_eq!(parameters.location(), "/account/identities/link");
    assert_eq!(
        count(&pool, "identity").await,
        0,
        "nothing is linked without consent"
    );
    client
        .get("/account/identities/link")
        .await
        .is(200)
        .says("Link Example ID (ada@example.com) to this account?");
    client.post("/account/identities/link", &YES).await.is(303);
    client
        .get("/account")
        .await
        .is(200)
        .says("You can now sign in to this account with Example ID.")
        .says("Unlink Example ID, ada@example.com");
    assert_eq!(
        events(&pool).await,
        [
            "account.created",
            "account.browser_added",
            "account.identity_linked"
        ]
    );
    // Pressing the button again changes nothing.
    client
        .post("/account/identities/link", &[("intent", "link")])
        .await
        .is(303);
    assert_eq!(count(&pool, "identity").await, 1);

    let mut again = Client::new(&site);
    sign_in_with(&mut again, "id", &provider).await.is(303);
    again.get("/account").await.is(200).says("ada, seller");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn declining_links_nothing(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    Client::member(&site, "seller", "other@example.com").await;
    let mut client = Client::new(&site);
    sign_in_with(&mut client, "id", &provider).await.is(303);
    client.sign_in("other@example.com", PASSWORD).await.is(303);
    let declined = client
        .post("/account/identities/link", &[("intent", "decline")])
        .await
        .is(303);
    assert_eq!(declined.location(), "/dashboard");
    let parameters = client.get("/account/identities/link").await.is(303);
    assert_eq!(parameters.location(), "/account");
    assert_eq!(count(&pool, "identity").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_pending_identity_expires_after_ten_minutes(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    sign_in_with(&mut client, "id", &provider).await.is(303);
    let age = "update session set data = jsonb_set(data, '{pending_identity,at}',
        to_jsonb((data->'pending_identity'->>'at')::bigint - 600)) where data ? 'pending_identity'";
    sqlx::query(age).execute(&pool).await.unwrap();
    let fields = [("role", "buyer"), ("name", "Ada")];
    client.post("/sign-up/with", &fields).await.is(409);
    assert_eq!(count(&pool, "account").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn after_linking_the_visitor_continues_to_the_requested_page(pool: PgPool) {
    const LINK: &str = "/account/identities/link";
    let (site, provider) = with_one(&pool).await;
    Client::member(&site, "seller", EMAIL).await;
    let credentials = [("email", EMAIL), ("password", PASSWORD)];
    for (subject, before, at_the_form, leads_to) in [
        ("user-1", "", "", "/account"),
        ("user-2", "?next=/how-it-works", LINK, "/how-it-works"),
        ("user-3", "", "/settings", "/settings"),
        ("user-4", "?next=/how-it-works", "/settings", "/settings"),
    ] {
        provider.now(|b| b.claims = json!({ "sub": subject }));
        let mut client = Client::new(&site);
        let path = format!("/sign-in/with/id{before}");
        let away = client.get(&path).await.is(303);
        let back = provider.allow(away.location());
        client.get(&callback("id", &back)).await.is(303);
        let fields = [&credentials[..], &[("next", at_the_form)]].concat();
        let parameters = client.post("/sign-in", &fields).await.is(303);
        assert_eq!(parameters.location(), LINK, "{subject}");
        let linked = client.post(LINK, &YES).await.is(303);
        assert_eq!(linked.location(), leads_to, "{subject}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_identity_belongs_to_one_account_and_an_account_has_at_most_ten(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut ada = Client::member(&site, "buyer", EMAIL).await;
    link(&mut ada, "id", &provider).await.is(303);
    let mut eve = Client::member(&site, "buyer", "eve@example.com").await;
    link(&mut eve, "id", &provider)
        .await
        .is(409)
        .says("already linked to another Guildhall account");
    assert_eq!(count(&pool, "identity").await, 1);
    for n in 2..=10 {
        provider.now(|b| b.claims = json!({ "sub": format!("user-{n}") }));
        link(&mut ada, "id", &provider).await.is(303);
    }
    provider.now(|b| b.claims = json!({ "sub": "user-11" }));
    link(&mut ada, "id", &provider)
        .await
        .is(409)
        .says("has 10 sign-in providers linked");
    assert_eq!(count(&pool, "identity").await, 10);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn linking_needs_our_own_form_and_a_signed_in_visitor(pool: PgPool) {
    let (site, _) = with_one(&pool).await;
    let mut stranger = Client::new(&site);
    for path in [
        "/account/identities/id/link",
        "/account/identities/link",
        "/account/password/first",
    ] {
        let away = stranger.post(path, &[]).await.is(303);
        assert!(away.location().starts_with("/sign-in"), "{path}");
    }
    let mut member = Client::member(&site, "buyer", EMAIL).await;
    member.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    for path in [
        "/account/identities/id/link",
        "/account/identities/link",
        "/account/identities/1/unlink",
    ] {
        member.post(path, &[]).await.is(403);
    }
    assert_eq!(count(&pool, "sign_in_flow").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_last_sign_in_method_and_other_accounts_identities_cannot_be_unlinked(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut ada = Client::new(&site);
    sign_up_with(&mut ada, "id", &provider).await;
    let of = async |place: i64| unlink_path(&pool, place).await;
    ada.get("/account")
        .await
        .is(200)
        .says("Your only sign-in method");
    ada.post(&of(0).await, &[])
        .await
        .is(409)
        .says("This is your only sign-in method");
    let mut eve = Client::member(&site, "buyer", "eve@example.com").await;
    eve.post(&of(0).await, &[]).await.is(303);
    assert_eq!(count(&pool, "identity").await, 1);

    // Of two identities, one remains, even if both are unlinked concurrently.
    provider.now(|b| b.claims = json!({ "sub": "user-2" }));
    link(&mut ada, "id", &provider).await.is(303);
    let (mut left, mut right) = (ada.clone(), ada.clone());
    let (first, second) = (of(0).await, of(1).await);
    let both = tokio::join!(left.post(&first, &[]), right.post(&second, &[]));
    let mut statuses = [both.0.status.as_u16(), both.1.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    assert_eq!(count(&pool, "identity").await, 1);
    assert!(
        events(&pool)
            .await
            .contains(&"account.identity_unlinked".to_owned())
    );
}
