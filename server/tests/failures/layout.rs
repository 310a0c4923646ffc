//! Error responses: a page for a browser, problem details for a program, and never an empty body.

use crate::support::{Answer, Client, site, site_of};
use axum::{Router, body::Body, http::Method};
use guildhall::store::MIGRATIONS;
use server::monitoring::readiness::Finding;
use sqlx::PgPool;
use std::fs;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const FORM: &str = "application/x-www-form-urlencoded";

/// Sends a request without a session, with this `Accept` and content type.
async fn request(
    site: &Router,
    accept: &str,
    method: &Method,
    path: &str,
    kind: &str,
    body: String,
) -> Answer {
    let mut client = Client::new(site);
    client.headers.push(("accept", accept.to_owned()));
    let kind = Some(kind).filter(|kind| !kind.is_empty());
    client
        .send(method.clone(), path, Body::from(body), kind)
        .await
}

/// What is wrong with an error response for a client with this `Accept`.
fn fault(answer: &Answer, accept: &str, path: &str) -> Option<&'static str> {
    let kind = answer.header("content-type");
    let is_page = kind.starts_with("text/html")
        && answer.body.contains("<h1")
        && answer.body.contains("error-page");
    let is_problem = kind.starts_with("application/") && answer.body.starts_with('{');
    let is_for_programs = ["/api/", "/oauth/", "/.well-known"]
        .iter()
        .any(|start| path.starts_with(start) && path != "/oauth/authorize");
    if answer.header("content-security-policy").is_empty() {
        Some("no security policy")
    } else if is_page || (is_problem && (accept != BROWSER || is_for_programs)) {
        None
    } else {
        Some("neither a page nor problem details")
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_unsupported_method_gets_an_error_page_or_problem_details_on_every_route(pool: PgPool) {
    let site = site(&pool, &["--api-rate-limit", "0", "--page-rate-limit", "0"]);
    let routes = server::routes();
    let mut wrong = Vec::new();
    for (_, path) in &routes {
        let at = path
            .replace("{id}", "1")
            .replace("{provider}", "x")
            .replace("{slug}", "x");
        for method in [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::DELETE,
            Method::TRACE,
        ] {
            if routes.contains(&(method.clone(), path.clone())) {
                continue;
            }
            for accept in [BROWSER, "application/json", "*/*"] {
                let answer = request(&site, accept, &method, &at, "", String::new()).await;
                let fault = match answer.status.as_u16() {
                    405 if answer.header("allow").is_empty() => Some("no Allow"),
                    405 => fault(&answer, accept, &at),
                    _ => Some("a status other than 405"),
                };
                if let Some(fault) = fault {
                    wrong.push(format!(
                        "{method} {at} for {accept}: {} with {fault}",
                        answer.status
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_invalid_body_gets_an_error_page_or_problem_details_on_every_route(pool: PgPool) {
    let site = site(&pool, &["--api-rate-limit", "0"]);
    let bodies = [
        ("text/plain", "a".to_owned()),
        ("", String::new()),
        ("multipart/form-data", "a".to_owned()),
        (FORM, "%ff=%".to_owned()),
        (FORM, "a=".to_owned() + &"x".repeat(600 * 1024)),
        ("application/json", "{".to_owned()),
    ];
    let mut wrong = Vec::new();
    for (method, path) in server::routes() {
        if method == Method::GET {
            continue;
        }
        let at = path.replace("{id}", "1").replace("{provider}", "x");
        for (kind, body) in &bodies {
            for accept in [BROWSER, "application/json"] {
                let answer = request(&site, accept, &method, &at, kind, body.clone()).await;
                let is_error = answer.status.is_client_error() || answer.status.is_server_error();
                // A form that is shown again with its input is a normal page, not an error page.
                let is_form = answer.header("content-type").starts_with("text/html")
                    && answer.body.contains("<form");
                let found = fault(&answer, accept, &at).filter(|_| is_error && !is_form);
                if let Some(fault) = found {
                    wrong.push(format!(
                        "{method} {at} with {kind} for {accept}: {} with {fault}",
                        answer.status
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_missing_file_gets_the_error_page(pool: PgPool) {
    let site = site(&pool, &[]);
    let long = "x".repeat(300);
    for path in [
        "/nowhere",
        "/pkg/guildhall.old.js",
        "/fonts/none.woff2",
        "/pkg",
        "/fonts",
    ] {
        for path in [
            path.to_owned(),
            format!("{path}{long}"),
            format!("{path}/%00"),
        ] {
            let answer = request(&site, BROWSER, &Method::GET, &path, "", String::new()).await;
            let answer = answer.is(404).says("Page not found");
            assert_eq!(fault(&answer, BROWSER, &path), None, "{path}");
            let answer = request(
                &site,
                "application/json",
                &Method::GET,
                &path,
                "",
                String::new(),
            )
            .await
            .is(404);
            assert_eq!(
                answer.header("content-type"),
                "application/problem+json",
                "{path}"
            );
            request(&site, BROWSER, &Method::HEAD, &path, "", String::new())
                .await
                .is(404);
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn files_need_neither_a_session_nor_the_database(pool: PgPool) {
    let folder = std::env::temp_dir().join(format!("guildhall-files-{}", uuid::Uuid::new_v4()));
    fs::create_dir_all(folder.join("pkg")).unwrap();
    fs::write(folder.join("pkg/guildhall.css"), "plain").unwrap();
    let site = site(&pool, &["--site-root", folder.to_str().unwrap()]);
    pool.close().await;
    let mut client = Client::new(&site);
    client.set_cookie("guildhall", "AAAAAAAAAAAAAAAAAAAAAA");
    client.headers.push(("accept", BROWSER.to_owned()));
    let found = client.get("/pkg/guildhall.css").await.is(200);
    assert_eq!(found.body, "plain");
    client
        .get("/pkg/none.css")
        .await
        .is(404)
        .says("Page not found");
    client
        .get("/fonts/none.woff2")
        .await
        .is(404)
        .says("Page not found");
    client
        .post("/pkg/guildhall.css", &[])
        .await
        .is(405)
        .says("That can't be done here");
    fs::remove_dir_all(folder).unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_failed_readiness_probe_gets_plain_text_instead_of_the_error_page(pool: PgPool) {
    let (app, site) = site_of(&pool, &[]);
    app.readiness
        .add("press", || Some(Finding::Missing("out of ink".to_owned())));
    let answer = request(&site, BROWSER, &Method::GET, "/readyz", "", String::new())
        .await
        .is(503);
    assert_eq!(answer.body, "not ready\ndatabase: ok\npress: out of ink\n");
    assert!(
        answer.header("content-type").starts_with("text/plain"),
        "{}",
        answer.body
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_form_from_another_site_is_refused_with_advice(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut client = Client::new(&site);
    client.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    client
        .post("/sign-out", &[])
        .await
        .is(403)
        .says("Open the page here and send it again");
    client.headers = vec![("origin", "http://guildhall.example:8080".to_owned())];
    client
        .post("/sign-out", &[])
        .await
        .is(403)
        .says("Open the page here and send it again");
}
