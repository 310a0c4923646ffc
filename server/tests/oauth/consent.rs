//! Where a program sends people, what they are asked, and where they are led.

use crate::{
    given::{CALLBACK, CHALLENGE, ISSUER, Program, allow, decide, hidden, param, run},
    support::{Answer, Client, PASSWORD, count, site},
};
use axum::{body::Body, http::Method};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn people_see_who_asks_for_what_and_whom_and_are_led_back_with_the_state(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut maker = Client::member(&site, "seller", "maker@example.com").await;
    let mut person = Client::member(&site, "buyer", "ada@example.com").await;
    let program = Program::register(&mut maker, "public", CALLBACK).await;
    let page = person
        .get(&program.asks(&[]))
        .await
        .is(200)
        .says("Allow Ledger Sync to act for you?")
        .says("Registered by maker")
        .says("Leads you back to app.example")
        .says("ada, buyer, ada@example.com")
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
    // Other pages' forms stay here.
    let own = person.get("/account").await.is(200);
    assert!(
        own.header("content-security-policy")
            .contains("form-action 'self';")
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn whoever_does_not_allow_it_is_led_back_without_a_code(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "buyer", "ada@example.com").await;
    let program = Program::register(&mut person, "public", &format!("{CALLBACK}?tenant=7")).await;
    let path = program.asks(&[("redirect_uri", &format!("{CALLBACK}?tenant=7"))]);
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
async fn a_doubtful_program_or_address_leads_nowhere(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "buyer", "ada@example.com").await;
    let program = Program::register(&mut person, "public", CALLBACK).await;
    let other = Program::register(&mut person, "public", "https://other.example/").await;
    let slash = format!("{CALLBACK}/");
    let long = "x".repeat(5000);
    for changes in [
        vec![("redirect_uri", slash.as_str())],
        vec![("redirect_uri", "")],
        vec![("redirect_uri", "https://app.example/callback?x")],
        vec![("redirect_uri", "https://app.example.evil.example/callback")],
        vec![("redirect_uri", "javascript:alert(1)")],
        vec![("redirect_uri", "https://other.example/")],
        vec![
            ("redirect_uri", CALLBACK),
            ("redirect_uri", "https://other.example/"),
        ],
        vec![("client_id", "")],
        vec![("client_id", "program_nobody")],
        vec![("client_id", "program\0")],
        vec![("client_id", &other.id)],
        vec![("client_id", &program.id), ("client_id", &other.id)],
        vec![("client_id", &long)],
    ] {
        let answer = person.get(&program.asks(&changes)).await.is(400);
        assert_eq!(answer.location(), "", "{changes:?}");
        answer.says("A program asked in a wrong way");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn whatever_else_is_wrong_is_told_to_a_program_that_was_allowed_something_before(
    pool: PgPool,
) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "buyer", "ada@example.com").await;
    let program = Program::register(&mut person, "public", CALLBACK).await;
    program.allowed_by(&site, &mut person).await;
    let mut newcomer = Client::member(&site, "buyer", "eve@example.com").await;
    let mut stranger = Client::new(&site);
    for visitor in [&mut person, &mut newcomer, &mut stranger] {
        visitor.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    }
    let long = "s".repeat(1001);
    for (changes, error) in [
        (
            vec![("code_challenge", ""), ("code_challenge_method", "")],
            "invalid_request",
        ),
        (vec![("code_challenge", "")], "invalid_request"),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("code_challenge_method", "")], "invalid_request"),
        (vec![("code_challenge", &CHALLENGE[1..])], "invalid_request"),
        (vec![("response_type", "")], "invalid_request"),
        (
            vec![("response_type", "token")],
            "unsupported_response_type",
        ),
        (
            vec![("response_type", "code id_token")],
            "unsupported_response_type",
        ),
        (vec![("response_mode", "fragment")], "invalid_request"),
        (vec![("scope", "")], "invalid_scope"),
        (vec![("scope", "admin")], "invalid_scope"),
        // The program was not registered for this one.
        (
            vec![("scope", "projects:read account:read")],
            "invalid_scope",
        ),
        (
            vec![("scope", "bids:read"), ("scope", "bids:write")],
            "invalid_request",
        ),
        (vec![("prompt", "login")], "invalid_request"),
        (vec![("state", &long)], "invalid_request"),
        (vec![("state", "a\nb")], "invalid_request"),
    ] {
        let answer = person.get(&program.asks(&changes)).await.is(303);
        let location = answer.location();
        assert!(
            location.starts_with(&format!("{CALLBACK}?error={error}&")),
            "{changes:?} {location}"
        );
        assert_eq!(param(location, "iss").as_deref(), Some(ISSUER));
        let has_state = !changes.iter().any(|(name, _)| *name == "state");
        assert_eq!(param(location, "state").is_some(), has_state, "{changes:?}");
        // A link to this site leads nobody else on to another, unless they choose to go.
        for visitor in [&mut newcomer, &mut stranger] {
            let answer = visitor.get(&program.asks(&changes)).await.is(400);
            assert_eq!(answer.location(), "", "{changes:?}");
            let answer = answer.says("Go back to Ledger Sync?");
            assert_eq!(link_back(&answer), location, "{changes:?}");
        }
    }
    // After the sign-in it is said here: that form leads nowhere else.
    person.headers = vec![("sec-fetch-site", "same-origin".to_owned())];
    person
        .get(&program.asks(&[("code_challenge", "")]))
        .await
        .is(400)
        .says("code_challenge is missing.");
    assert_eq!(count(&pool, "oauth_grant").await, 1);
}

