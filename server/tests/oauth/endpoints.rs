//! The OAuth endpoints: metadata, cross-origin access, rate limits and logging.

use crate::{
    fixture::{CALLBACK, OWN, Program, basic, log, send},
    support::{Client, site},
};
use axum::{body::Body, http::Method};
use guildhall::store::MIGRATIONS;
use serde_json::Value;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_url_in_the_server_metadata_is_a_route(pool: PgPool) {
    let site = site(&pool, &["--public-url", "https://guildhall.example/"]);
    let mut program = Client::new(&site);
    let answer = program
        .get("/.well-known/oauth-authorization-server")
        .await
        .is(200);
    let metadata: Value = serde_json::from_str(&answer.body).unwrap();
    let issuer = "https://guildhall.example";
    assert_eq!(metadata["issuer"], issuer);
    assert_eq!(
        metadata["code_challenge_methods_supported"],
        serde_json::json!(["S256"])
    );
    assert_eq!(
        metadata["authorization_response_iss_parameter_supported"],
        true
    );
    let known = server::routes();
    for (name, value) in metadata.as_object().unwrap() {
        if name.ends_with("_endpoint") {
            let path = value.as_str().unwrap().strip_prefix(issuer).unwrap();
            assert!(known.iter().any(|(_, known)| known == path), "{path}");
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn pages_of_other_sites_may_request_tokens_but_not_with_cookies(pool: PgPool) {
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
    // The cross-site check for pages does not apply here, and other sites can read errors too.
    let answer = page.post("/oauth/token", &OWN).await.is(401);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_flood_from_one_address_is_limited(pool: PgPool) {
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
    let refused = refused.expect("the flood is limited");
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
async fn a_suspected_theft_is_logged_without_secrets(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut owner = Client::member(&site, "seller", "ada@example.com").await;
    let confidential = Program::register(&mut owner, "confidential", CALLBACK).await;
    let public = Program::register(&mut owner, "public", CALLBACK).await;
    let code = public.code_from(&mut owner).await;
    let refresh = confidential.allowed_by(&site, &mut owner).await.refresh();
    let (log, _guard) = log();
    let secret = confidential.secret.as_deref().unwrap();
    let wrong = secret.replace("_cs_", "_cs_x");
    let denied = async |header: &str| {
        send(&site, "/oauth/token", &OWN, Some(header))
            .await
            .denied("invalid_client");
        log.take()
    };
    let lines = [
        denied(&basic(&confidential.id, &wrong)).await,
        // The secret is sent in place of the id.
        denied(&basic(secret, &confidential.id)).await,
        denied("Basic !!!").await,
    ];
    for line in &lines {
        assert!(line.contains("WARN"), "{line}");
        assert!(line.contains("a program failed to authenticate"), "{line}");
        assert!(!line.contains("guildhall_"), "{line}");
    }
    assert!(lines[0].contains(&confidential.id), "{}", lines[0]);

    public.redeem(&site, &code).await.is(200);
    confidential.refresh(&site, &refresh).await.is(200);
    assert_eq!(log.take().matches("WARN").count(), 0);
    public.redeem(&site, &code).await.denied("invalid_grant");
    let line = log.take();
    assert!(
        line.contains("an authorization code was used a second time"),
        "{line}"
    );
    assert!(
        line.contains(&public.id) && !line.contains("guildhall_"),
        "{line}"
    );
    let reply = confidential.refresh(&site, &refresh).await;
    reply.denied("invalid_grant");
    let line = log.take();
    assert!(
        line.contains("a refresh token was used a second time"),
        "{line}"
    );
    assert!(
        line.contains(&confidential.id) && !line.contains("guildhall_"),
        "{line}"
    );
}
