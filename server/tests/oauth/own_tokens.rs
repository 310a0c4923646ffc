//! Introspection and revocation: a program may see and revoke only its own tokens.

use crate::{
    fixture::{CALLBACK, ISSUER, Program, caller, send},
    support::{Client, site},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_program_can_introspect_only_its_own_tokens(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let server = Program::register(&mut person, "confidential", CALLBACK).await;
    let other = Program::register(&mut person, "confidential", CALLBACK).await;
    let public = Program::register(&mut person, "public", CALLBACK).await;
    let tokens = server.allowed_by(&site, &mut person).await;
    let introspect = async |program: &Program, token: &str| {
        let fields = [("token", token), ("token_type_hint", "nonsense")];
        program.send(&site, "/oauth/introspect", &fields).await
    };
    let reply = introspect(&server, &tokens.access()).await.is(200).json;
    assert_eq!(reply["active"], true);
    assert_eq!(reply["scope"], "projects:read bids:read");
    assert_eq!(reply["client_id"], server.id.as_str());
    assert_eq!(reply["token_type"], "Bearer");
    assert_eq!(reply["iss"], ISSUER);
    assert_eq!(
        reply["exp"].as_i64().unwrap() - reply["iat"].as_i64().unwrap(),
        3600
    );
    assert!(reply["sub"].is_string());
    assert_eq!(
        introspect(&server, &tokens.refresh()).await.json["active"],
        true
    );
    let nothing = serde_json::json!({ "active": false });
    for (program, token) in [
        (&other, tokens.access()),
        (&other, tokens.refresh()),
        (&server, "nonsense".to_owned()),
        (&server, server.secret.clone().unwrap()),
    ] {
        assert_eq!(introspect(program, &token).await.is(200).json, nothing);
    }
    introspect(&public, &tokens.access())
        .await
        .denied("invalid_client");
    let reply = send(
        &site,
        "/oauth/introspect",
        &[("token", &tokens.access())],
        None,
    )
    .await;
    reply.denied("invalid_client");
    let reply = server.send(&site, "/oauth/introspect", &[]).await;
    reply.denied("invalid_request");
    // A used refresh token is no longer valid.
    server.refresh(&site, &tokens.refresh()).await.is(200);
    assert_eq!(introspect(&server, &tokens.refresh()).await.json, nothing);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_program_can_revoke_only_its_own_tokens(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "public", CALLBACK).await;
    let other = Program::register(&mut person, "public", CALLBACK).await;
    let tokens = program.allowed_by(&site, &mut person).await;
    let revoke = async |program: &Program, token: &str| {
        program
            .send(&site, "/oauth/revoke", &[("token", token)])
            .await
    };
    for token in [tokens.access(), tokens.refresh()] {
        revoke(&other, &token).await.denied("invalid_grant");
    }
    assert!(caller(&pool, &tokens.access()).await.is_some());
    // Revoking an access token leaves the grant's other tokens valid.
    revoke(&program, &tokens.access()).await.is(200);
    revoke(&program, &tokens.access()).await.is(200);
    assert!(caller(&pool, &tokens.access()).await.is_none());
    let next = program.refresh(&site, &tokens.refresh()).await.is(200);
    // Revoking a refresh token ends the whole grant.
    revoke(&program, &next.refresh()).await.is(200);
    assert!(caller(&pool, &next.access()).await.is_none());
    let reply = program.refresh(&site, &next.refresh()).await;
    reply.denied("invalid_grant");
    revoke(&program, "nonsense").await.is(200);
    revoke(&program, "").await.denied("invalid_request");
}
