//! What users are asked about a program, and where their answer leads.

use crate::{
    fixture::{CALLBACK, ISSUER, Program, allow, decide, hidden, param},
    support::{Client, PASSWORD, count, site},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_consent_page_shows_program_scopes_and_account_and_redirects_with_the_state(
    pool: PgPool,
) {
    let site = site(&pool, &[]);
    let mut maker = Client::member(&site, "seller", "maker@example.com").await;
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut maker, "public", CALLBACK).await;
    let page = person
        .get(&program.authorization_path(&[]))
        .await
        .is(200)
        .says("Allow Ledger Sync to act for you?")
        .says("Registered by maker")
        .says("Sends you back to app.example")
        .says("ada, seller, ada@example.com")
        .says("see your own projects, drafts included")
        .says("see your own bids");
    assert_eq!(page.header("cache-control"), "no-store");
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("form-action 'self' https://app.example;"),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let mut fields = hidden(&page);
    fields.push(("decision".to_owned(), "allow".to_owned()));
    let answer = decide(&mut person, &fields).await.is(303);
    assert_eq!(answer.header("cache-control"), "no-store");
    let location = answer.location();
    assert!(
        location.starts_with(&format!("{CALLBACK}?code=guildhall_ac_")),
        "{location}"
    );
    assert_eq!(param(location, "state").unwrap(), "a state/with&signs");
    assert_eq!(param(location, "iss").unwrap(), ISSUER);
    // Forms on other pages may be submitted only to this site.
    let account_page = person.get("/account").await.is(200);
    assert!(
        account_page
            .header("content-security-policy")
            .contains("form-action 'self';")
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_denied_request_redirects_back_without_a_code(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "public", &format!("{CALLBACK}?tenant=7")).await;
    let path = program.authorization_path(&[("redirect_uri", &format!("{CALLBACK}?tenant=7"))]);
    let page = person.get(&path).await.is(200);
    let mut fields = hidden(&page);
    fields.push(("decision".to_owned(), "deny".to_owned()));
    let answer = decide(&mut person, &fields).await.is(303);
    let location = answer.location();
    assert!(
        location.starts_with(&format!("{CALLBACK}?tenant=7&error=access_denied&")),
        "{location}"
    );
    assert_eq!(param(location, "iss").unwrap(), ISSUER);
    assert_eq!(count(&pool, "oauth_grant").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_tampered_form_grants_nothing(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let mut eve = Client::member(&site, "seller", "eve@example.com").await;
    let program = Program::register(&mut person, "public", CALLBACK).await;
    let page = person.get(&program.authorization_path(&[])).await.is(200);
    let with = |name: &str, value: &str| {
        let mut fields = hidden(&page);
        fields.retain(|(n, _)| n != name);
        fields.push((name.to_owned(), value.to_owned()));
        fields.push(("decision".to_owned(), "allow".to_owned()));
        fields
    };
    for (name, value) in [
        ("redirect_uri", "https://evil.example/"),
        ("client_id", "program_other"),
    ] {
        let answer = decide(&mut person, &with(name, value)).await.is(400);
        assert_eq!(answer.location(), "");
    }
    for (name, value, error) in [
        ("scope", "account:read", "invalid_scope"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
    ] {
        let answer = decide(&mut person, &with(name, value)).await.is(303);
        assert_eq!(param(answer.location(), "error").as_deref(), Some(error));
    }
    // Eve submits the form that was shown to Ada, so she is asked about her own account.
    let answer = decide(&mut eve, &with("state", "x")).await.is(409);
    answer.says("eve@example.com");
    decide(&mut person, &with("account", "")).await.is(409);
    let mut undecided = hidden(&page);
    undecided.push(("decision".to_owned(), "perhaps".to_owned()));
    decide(&mut person, &undecided).await.is(409);
    assert_eq!(count(&pool, "oauth_grant").await, 0);
    // Another site's form is refused.
    person.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    decide(&mut person, &with("state", "x")).await.is(403);
    assert_eq!(count(&pool, "oauth_grant").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_signed_out_user_signs_in_first_and_returns_to_the_consent_page(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut maker = Client::member(&site, "seller", "maker@example.com").await;
    let program = Program::register(&mut maker, "public", CALLBACK).await;
    let mut person = Client::new(&site);
    person.sign_up("seller", "ada@example.com").await.is(303);
    let state = "s".repeat(1000);
    let path = program.authorization_path(&[("state", &state)]);
    let answer = person.get(&path).await.is(303);
    assert!(
        answer
            .location()
            .starts_with("/sign-in?next=/oauth/authorize%3F"),
        "{}",
        answer.location()
    );
    let page = person.get(answer.location()).await.is(200);
    let (_, next) = hidden(&page)
        .into_iter()
        .find(|(name, _)| name == "next")
        .unwrap();
    let fields = [
        ("email", "ada@example.com"),
        ("password", PASSWORD),
        ("next", &next),
    ];
    let answer = person.post("/sign-in", &fields).await.is(303);
    let location = allow(&mut person, answer.location()).await;
    assert_eq!(param(&location, "state").unwrap(), state);
    // A form submitted after the session has ended leads to the sign-in page too.
    let mut signed_out = Client::new(&site);
    decide(&mut signed_out, &[]).await.is(303);
}
