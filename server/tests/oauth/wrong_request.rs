//! Invalid authorization requests, and who gets the error.

use crate::{
    fixture::{CALLBACK, CHALLENGE, ISSUER, Program, param},
    support::{Answer, Client, count, site},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_untrusted_program_or_redirect_uri_is_never_redirected_to(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
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
        let answer = person
            .get(&program.authorization_path(&changes))
            .await
            .is(400);
        assert_eq!(answer.location(), "", "{changes:?}");
        answer.says("This app's request isn't valid");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn other_errors_are_returned_to_a_program_authorized_before(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::register(&mut person, "public", CALLBACK).await;
    program.allowed_by(&site, &mut person).await;
    let mut newcomer = Client::member(&site, "seller", "eve@example.com").await;
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
        // The program is not registered for the second scope.
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
        let answer = person
            .get(&program.authorization_path(&changes))
            .await
            .is(303);
        let location = answer.location();
        assert!(
            location.starts_with(&format!("{CALLBACK}?error={error}&")),
            "{changes:?} {location}"
        );
        assert_eq!(param(location, "iss").as_deref(), Some(ISSUER));
        let has_state = !changes.iter().any(|(name, _)| *name == "state");
        assert_eq!(param(location, "state").is_some(), has_state, "{changes:?}");
        // Anyone else gets a page with a link to the program instead of a redirect.
        for visitor in [&mut newcomer, &mut stranger] {
            let answer = visitor
                .get(&program.authorization_path(&changes))
                .await
                .is(400);
            assert_eq!(answer.location(), "", "{changes:?}");
            let answer = answer.says("Go back to Ledger Sync?");
            assert_eq!(link_back(&answer), location, "{changes:?}");
        }
    }
    // After the sign-in form, the error is shown here, because that form may not redirect elsewhere.
    person.headers = vec![("sec-fetch-site", "same-origin".to_owned())];
    person
        .get(&program.authorization_path(&[("code_challenge", "")]))
        .await
        .is(400)
        .says("code_challenge is missing.");
    assert_eq!(count(&pool, "oauth_grant").await, 1);
}

/// The link on the page that leads back to the program.
fn link_back(page: &Answer) -> String {
    let (_, rest) = page.body.split_once(&format!("href=\"{CALLBACK}")).unwrap();
    let rest = rest.split_once('"').unwrap().0.replace("&amp;", "&");
    format!("{CALLBACK}{rest}")
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_request_with_prompt_none_learns_what_is_missing(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let server = Program::register(&mut person, "confidential", CALLBACK).await;
    let public = Program::register(&mut person, "public", CALLBACK).await;
    let quietly = [("prompt", "none")];
    let error_in = |answer: Answer| param(answer.is(303).location(), "error");
    // A visitor who never authorized the program is not redirected automatically.
    let mut nobody = Client::new(&site);
    person.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    for (visitor, error) in [
        (&mut nobody, "login_required"),
        (&mut person, "consent_required"),
    ] {
        let page = visitor
            .get(&server.authorization_path(&quietly))
            .await
            .is(400);
        assert_eq!(page.location(), "");
        let back = link_back(&page);
        assert_eq!(param(&back, "error").as_deref(), Some(error));
        assert!(param(&back, "state").is_some() && param(&back, "iss").is_some());
    }
    let mut at_home = person.clone();
    at_home.headers = vec![("sec-fetch-site", "same-origin".to_owned())];
    server.allowed_by(&site, &mut at_home).await;
    public.allowed_by(&site, &mut at_home).await;
    let more = [("prompt", "none"), ("scope", "projects:write")];
    let more = person.get(&server.authorization_path(&more)).await;
    assert_eq!(error_in(more).as_deref(), Some("consent_required"));
    assert_eq!(
        error_in(person.get(&server.authorization_path(&quietly)).await),
        None
    );
    let public = person.get(&public.authorization_path(&quietly)).await;
    assert_eq!(error_in(public).as_deref(), Some("consent_required"));
}
