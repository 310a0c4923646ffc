//! The device flow.

use crate::{
    fixture::{CALLBACK, JsonAnswer, Program, caller, grant_endings, hidden, post, run},
    support::{Answer, Client, count, lengthen_waits, site},
};
use axum::Router;
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn begin(site: &Router, program: &Program) -> JsonAnswer {
    let fields = [("scope", "projects:read bids:read")];
    program
        .send(site, "/oauth/device_authorization", &fields)
        .await
        .is(200)
}

async fn poll(site: &Router, program: &Program, started: &JsonAnswer) -> JsonAnswer {
    let code = started.text("device_code");
    let fields = [("grant_type", GRANT), ("device_code", &code)];
    program.send(site, "/oauth/token", &fields).await
}

/// Makes the polling interval pass.
async fn wait(pool: &PgPool) {
    run(
        pool,
        "update oauth_device set polled_at = polled_at - interval '1 hour'",
    )
    .await;
}

async fn enter_code(person: &mut Client, code: &str, decision: &str) -> Answer {
    let page = person.post("/device", &[("user_code", code)]).await;
    if page.status != 200 {
        return page;
    }
    let mut fields = hidden(&page);
    fields.push(("decision".to_owned(), decision.to_owned()));
    post(person, "/device", &fields).await
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_allowed_device_gets_its_tokens_once(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut maker = Client::member(&site, "seller", "maker@example.com").await;
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::with_device_flow(&mut maker, "public", "").await;
    let started = begin(&site, &program).await;
    assert_eq!(started.json["expires_in"], 600);
    assert_eq!(started.json["interval"], 5);
    assert!(started.text("verification_uri").ends_with("/device"));
    let code = started.text("user_code");
    let letters = |c: char| "BCDFGHJKLMNPQRSTVWXZ".contains(c);
    assert!(
        code.len() == 9 && code.chars().all(|c| c == '-' || letters(c)),
        "{code}"
    );
    poll(&site, &program, &started)
        .await
        .denied("authorization_pending");

    let path = format!("/device?user_code={code}");
    assert!(
        person.get(&path).await.is(200).body.contains(&code),
        "the code is filled in"
    );
    let page = person
        .post(
            "/device",
            &[("user_code", &code.to_lowercase().replace('-', " "))],
        )
        .await;
    let page = page
        .is(200)
        .says("Allow Ledger Sync to act for you?")
        .says(&code)
        .says("Registered by maker")
        .says("For your account ada, seller, ada@example.com")
        .says("Its access ends after 30 days without use, and after a year at most")
        .says("revoke it at any time under Connected apps");
    let mut fields = hidden(&page);
    fields.push(("decision".to_owned(), "allow".to_owned()));
    wait(&pool).await;
    poll(&site, &program, &started)
        .await
        .denied("authorization_pending");
    // A repeated submission has one effect.
    for _ in 0..2 {
        let answer = post(&mut person, "/device", &fields).await.is(303);
        assert_eq!(answer.location(), "/account/programs");
    }
    person
        .get("/account/programs")
        .await
        .is(200)
        .says("Allowed. Your device continues")
        .says("Ledger Sync");

    let tokens = poll(&site, &program, &started).await.is(200);
    assert_eq!(tokens.json["scope"], "projects:read bids:read");
    assert_eq!(
        caller(&pool, &tokens.access()).await.unwrap().viewer.name,
        "ada"
    );
    program.refresh(&site, &tokens.refresh()).await.is(200);
    poll(&site, &program, &started)
        .await
        .denied("invalid_grant");
    assert!(caller(&pool, &tokens.access()).await.is_none());
    assert_eq!(grant_endings(&pool).await, ["code_reused"]);
    enter_code(&mut person, &code, "allow")
        .await
        .is(422)
        .says("No device is waiting with this code");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_device_that_polls_too_often_must_slow_down(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::with_device_flow(&mut person, "public", "").await;
    let started = begin(&site, &program).await;
    poll(&site, &program, &started)
        .await
        .denied("authorization_pending");
    for expected in [10, 15] {
        poll(&site, &program, &started).await.denied("slow_down");
        let interval: i32 = sqlx::query_scalar("select interval_secs from oauth_device")
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(interval, expected);
    }
    // Eleven seconds later is still too soon.
    run(
        &pool,
        "update oauth_device set polled_at = polled_at - interval '11 seconds'",
    )
    .await;
    poll(&site, &program, &started).await.denied("slow_down");
    wait(&pool).await;
    poll(&site, &program, &started)
        .await
        .denied("authorization_pending");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_denied_expired_revoked_or_foreign_device_code_gets_no_tokens(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::with_device_flow(&mut person, "public", "").await;
    let other = Program::with_device_flow(&mut person, "public", CALLBACK).await;
    let refused = begin(&site, &program).await;
    let answer = enter_code(&mut person, &refused.text("user_code"), "deny")
        .await
        .is(303);
    assert_eq!(answer.location(), "/device");
    poll(&site, &program, &refused)
        .await
        .denied("access_denied");

    let late = begin(&site, &program).await;
    poll(&site, &other, &late).await.denied("invalid_grant");
    run(
        &pool,
        "update oauth_device set expires_at = clock_timestamp()",
    )
    .await;
    enter_code(&mut person, &late.text("user_code"), "allow")
        .await
        .is(422);
    poll(&site, &program, &late).await.denied("expired_token");

    let taken_back = begin(&site, &program).await;
    enter_code(&mut person, &taken_back.text("user_code"), "allow")
        .await
        .is(303);
    person
        .post(&format!("{}/revoke", program.path), &[])
        .await
        .is(303);
    poll(&site, &program, &taken_back)
        .await
        .denied("access_denied");

    for (scope, error) in [("", "invalid_scope"), ("account:read", "invalid_scope")] {
        let reply = program
            .send(&site, "/oauth/device_authorization", &[("scope", scope)])
            .await;
        reply.denied(error);
    }
    let fields = [("grant_type", GRANT), ("device_code", "made up")];
    program
        .send(&site, "/oauth/token", &fields)
        .await
        .denied("invalid_grant");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn guessing_codes_gets_slower(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let mut other = Client::member(&site, "seller", "eve@example.com").await;
    let program = Program::with_device_flow(&mut person, "public", "").await;
    let code = begin(&site, &program).await.text("user_code");
    let mut statuses = Vec::new();
    for _ in 0..14 {
        let answer = person.post("/device", &[("user_code", "BBBB-BBBB")]).await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses[..9], [422; 9]);
    assert!(statuses.contains(&429), "{statuses:?}");
    lengthen_waits(&pool).await;
    // Correct codes must wait as well; another account is not affected.
    person
        .post("/device", &[("user_code", &code)])
        .await
        .is(429)
        .says("wait");
    other.post("/device", &[("user_code", &code)]).await.is(200);
    // A signed-out visitor cannot guess at all.
    Client::new(&site).get("/device").await.is(303);
    Client::new(&site)
        .post("/device", &[("user_code", &code)])
        .await
        .is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_programs_registered_for_the_device_flow_may_use_it(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let authorization_path = [("scope", "bids:read")];
    let polls = [("grant_type", GRANT), ("device_code", "x")];
    for kind in ["public", "confidential"] {
        let program = Program::register(&mut person, kind, CALLBACK).await;
        for (path, fields) in [
            ("/oauth/device_authorization", &authorization_path[..]),
            ("/oauth/token", &polls),
        ] {
            let reply = program.send(&site, path, fields).await;
            reply.denied("unauthorized_client");
        }
    }
    assert_eq!(count(&pool, "oauth_device").await, 0);

    // The checkbox shows the setting; once it is cleared, pending devices are rejected.
    let program = Program::with_device_flow(&mut person, "public", "").await;
    let started = begin(&site, &program).await;
    let ticked = "value=\"yes\" checked";
    assert!(person.get(&program.path).await.body.contains(ticked));
    let fields = [("name", "Ledger Sync"), ("scopes", "projects:read")];
    person.post(&program.path, &fields).await.is(303);
    assert!(!person.get(&program.path).await.body.contains(ticked));
    enter_code(&mut person, &started.text("user_code"), "allow")
        .await
        .is(422);
    let reply = poll(&site, &program, &started).await;
    reply.denied("unauthorized_client");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_decision_is_valid_only_for_the_account_and_program_shown(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let mut eve = Client::member(&site, "seller", "eve@example.com").await;
    let program = Program::with_device_flow(&mut person, "public", "").await;
    let code = begin(&site, &program).await.text("user_code");
    let page = person.post("/device", &[("user_code", &code)]).await;
    let mut fields = hidden(&page.is(200));
    fields.push(("decision".to_owned(), "allow".to_owned()));
    // Eve is signed in by now, so the page asks about her account.
    let answer = post(&mut eve, "/device", &fields).await.is(409);
    answer.says("eve, seller, eve@example.com");
    let change = [
        ("name", "Guildhall Support"),
        ("scopes", "projects:read"),
        ("scopes", "bids:read"),
        ("device_flow", "yes"),
    ];
    person.post(&program.path, &change).await.is(303);
    let answer = post(&mut person, "/device", &fields).await.is(409);
    let mut fields = hidden(&answer.says("Allow Guildhall Support to act for you?"));
    assert_eq!(count(&pool, "oauth_grant").await, 0);
    fields.push(("decision".to_owned(), "allow".to_owned()));
    post(&mut person, "/device", &fields).await.is(303);
}
