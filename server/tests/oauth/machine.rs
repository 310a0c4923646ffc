//! What programs ask without a person: who they are, for themselves, about tokens, and of the server.

use crate::{
    given::{CALLBACK, ISSUER, Program, VERIFIER, basic, caller, log, send},
    support::{Client, count, site},
};
use axum::{body::Body, http::Method};
use guildhall::store::MIGRATIONS;
use serde_json::Value;
use sqlx::PgPool;
use std::time::Duration;

const OWN: [(&str, &str); 1] = [("grant_type", "client_credentials")];

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_program_proves_who_it_is_in_one_way_only(pool: PgPool) {
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
    // Form-encoded in the header, as RFC 6749, section 2.3.1, has it.
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
        let told = with(&fields, header.clone()).await;
        assert!(
            told.answer.header("www-authenticate").starts_with("Basic "),
            "{fields:?} {header:?}"
        );
        assert_eq!(told.answer.header("cache-control"), "no-store");
        told.denied("invalid_client");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_confidential_program_acts_for_its_owner_within_its_scopes(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut owner = Client::member(&site, "seller", "ada@example.com").await;
    let server = Program::register(&mut owner, "confidential", "").await;
    let all = server.send(&site, "/oauth/token", &OWN).await.is(200);
    assert_eq!(
        all.json["scope"],
        "projects:read projects:write bids:read bids:write"
    );
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
    let told = public.send(&site, "/oauth/token", &OWN).await;
    told.denied("unauthorized_client");
    // With its secret its tokens end.
    let key = owner.get(&server.path).await.is(200).form_key();
    let path = format!("{}/secret", server.path);
    owner.post(&path, &[("form_key", &key)]).await.is(200);
    assert!(caller(&pool, &all.access()).await.is_none());
    let told = server.send(&site, "/oauth/token", &OWN).await;
    told.denied("invalid_client");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn there_is_no_other_way_to_a_token(pool: PgPool) {
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
        let told = server.send(&site, "/oauth/token", fields).await;
        told.denied(error);
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
    // Nothing counts that stands in the address.
    let path = "/oauth/token?grant_type=client_credentials";
    let told = server.send(&site, path, &[]).await;
    told.denied("invalid_request");
    program.get(path).await.is(405);
    assert_eq!(count(&pool, "access_token").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_program_learns_about_its_own_tokens_alone(pool: PgPool) {
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
    // A used refresh token is good no more.
    server.refresh(&site, &tokens.refresh()).await.is(200);
    assert_eq!(asked(&server, &tokens.refresh()).await.json, nothing);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_program_gives_back_its_own_tokens_alone(pool: PgPool) {
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
    // An access token alone leaves the rest.
    gives(&program, &tokens.access()).await.is(200);
    gives(&program, &tokens.access()).await.is(200);
    assert!(caller(&pool, &tokens.access()).await.is_none());
    let next = program.refresh(&site, &tokens.refresh()).await.is(200);
    // A refresh token takes all with it.
    gives(&program, &next.refresh()).await.is(200);
    assert!(caller(&pool, &next.access()).await.is_none());
    let told = program.refresh(&site, &next.refresh()).await;
    told.denied("invalid_grant");
    gives(&program, "nonsense").await.is(200);
    gives(&program, "").await.denied("invalid_request");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_server_describes_itself_and_every_address_in_it_answers(pool: PgPool) {
    let site = site(&pool, &["--public-url", "https://guildhall.example/"]);
    let mut program = Client::new(&site);
    let answer = program
        .get("/.well-known/oauth-authorization-server")
        .await
        .is(200);
    let told: Value = serde_json::from_str(&answer.body).unwrap();
    let issuer = "https://guildhall.example";
    assert_eq!(told["issuer"], issuer);
    assert_eq!(
        told["code_challenge_methods_supported"],
        serde_json::json!(["S256"])
    );
    assert_eq!(told["authorization_response_iss_parameter_supported"], true);
    let known = server::web::routes();
    for (name, value) in told.as_object().unwrap() {
        if name.ends_with("_endpoint") {
            let path = value.as_str().unwrap().strip_prefix(issuer).unwrap();
            assert!(known.iter().any(|(_, known)| known == path), "{path}");
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn pages_of_other_sites_may_ask_for_tokens_but_not_with_cookies(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut page = Client::new(&site);
    page.headers = vec![
        ("origin", "https://app.example".to_owned()),
        ("sec-fetch-site", "cross-site".to_owned()),
        ("access-control-request-method", "POST".to_owned()),
        ("access-control-request-headers", "content-type".to_owned()),
    ];
    for (path, open) in [
        ("/oauth/token", true),
        ("/oauth/revoke", true),
        ("/oauth/introspect", false),
        ("/oauth/device_authorization", false),
        ("/account/programs", false),
    ] {
        let answer = page.send(Method::OPTIONS, path, Body::empty(), None).await;
        let allowed = answer.header("access-control-allow-origin") == "*";
        assert_eq!(allowed, open, "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
    // No page's cross-site check is in the way, and an error can be read there too.
    let answer = page.post("/oauth/token", &OWN).await.is(401);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_flood_from_one_address_has_to_wait(pool: PgPool) {
    let site = site(&pool, &["--trusted-proxies", "1"]);
    let mut flood = Client::new(&site);
    flood.headers = vec![("x-forwarded-for", "203.0.113.9".to_owned())];
    let mut refused = None;
    for _ in 0..400 {
        let answer = flood.post("/oauth/token", &OWN).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("the flood goes on for ever");
    assert!(
        refused
            .header("retry-after")
            .parse::<u64>()
            .is_ok_and(|seconds| seconds >= 1)
    );
    let mut other = Client::new(&site);
    other.headers = vec![("x-forwarded-for", "203.0.113.10".to_owned())];
    other.post("/oauth/token", &OWN).await.is(401);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_secret_that_is_renewed_at_the_same_moment_gets_no_token(pool: PgPool) {
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
    let asked: [&[(&str, &str)]; 4] = [
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
    for fields in asked {
        let mut renewal = pool.begin().await.unwrap();
        sqlx::query("update oauth_client set secret_hash = sha256(secret_hash)")
            .execute(&mut *renewal)
            .await
            .unwrap();
        let (told, ()) = tokio::join!(server.send(&site, "/oauth/token", fields), async {
            // The program has proved itself by the old secret by then, and waits.
            tokio::time::sleep(Duration::from_millis(400)).await;
            renewal.commit().await.unwrap();
        });
        told.denied("invalid_client");
        restore(&pool, server.secret.as_deref().unwrap()).await;
    }
    assert_eq!(count(&pool, "access_token").await, before);
}

/// Makes this the secret again.
async fn restore(pool: &PgPool, secret: &str) {
    sqlx::query("update oauth_client set secret_hash = sha256(convert_to($1, 'UTF8'))")
        .bind(secret)
        .execute(pool)
        .await
        .unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_looks_like_a_theft_stands_in_the_log_without_secrets(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut owner = Client::member(&site, "seller", "ada@example.com").await;
    let server = Program::register(&mut owner, "confidential", CALLBACK).await;
    let public = Program::register(&mut owner, "public", CALLBACK).await;
    let code = public.code_from(&mut owner).await;
    let refresh = server.allowed_by(&site, &mut owner).await.refresh();
    let (log, _guard) = log();
    let secret = server.secret.as_deref().unwrap();
    let wrong = secret.replace("_cs_", "_cs_x");
    let denied = async |header: &str| {
        send(&site, "/oauth/token", &OWN, Some(header))
            .await
            .denied("invalid_client");
        log.take()
    };
    let lines = [
        denied(&basic(&server.id, &wrong)).await,
        // The secret stands where the name should.
        denied(&basic(secret, &server.id)).await,
        denied("Basic !!!").await,
    ];
    for line in &lines {
        assert!(line.contains("WARN"), "{line}");
        assert!(line.contains("a program did not prove who it is"), "{line}");
        assert!(!line.contains("guildhall_"), "{line}");
    }
    assert!(lines[0].contains(&server.id), "{}", lines[0]);

    public.redeem(&site, &code).await.is(200);
    server.refresh(&site, &refresh).await.is(200);
    assert_eq!(log.take().matches("WARN").count(), 0);
    public.redeem(&site, &code).await.denied("invalid_grant");
    let line = log.take();
    assert!(line.contains("a code was used a second time"), "{line}");
    assert!(
        line.contains(&public.id) && !line.contains("guildhall_"),
        "{line}"
    );
    let told = server.refresh(&site, &refresh).await;
    told.denied("invalid_grant");
    let line = log.take();
    assert!(
        line.contains("a refresh token was used a second time"),
        "{line}"
    );
    assert!(
        line.contains(&server.id) && !line.contains("guildhall_"),
        "{line}"
    );
}
