//! When users are asked for consent again, and when an earlier consent is enough.

use crate::{
    fixture::{CALLBACK, Program, decide, hidden, param, run},
    support::{Client, count, site},
};
use axum::{body::Body, http::Method};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_public_program_needs_consent_each_time_and_a_confidential_one_once(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    // Like a browser that arrives from another site.
    person.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    let mut at_home = person.clone();
    at_home.headers = vec![("sec-fetch-site", "same-origin".to_owned())];
    let public = Program::register(&mut at_home, "public", CALLBACK).await;
    let server = Program::register(&mut at_home, "confidential", CALLBACK).await;
    for program in [&public, &server] {
        program.allowed_by(&site, &mut at_home).await;
    }
    person.get(&public.authorization_path(&[])).await.is(200);
    let again = person.get(&server.authorization_path(&[])).await.is(303);
    let code = param(again.location(), "code").unwrap();
    server.redeem(&site, &code).await.is(200);
    let less = person
        .get(&server.authorization_path(&[("scope", "bids:read")]))
        .await;
    less.is(303);
    // The user is asked again if the request has more scopes or `prompt=consent`, and when coming straight from the
    // sign-in form, which may not redirect to another site.
    person
        .get(&server.authorization_path(&[("scope", "bids:read projects:write")]))
        .await
        .is(200);
    person
        .get(&server.authorization_path(&[("prompt", "consent")]))
        .await
        .is(200);
    at_home.get(&server.authorization_path(&[])).await.is(200);
    // After the grant is revoked, the user is asked again.
    at_home
        .post(&format!("{}/revoke", server.path), &[])
        .await
        .is(303);
    person.get(&server.authorization_path(&[])).await.is(200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_changed_program_needs_new_consent(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut maker = Client::member(&site, "seller", "maker@example.com").await;
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let mut sent = person.clone();
    sent.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    let mut program = Program::register(&mut maker, "confidential", CALLBACK).await;
    program.allowed_by(&site, &mut person).await;
    sent.get(&program.authorization_path(&[])).await.is(303);
    // Removing scopes that the request does not ask for needs no new consent.
    let same = [
        ("name", "Ledger Sync"),
        ("redirect_uris", CALLBACK),
        ("scopes", "projects:read"),
        ("scopes", "bids:read"),
    ];
    maker.post(&program.path, &same).await.is(303);
    sent.get(&program.authorization_path(&[])).await.is(303);

    let page = person
        .get(&program.authorization_path(&[("prompt", "consent")]))
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
        sent.get(&program.authorization_path(&[]))
            .await
            .is(200)
            .says(name);
        // An error is not redirected to the changed program either.
        sent.get(&program.authorization_path(&[("scope", "admin")]))
            .await
            .is(400);
        // A decision made on the old page must be made again.
        let mut fields = hidden(&page);
        fields.push(("decision".to_owned(), "allow".to_owned()));
        decide(&mut person, &fields).await.is(409).says(name);
        program.allowed_by(&site, &mut person).await;
        sent.get(&program.authorization_path(&[])).await.is(303);
    }
    let key = maker.get(&program.path).await.is(200).form_key();
    let path = format!("{}/secret", program.path);
    let renewed = maker.post(&path, &[("form_key", &key)]).await.is(200);
    let (_, secret) = renewed.body.split_once("guildhall_cs_").unwrap();
    let secret = secret.split_once('<').unwrap().0;
    program.secret = Some(format!("guildhall_cs_{secret}"));
    sent.get(&program.authorization_path(&[])).await.is(200);
    program.allowed_by(&site, &mut person).await;
    sent.get(&program.authorization_path(&[])).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_grant_without_a_prompt_ends_with_the_earlier_consent_and_requires_get(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let server = Program::register(&mut person, "confidential", CALLBACK).await;
    server.allowed_by(&site, &mut person).await;
    person.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    for path in [
        server.authorization_path(&[]),
        server.authorization_path(&[("prompt", "none")]),
    ] {
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
    let again = person.get(&server.authorization_path(&[])).await.is(303);
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
    person.get(&server.authorization_path(&[])).await.is(200);
}
