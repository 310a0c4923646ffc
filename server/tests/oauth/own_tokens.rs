//! Introspection and revocation: a program may see and revoke only its own tokens.

use crate::{
    given::{CALLBACK, ISSUER, Program, caller, send},
    support::{Client, site},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_program_can_introspect_only_its_own_tokens(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "buyer", "ada@example.com").await;
    let server = Program::register(&mut person, "confidential", CALLBACK).await;
    let other = Program::register(&mut person, "confidential", CALLBACK).await;
    let public = Program::register(&mut person, "public", CALLBACK).await;
    let tokens = server.allowed_by(&site, &mut person).await;
    let asked = async |program: &Program, token: &str| {
        let fields = [("token", token), ("token_type_hint", "nonsense")];
        program.send(&site, "/oauth/introspect", &fields).await
    };
    let told = asked(&server, &tokens.access()).await.is(200).json;
    assert_eq!(told["active"], true);
    assert_eq!(told["scope"], "projects:read bids:read");
    assert_eq!(told["client_id"], server.id.as_str());
    assert_eq!(told["token_type"], "Bearer");
    assert_eq!(told["iss"], ISSUER);
    assert_eq!(
        told["exp"].as_i64().unwrap() - told["iat"].as_i64().unwrap(),
        3600
    );
    assert!(told["sub"].is_string());
    assert_eq!(asked(&server, &tokens.refresh()).await.json["active"], true);
    let nothing = serde_json::json!({ "active": false });
    for (program, token) in [
        (&other, tokens.access()),
        (&other, tokens.refresh()),
        (&server, "nonsense".to_owned()),
        (&server, server.secret.clone().unwrap()),
    ] {
        assert_eq!(asked(program, &token).await.is(200).json, nothing);
    }
    asked(&public, &tokens.access())
        .await
        .denied("invalid_client");
    let told = send(
        &site,
        "/oauth/introspect",
        &[("token", &tokens.access())],
        None,
    )
    .await;
    told.denied("invalid_client");
    let told = server.send(&site, "/oauth/introspect", &[]).await;
    told.denied("invalid_request");
    // A used refresh token is no longer valid.
    server.refresh(&site, &tokens.refresh()).await.is(200);
    assert_eq!(asked(&server, &tokens.refresh()).await.json, nothing);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_program_can_revoke_only_its_own_tokens(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "buyer", "ada@example.com").await;
    let program = Program::register(&mut person, "public", CALLBACK).await;
    let other = Program::register(&mut person, "public", CALLBACK).await;
    let tokens = program.allowed_by(&site, &mut person).await;
    let gives = async |program: &Program, token: &str| {
        program
            .send(&site, "/oauth/revoke", &[("token", token)])
            .await
    };
    for token in [tokens.access(), tokens.refresh()] {
        gives(&other, &token).await.denied("invalid_grant");
    }
    assert!(caller(&pool, &tokens.access()).await.is_some());
    // Revoking an access token leaves the rest.
    gives(&program, &tokens.access()).await.is(200);
    gives(&program, &tokens.access()).await.is(200);
    assert!(caller(&pool, &tokens.access()).await.is_none());
    let next = program.refresh(&site, &tokens.refresh()).await.is(200);
    // Revoking a refresh token ends the whole grant.
    gives(&program, &next.refresh()).await.is(200);
    assert!(caller(&pool, &next.access()).await.is_none());
    let told = program.refresh(&site, &next.refresh()).await;
    told.denied("invalid_grant");
    gives(&program, "nonsense").await.is(200);
    gives(&program, "").await.denied("invalid_request");
}