/// Where the page leads whoever chooses to go back to the program.
fn link_back(page: &Answer) -> String {
    let (_, rest) = page.body.split_once(&format!("href=\"{CALLBACK}")).unwrap();
    let rest = rest.split_once('"').unwrap().0.replace("&amp;", "&");
    format!("{CALLBACK}{rest}")
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_form_that_was_tampered_with_allows_nothing_more(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "buyer", "ada@example.com").await;
    let mut eve = Client::member(&site, "buyer", "eve@example.com").await;
    let program = Program::register(&mut person, "public", CALLBACK).await;
    let page = person.get(&program.asks(&[])).await.is(200);
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
    // Somebody else is signed in by now: she is asked for her own account.
    let answer = decide(&mut eve, &with("state", "x")).await.is(409);
    answer.says("eve@example.com");
    decide(&mut person, &with("account", "")).await.is(409);
    let mut undecided = hidden(&page);
    undecided.push(("decision".to_owned(), "perhaps".to_owned()));
    decide(&mut person, &undecided).await.is(409);
    assert_eq!(count(&pool, "oauth_grant").await, 0);
    // The form of another site is none.
    person.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    decide(&mut person, &with("state", "x")).await.is(403);
    assert_eq!(count(&pool, "oauth_grant").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn whoever_is_signed_out_signs_in_first_and_comes_back_to_the_question(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut maker = Client::member(&site, "seller", "maker@example.com").await;
    let program = Program::register(&mut maker, "public", CALLBACK).await;
    let mut person = Client::new(&site);
    person.sign_up("buyer", "ada@example.com").await.is(303);
    let state = "s".repeat(1000);
    let path = program.asks(&[("state", &state)]);
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
    // The form of somebody whose session has ended leads to the sign-in too.
    let mut gone = Client::new(&site);
    decide(&mut gone, &[]).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_public_program_asks_each_time_and_a_confidential_one_once(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "buyer", "ada@example.com").await;
    // As a browser that another site sent here.
    person.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    let mut at_home = person.clone();
    at_home.headers = vec![("sec-fetch-site", "same-origin".to_owned())];
    let public = Program::register(&mut at_home, "public", CALLBACK).await;
    let server = Program::register(&mut at_home, "confidential", CALLBACK).await;
    for program in [&public, &server] {
        program.allowed_by(&site, &mut at_home).await;
    }
    person.get(&public.asks(&[])).await.is(200);
    let again = person.get(&server.asks(&[])).await.is(303);
    let code = param(again.location(), "code").unwrap();
    server.redeem(&site, &code).await.is(200);
    let less = person.get(&server.asks(&[("scope", "bids:read")])).await;
    less.is(303);
    // More than before, or asked for expressly, or straight from the sign-in whose form may lead nowhere else.
    person
        .get(&server.asks(&[("scope", "bids:write")]))
        .await
        .is(200);
    person
        .get(&server.asks(&[("prompt", "consent")]))
        .await
        .is(200);
    at_home.get(&server.asks(&[])).await.is(200);
    // Taken back, it asks again.
    at_home
        .post(&format!("{}/revoke", server.path), &[])
        .await
        .is(303);
    person.get(&server.asks(&[])).await.is(200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_program_that_must_not_disturb_is_told_what_is_missing(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "buyer", "ada@example.com").await;
    let server = Program::register(&mut person, "confidential", CALLBACK).await;
    let public = Program::register(&mut person, "public", CALLBACK).await;
    let quietly = [("prompt", "none")];
    let told = |answer: Answer| param(answer.is(303).location(), "error");
    // Who never allowed it anything is led nowhere unasked.
    let mut nobody = Client::new(&site);
    person.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    for (visitor, error) in [
        (&mut nobody, "login_required"),
        (&mut person, "consent_required"),
    ] {
        let page = visitor.get(&server.asks(&quietly)).await.is(400);
        assert_eq!(page.location(), "");
        let back = link_back(&page);
        assert_eq!(param(&back, "error").as_deref(), Some(error));
        assert!(param(&back, "state").is_some() && param(&back, "iss").is_some());
    }
    let mut at_home = person.clone();
    at_home.headers = vec![("sec-fetch-site", "same-origin".to_owned())];
    server.allowed_by(&site, &mut at_home).await;
    public.allowed_by(&site, &mut at_home).await;
    let more = [("prompt", "none"), ("scope", "bids:write")];
    let more = person.get(&server.asks(&more)).await;
    assert_eq!(told(more).as_deref(), Some("consent_required"));
    assert_eq!(told(person.get(&server.asks(&quietly)).await), None);
    let public = person.get(&public.asks(&quietly)).await;
    assert_eq!(told(public).as_deref(), Some("consent_required"));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_program_that_became_another_is_asked_for_again(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut maker = Client::member(&site, "seller", "maker@example.com").await;
    let mut person = Client::member(&site, "buyer", "ada@example.com").await;
    let mut sent = person.clone();
    sent.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    let mut program = Program::register(&mut maker, "confidential", CALLBACK).await;
    program.allowed_by(&site, &mut person).await;
    sent.get(&program.asks(&[])).await.is(303);
    // What people don't see of it may change.
    let same = [
        ("name", "Ledger Sync"),
        ("redirect_uris", CALLBACK),
        ("scopes", "projects:read"),
        ("scopes", "bids:read"),
    ];
    maker.post(&program.path, &same).await.is(303);
    sent.get(&program.asks(&[])).await.is(303);

    let page = person
        .get(&program.asks(&[("prompt", "consent")]))
        .await
        .is(200);
    let more = format!("{CALLBACK}\nhttps://evil.example/");
    for (name, uris) in [
        ("Guildhall Support", CALLBACK),
        ("Guildhall Support", &*more),
    ] {
        let mut change = same;
        (change[0].1, change[1].1) = (name, uris);
        maker.post(&program.path, &change).await.is(303);
        sent.get(&program.asks(&[])).await.is(200).says(name);
        // Nor is its address where a wrong request leads.
        sent.get(&program.asks(&[("scope", "admin")])).await.is(400);
        // Whoever decides about the page of before is asked again.
        let mut fields = hidden(&page);
        fields.push(("decision".to_owned(), "allow".to_owned()));
        decide(&mut person, &fields).await.is(409).says(name);
        program.allowed_by(&site, &mut person).await;
        sent.get(&program.asks(&[])).await.is(303);
    }
    let key = maker.get(&program.path).await.is(200).form_key();
    let path = format!("{}/secret", program.path);
    let renewed = maker.post(&path, &[("form_key", &key)]).await.is(200);
    let (_, secret) = renewed.body.split_once("guildhall_cs_").unwrap();
    let secret = secret.split_once('<').unwrap().0;
    program.secret = Some(format!("guildhall_cs_{secret}"));
    sent.get(&program.asks(&[])).await.is(200);
    program.allowed_by(&site, &mut person).await;
    sent.get(&program.asks(&[])).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_is_given_without_asking_ends_with_the_consent_and_comes_by_get_alone(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "buyer", "ada@example.com").await;
    let server = Program::register(&mut person, "confidential", CALLBACK).await;
    server.allowed_by(&site, &mut person).await;
    person.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    for path in [server.asks(&[]), server.asks(&[("prompt", "none")])] {
        let answer = person.send(Method::HEAD, &path, Body::empty(), None).await;
        assert_eq!(answer.is(200).location(), "");
    }
    assert_eq!(count(&pool, "oauth_grant").await, 1);

    run(
        &pool,
        "update oauth_grant set consented_at = consented_at - interval '360 days'",
    )
    .await;
    run(
        &pool,
        "update oauth_client set changed_at = changed_at - interval '400 days'",
    )
    .await;
    let again = person.get(&server.asks(&[])).await.is(303);
    let code = param(again.location(), "code").unwrap();
    server.redeem(&site, &code).await.is(200);
    let days: f64 = sqlx::query_scalar(
        "select extract(epoch from max(expires_at) - clock_timestamp())::double precision / 86400
         from oauth_refresh_token where grant_id > 1",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert!((4.9..=5.0).contains(&days), "{days}");
    run(
        &pool,
        "update oauth_grant set consented_at = consented_at - interval '6 days'",
    )
    .await;
    person.get(&server.asks(&[])).await.is(200);
}
