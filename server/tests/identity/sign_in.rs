//! Signing in through a provider, from the button to the page after it.

use crate::{
    fixture::{EMAIL, again, callback, events, return_from_provider, sign_up_with, with_one},
    provider::split_query,
    support::{Client, PASSWORD, count, site},
};
use guildhall::store::MIGRATIONS;
use serde_json::json;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_first_sign_in_asks_for_the_role_and_a_second_does_not(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    for page in ["/sign-in", "/sign-up"] {
        client
            .get(page)
            .await
            .is(200)
            .says("Continue with Example ID");
    }
    let back = return_from_provider(&mut client, "id", &provider).await;
    let first = client.get(&callback("id", &back)).await.is(303);
    assert_eq!(first.location(), "/sign-up/with");
    assert_eq!(count(&pool, "account").await, 0, "nothing is created yet");
    client
        .get("/sign-up/with")
        .await
        .is(200)
        .says("Example ID says that you are ada@example.com");
    let refused = client.post("/sign-up/with", &[("name", "A")]).await.is(422);
    assert!(
        refused.body.contains("id=\"role-error\"") && refused.body.contains("id=\"name-error\"")
    );
    let fields = [
        ("role", "buyer"),
        ("name", "Ada Lovelace"),
        ("email", "eve@example.com"),
    ];
    client.post("/sign-up/with", &fields).await.is(303);
    client
        .get("/account")
        .await
        .is(200)
        .says("Ada Lovelace, buyer, ada@example.com");
    assert_eq!(count(&pool, "account where password_hash is null").await, 1);
    assert_eq!(
        count(&pool, "identity where last_used_at is not null").await,
        1
    );
    assert_eq!(events(&pool).await, ["account.created"]);

    let mut again = Client::new(&site);
    let away = again.get("/sign-in/with/id?next=/account").await.is(303);
    let back = provider.allow(away.location());
    let second = again.get(&callback("id", &back)).await.is(303);
    assert_eq!(second.location(), "/account");
    again.get("/account").await.is(200).says("Ada Lovelace");
    assert_eq!(count(&pool, "account").await, 1);
    assert_eq!(
        provider.request_count("discovery"),
        1,
        "the metadata is cached"
    );
    assert_eq!(provider.request_count("keys"), 1);
    assert_eq!(
        provider.request_count("userinfo"),
        0,
        "the token had everything"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_request_to_the_provider_is_complete_and_unique(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    let mut seen = Vec::new();
    for _ in 0..2 {
        let away = client.get("/sign-in/with/id").await.is(303);
        let (address, parameters) = split_query(away.location());
        assert_eq!(address, format!("{}/authorize", provider.url));
        assert_eq!(parameters["scope"], "openid email profile");
        assert_eq!(
            parameters["redirect_uri"],
            "http://127.0.0.1:3000/sign-in/with/id/callback"
        );
        for name in ["state", "nonce", "code_challenge"] {
            assert!(parameters[name].len() >= 43, "{name}");
            assert!(!seen.contains(&parameters[name]), "{name} is reused");
            seen.push(parameters[name].clone());
        }
    }
    assert_eq!(count(&pool, "sign_in_flow").await, 2);
    let rows: Vec<String> = sqlx::query_scalar("select row_to_json(f)::text from sign_in_flow f")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert!(
        rows.iter()
            .all(|row| !seen.iter().step_by(3).any(|state| row.contains(state)))
    );
    for _ in 0..10 {
        client.get("/sign-in/with/id").await.is(303);
    }
    assert_eq!(
        count(&pool, "sign_in_flow").await,
        5,
        "the oldest are dropped"
    );
    client.get("/sign-in/with/nobody").await.is(404);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_next_page_of_up_to_2000_characters_is_kept(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    sign_up_with(&mut Client::new(&site), "id", &provider).await;
    let longest = format!("/projects?q={}", "x".repeat(1988));
    for (next, leads_to) in [
        (longest.clone(), longest.as_str()),
        (format!("{longest}x"), "/dashboard"),
    ] {
        let mut client = Client::new(&site);
        let path = format!("/sign-in/with/id?next={next}");
        let away = client.get(&path).await.is(303);
        let back = provider.allow(away.location());
        let answer = client.get(&callback("id", &back)).await.is(303);
        assert_eq!(answer.location(), leads_to, "{}", next.len());
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn signing_in_with_a_provider_changes_the_session_id(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    sign_up_with(&mut client, "id", &provider).await;
    client.post("/sign-out", &[]).await.is(303);
    let back = return_from_provider(&mut client, "id", &provider).await;
    let before = client.cookie("guildhall").unwrap().to_owned();
    client.get(&callback("id", &back)).await.is(303);
    assert_ne!(client.cookie("guildhall").unwrap(), before);
    let mut planted = Client::new(&site);
    planted.set_cookie("guildhall", &before);
    planted.get("/account").await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_signed_in_visitor_is_never_moved_into_another_account(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut ada = Client::new(&site);
    sign_up_with(&mut ada, "id", &provider).await;
    provider.now(|b| b.claims = json!({ "sub": "user-2", "email": "eve@example.com" }));
    sign_up_with(&mut Client::new(&site), "id", &provider).await;
    sqlx::query("update identity set last_used_at = null")
        .execute(&pool)
        .await
        .unwrap();
    for subject in ["user-2", "nobody"] {
        provider.now(|b| b.claims["sub"] = json!(subject));
        again(&mut ada, "id", "/account", &provider)
            .await
            .is(403)
            .says(
                "Your identity at Example ID does not belong to the account that is signed in here",
            );
        ada.get("/account").await.is(200).says(EMAIL);
        let nothing = ada.get("/account/identities/link").await.is(303);
        assert_eq!(nothing.location(), "/account", "{subject}");
    }
    let used = count(&pool, "identity where last_used_at is not null").await;
    assert_eq!(used, 0);
    // Without `again`, a link from another site has no effect.
    let stays = ada.get("/sign-in/with/id").await.is(303);
    assert_eq!(stays.location(), "/dashboard");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn redirects_to_a_provider_are_limited_and_do_not_fill_the_database(pool: PgPool) {
    let (site, _provider) = with_one(&pool).await;
    // The limit allows one more request every few seconds, so on a slow machine more than sixty get through.
    let mut let_through = 0;
    let refused = loop {
        let answer = Client::new(&site).get("/sign-in/with/id").await;
        if answer.status != 303 {
            break answer.is(429);
        }
        let_through += 1;
        assert!(let_through < 200, "the limit never applies");
    };
    assert!(let_through >= 60, "{let_through}");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() <= 3);
    refused.says("Too many tries");
    assert_eq!(count(&pool, "sign_in_flow").await, let_through);
    assert_eq!(count(&pool, "session").await, let_through);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn without_a_providers_file_there_are_no_providers(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut client = Client::new(&site);
    assert!(
        !client
            .get("/sign-in")
            .await
            .is(200)
            .body
            .contains("Continue with")
    );
    client.get("/sign-in/with/google").await.is(404);
    let mut member = Client::member(&site, "buyer", EMAIL).await;
    assert!(
        !member
            .get("/account")
            .await
            .is(200)
            .body
            .contains("Sign-in providers")
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn strangers_block_neither_a_provider_nor_a_known_browser(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut ada = Client::new(&site);
    sign_up_with(&mut ada, "id", &provider).await;
    let fields = [("new_password", PASSWORD)];
    ada.post("/account/password/first", &fields).await.is(303);
    ada.post("/sign-out", &[]).await.is(303);
    Client::new(&site)
        .sign_in(EMAIL, "a wrong password")
        .await
        .is(422);
    sqlx::query("update sign_in_failure set failures = 200, last_failed_at = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    Client::new(&site).sign_in(EMAIL, PASSWORD).await.is(429);
    // All of these visitors share one address.
    let mut redirects = 0;
    while Client::new(&site).get("/sign-in/with/id").await.status != 429 {
        redirects += 1;
        assert!(redirects < 1000, "the address is not limited");
    }
    let back = return_from_provider(&mut ada, "id", &provider).await;
    ada.get(&callback("id", &back)).await.is(303);
    ada.get("/account").await.is(200);
    ada.post("/sign-out", &[]).await.is(303);
    ada.sign_in(EMAIL, PASSWORD).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_account_created_through_a_provider_counts_as_a_sign_up_from_its_address(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    Client::new(&site)
        .sign_up("buyer", "bob@example.com")
        .await
        .is(303);
    sqlx::query("update quota set used = 1000, at = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    let mut ada = Client::new(&site);
    let back = return_from_provider(&mut ada, "id", &provider).await;
    ada.get(&callback("id", &back)).await.is(303);
    let fields = [("role", "buyer"), ("name", "Ada Lovelace")];
    ada.post("/sign-up/with", &fields)
        .await
        .is(429)
        .says("Too many accounts were opened or e-mail addresses changed from your network address recently.");
    assert_eq!(count(&pool, "account").await, 1);
}
