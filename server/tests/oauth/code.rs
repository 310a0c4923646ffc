//! Authorization codes: what a code is valid for, and how often it can be redeemed.

use crate::{
    fixture::{CALLBACK, Program, VERIFIER, allow, caller, grant_endings, param, run},
    support::{Client, site},
};
use guildhall::{store::MIGRATIONS, token::Scope};
use sqlx::PgPool;
use tokio::task::JoinSet;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_program_acts_for_the_account_within_the_granted_scopes(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut maker = Client::member(&site, "seller", "maker@example.com").await;
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    for kind in ["public", "confidential"] {
        let program = Program::register(&mut maker, kind, CALLBACK).await;
        let tokens = program.allowed_by(&site, &mut person).await;
        assert_eq!(tokens.json["token_type"], "Bearer");
        assert_eq!(tokens.json["expires_in"], 3600);
        assert_eq!(tokens.json["scope"], "projects:read bids:read");
        assert_eq!(tokens.answer.header("cache-control"), "no-store");
        let caller = caller(&pool, &tokens.access()).await.unwrap();
        assert_eq!(caller.viewer.name, "ada");
        assert!(caller.must_have(Scope::BidsRead).is_ok());
        assert!(caller.must_have(Scope::BidsWrite).is_err());
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_code_used_twice_is_refused_and_its_tokens_are_revoked(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "public", CALLBACK).await;
    let code = program.code_from(&mut person).await;
    let tokens = program.redeem(&site, &code).await.is(200);
    assert!(caller(&pool, &tokens.access()).await.is_some());
    program.redeem(&site, &code).await.denied("invalid_grant");
    assert!(caller(&pool, &tokens.access()).await.is_none());
    let refreshed = program.refresh(&site, &tokens.refresh()).await;
    refreshed.denied("invalid_grant");
    assert_eq!(grant_endings(&pool).await, ["code_reused"]);
    // Further uses change nothing.
    program.redeem(&site, &code).await.denied("invalid_grant");
    assert_eq!(grant_endings(&pool).await, ["code_reused"]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_one_of_several_concurrent_redemptions_succeeds(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "public", CALLBACK).await;
    for _ in 0..3 {
        let code = program.code_from(&mut person).await;
        let mut redemptions = JoinSet::new();
        for _ in 0..8 {
            let (site, program, code) = (site.clone(), program.clone(), code.clone());
            redemptions.spawn(async move { program.redeem(&site, &code).await });
        }
        let replies = redemptions.join_all().await;
        let (won, lost): (Vec<_>, Vec<_>) = replies
            .into_iter()
            .partition(|reply| reply.answer.status == 200);
        assert_eq!(won.len(), 1);
        for reply in lost {
            reply.denied("invalid_grant");
        }
        // Which of them was the thief is unknown, so the winner's tokens are revoked as well.
        assert!(caller(&pool, &won[0].access()).await.is_none());
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_code_is_useless_to_another_program(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    for kind in ["public", "confidential"] {
        let program = Program::register(&mut person, kind, CALLBACK).await;
        let other = Program::register(&mut person, kind, CALLBACK).await;
        let code = program.code_from(&mut person).await;
        other.redeem(&site, &code).await.denied("invalid_grant");
        // The other program's attempt did not use up the code.
        program.redeem(&site, &code).await.is(200);
        other.redeem(&site, &code).await.denied("invalid_grant");
    }
    assert!(grant_endings(&pool).await.is_empty());
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_wrong_verifier_or_redirect_uri_fails_without_using_up_the_code(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "public", CALLBACK).await;
    let code = program.code_from(&mut person).await;
    let other_verifier = VERIFIER.replace('d', "e");
    let slash = format!("{CALLBACK}/");
    for (redirect_uri, verifier, error) in [
        (CALLBACK, other_verifier.as_str(), "invalid_grant"),
        (slash.as_str(), VERIFIER, "invalid_grant"),
        (CALLBACK, "too short", "invalid_request"),
        (CALLBACK, "", "invalid_request"),
        ("", VERIFIER, "invalid_request"),
    ] {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        let reply = program.send(&site, "/oauth/token", &fields).await;
        reply.denied(error);
    }
    let tokens = program.redeem(&site, &code).await.is(200);
    // Such an attempt does not revoke the issued tokens either.
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", &other_verifier),
    ];
    let reply = program.send(&site, "/oauth/token", &fields).await;
    reply.denied("invalid_grant");
    assert!(caller(&pool, &tokens.access()).await.is_some());
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_expired_or_made_up_code_is_refused(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "public", CALLBACK).await;
    let code = program.code_from(&mut person).await;
    let left: f64 = sqlx::query_scalar(
        "select extract(epoch from expires_at - clock_timestamp())::double precision from oauth_code",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert!(left > 50.0 && left <= 60.0, "{left}");
    run(
        &pool,
        "update oauth_code set expires_at = clock_timestamp()",
    )
    .await;
    program.redeem(&site, &code).await.denied("invalid_grant");
    for made_up in [
        "x",
        &code[1..],
        &code.replace("_ac_", "_rt_"),
        &"é".repeat(300),
    ] {
        program.redeem(&site, made_up).await.denied("invalid_grant");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_code_of_a_revoked_grant_is_invalid(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "public", CALLBACK).await;
    let code = program.code_from(&mut person).await;
    let revoke = format!("{}/revoke", program.path);
    person.post(&revoke, &[]).await.is(303);
    program.redeem(&site, &code).await.denied("invalid_grant");
    assert_eq!(grant_endings(&pool).await, ["taken_back"]);

    let code = program.code_from(&mut person).await;
    let delete = format!("{}/delete", program.path);
    person.post(&delete, &[]).await.is(303);
    program.redeem(&site, &code).await.denied("invalid_client");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_loopback_uri_may_have_any_port_but_redemption_needs_the_same_one(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "public", "http://127.0.0.1/done").await;
    let redirect_uri_with_port = "http://127.0.0.1:51004/done";
    let location = allow(
        &mut person,
        &program.authorization_path(&[("redirect_uri", redirect_uri_with_port)]),
    )
    .await;
    assert!(
        location.starts_with("http://127.0.0.1:51004/done?code="),
        "{location}"
    );
    let code = param(&location, "code").unwrap();
    for (redirect_uri, status) in [
        ("http://127.0.0.1:51005/done", 400),
        (redirect_uri_with_port, 200),
    ] {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        program
            .send(&site, "/oauth/token", &fields)
            .await
            .is(status);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_oldest_grant_ends_when_a_program_has_too_many(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "public", CALLBACK).await;
    let first = program.allowed_by(&site, &mut person).await;
    more_grants(&pool, 49).await;
    assert!(caller(&pool, &first.access()).await.is_some());
    let last = program.allowed_by(&site, &mut person).await;
    assert!(caller(&pool, &first.access()).await.is_none());
    assert!(caller(&pool, &last.access()).await.is_some());
    assert_eq!(grant_endings(&pool).await, ["superseded"]);
}

/// Creates `count` more grants like the first, as if their codes had been redeemed.
async fn more_grants(pool: &PgPool, count: i32) {
    sqlx::query(
        "insert into oauth_grant (account_id, client_id, scopes, expires_at, fetched_at)
         select account_id, client_id, scopes, expires_at, clock_timestamp()
         from (select * from oauth_grant limit 1) g, generate_series(1, $1)",
    )
    .bind(count)
    .execute(pool)
    .await
    .unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn unredeemed_grants_do_not_supersede_redeemed_ones(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "confidential", CALLBACK).await;
    let tokens = program.allowed_by(&site, &mut person).await;
    more_grants(&pool, 49).await;
    // Like a browser that another site redirects here repeatedly.
    person.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    for _ in 0..52 {
        person.get(&program.authorization_path(&[])).await.is(303);
    }
    assert!(caller(&pool, &tokens.access()).await.is_some());
    program.refresh(&site, &tokens.refresh()).await.is(200);
    assert_eq!(grant_endings(&pool).await, ["superseded"; 2]);
    let unfetched = "oauth_grant where fetched_at is null and revoked_at is null";
    assert_eq!(crate::support::count(&pool, unfetched).await, 50);
    // Expired grants do not count toward the limit.
    run(
        &pool,
        "update oauth_grant set expires_at = clock_timestamp() where id > 1 and fetched_at is not null",
    )
    .await;
    person.headers = vec![("sec-fetch-site", "same-origin".to_owned())];
    program.allowed_by(&site, &mut person).await;
    assert!(caller(&pool, &tokens.access()).await.is_some());
}
