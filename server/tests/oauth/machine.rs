//! Requests without a user: client authentication and client credentials.

use crate::{
    fixture::{CALLBACK, OWN, Program, VERIFIER, basic, caller, send},
    support::{Client, count, site},
};
use axum::{body::Body, http::Method};
use guildhall::store::MIGRATIONS;
use serde_json::Value;
use sqlx::PgPool;
use std::time::Duration;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_program_must_authenticate_in_exactly_one_way(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut owner = Client::member(&site, "seller", "ada@example.com").await;
    let server = Program::register(&mut owner, "confidential", "").await;
    let public = Program::register(&mut owner, "public", CALLBACK).await;
    let other = Program::register(&mut owner, "confidential", "").await;
    let others_secret = other.secret.clone().unwrap();
    let (id, secret) = (server.id.as_str(), server.secret.clone().unwrap());
    let secret = secret.as_str();
    let with = async |fields: &[(&str, &str)], header: Option<String>| {
        let fields = [&OWN, fields].concat();
        send(&site, "/oauth/token", &fields, header.as_deref()).await
    };
    let header = || Some(basic(id, secret));
    with(&[], header()).await.is(200);
    with(&[("client_id", id)], header()).await.is(200);
    with(&[("client_id", id), ("client_secret", secret)], None)
        .await
        .is(200);
    // The credentials in the header may be form-encoded, as RFC 6749, section 2.3.1, requires.
    let encoded = basic(&id.replace('_', "%5F"), &secret.replace('_', "%5f"));
    with(&[], Some(encoded)).await.is(200);

    for fields in [
        &[("client_id", id), ("client_secret", secret)][..],
        &[("client_secret", secret)],
        &[("client_id", public.id.as_str())],
    ] {
        with(fields, header()).await.denied("invalid_request");
    }
    let wrong = secret.replace("_cs_", "_cs_x");
    let wrongs = [
        (vec![], None),
        (vec![("client_id", id)], None),
        (
            vec![("client_id", id), ("client_secret", wrong.as_str())],
            None,
        ),
        (
            vec![("client_id", "program_nobody"), ("client_secret", secret)],
            None,
        ),
        (vec![], Some(basic(id, ""))),
        (vec![], Some(basic(id, &wrong))),
        (vec![], Some(basic(id, &others_secret))),
        (vec![], Some(basic("", secret))),
        (vec![], Some("Basic !!!".to_owned())),
        (vec![], Some("Bearer x".to_owned())),
        (
            vec![("client_id", public.id.as_str()), ("client_secret", secret)],
            None,
        ),
        (vec![], Some(basic(&public.id, ""))),
    ];
    for (fields, header) in wrongs {
        let reply = with(&fields, header.clone()).await;
        assert!(
            reply
                .answer
                .header("www-authenticate")
                .starts_with("Basic "),
            "{fields:?} {header:?}"
        );
        assert_eq!(reply.answer.header("cache-control"), "no-store");
        reply.denied("invalid_client");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_confidential_program_acts_for_its_owner_within_its_scopes(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut owner = Client::member(&site, "seller", "ada@example.com").await;
    let server = Program::register(&mut owner, "confidential", "").await;
    let all = server.send(&site, "/oauth/token", &OWN).await.is(200);
    assert_eq!(all.json["scope"], "projects:read projects:write bids:read");
    assert!(all.json.get("refresh_token").is_none());
    assert_eq!(
        caller(&pool, &all.access()).await.unwrap().viewer.name,
        "ada"
    );
    let less = [OWN[0], ("scope", "projects:read")];
    let less = server.send(&site, "/oauth/token", &less).await.is(200);
    assert_eq!(less.json["scope"], "projects:read");
    let more = [OWN[0], ("scope", "projects:read account:read")];
    let more = server.send(&site, "/oauth/token", &more).await;
    more.denied("invalid_scope");
    let public = Program::register(&mut owner, "public", CALLBACK).await;
    let reply = public.send(&site, "/oauth/token", &OWN).await;
    reply.denied("unauthorized_client");
    // Replacing the secret ends the program's tokens.
    let key = owner.get(&server.path).await.is(200).form_key();
    let path = format!("{}/secret", server.path);
    owner.post(&path, &[("form_key", &key)]).await.is(200);
    assert!(caller(&pool, &all.access()).await.is_none());
    let reply = server.send(&site, "/oauth/token", &OWN).await;
    reply.denied("invalid_client");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn no_other_grant_type_and_no_malformed_request_issues_tokens(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut owner = Client::member(&site, "seller", "ada@example.com").await;
    let server = Program::register(&mut owner, "confidential", CALLBACK).await;
    for (fields, error) in [
        (
            &[
                ("grant_type", "password"),
                ("username", "ada@example.com"),
                ("password", "x"),
            ][..],
            "unsupported_grant_type",
        ),
        (&[("grant_type", "implicit")], "unsupported_grant_type"),
        (&[("grant_type", "")], "invalid_request"),
        (&[], "invalid_request"),
        (&[("grant_type", "refresh_token")], "invalid_request"),
        (&[("grant_type", "authorization_code")], "invalid_request"),
        (
            &[("grant_type", "urn:ietf:params:oauth:grant-type:device_code")],
            "invalid_request",
        ),
        (
            &[
                ("grant_type", "client_credentials"),
                ("grant_type", "client_credentials"),
            ],
            "invalid_request",
        ),
        (
            &[("grant_type", "client_credentials"), ("x", "1"), ("x", "2")],
            "invalid_request",
        ),
    ] {
        let reply = server.send(&site, "/oauth/token", fields).await;
        reply.denied(error);
    }
    let mut program = Client::new(&site);
    program.headers = vec![(
        "authorization",
        basic(&server.id, server.secret.as_deref().unwrap()),
    )];
    for (body, kind, status) in [
        (
            "{\"grant_type\":\"client_credentials\"}".to_owned(),
            Some("application/json"),
            400,
        ),
        ("grant_type=client_credentials".to_owned(), None, 400),
        (
            format!("grant_type=client_credentials&x={}", "x".repeat(20_000)),
            Some("application/x-www-form-urlencoded"),
            413,
        ),
    ] {
        let answer = program
            .send(Method::POST, "/oauth/token", Body::from(body), kind)
            .await
            .is(status);
        let json: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(json["error"], "invalid_request");
    }
    // Parameters in the URL are ignored.
    let path = "/oauth/token?grant_type=client_credentials";
    let reply = server.send(&site, path, &[]).await;
    reply.denied("invalid_request");
    program.get(path).await.is(405);
    assert_eq!(count(&pool, "access_token").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_secret_replaced_concurrently_gets_no_token(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut owner = Client::member(&site, "seller", "ada@example.com").await;
    let server = Program::with_device_flow(&mut owner, "confidential", CALLBACK).await;
    let code = server.code_from(&mut owner).await;
    let refresh = server.allowed_by(&site, &mut owner).await.refresh();
    let fields = [("scope", "bids:read")];
    let device = server
        .send(&site, "/oauth/device_authorization", &fields)
        .await
        .is(200)
        .text("device_code");
    let before = count(&pool, "access_token").await;
    let requests: [&[(&str, &str)]; 4] = [
        &OWN,
        &[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ],
        &[("grant_type", "refresh_token"), ("refresh_token", &refresh)],
        &[
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", &device),
        ],
    ];
    for fields in requests {
        let mut renewal = pool.begin().await.unwrap();
        sqlx::query("update oauth_client set secret_hash = sha256(secret_hash)")
            .execute(&mut *renewal)
            .await
            .unwrap();
        let (reply, ()) = tokio::join!(server.send(&site, "/oauth/token", fields), async {
            // By now the program has authenticated with the old secret and waits for the lock.
            tokio::time::sleep(Duration::from_millis(400)).await;
            renewal.commit().await.unwrap();
        });
        reply.denied("invalid_client");
        restore(&pool, server.secret.as_deref().unwrap()).await;
    }
    assert_eq!(count(&pool, "access_token").await, before);
}

/// Restores this secret.
async fn restore(pool: &PgPool, secret: &str) {
    sqlx::query("update oauth_client set secret_hash = sha256(convert_to($1, 'UTF8'))")
        .bind(secret)
        .execute(pool)
        .await
        .unwrap();
}
