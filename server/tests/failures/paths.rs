//! Arbitrary paths, queries and forms: none causes an internal error.

use crate::support::{Client, site};
use axum::{
    body::Body,
    http::{Method, Uri},
};
use guildhall::store::MIGRATIONS;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sqlx::PgPool;

/// Prefixes whose paths have different handlers.
const PREFIXES: [&str; 13] = [
    "/",
    "/pkg/",
    "/fonts/",
    "//",
    "/projects/",
    "/account/tokens/",
    "/account/programs/",
    "/sign-in/with/",
    "/api/",
    "/api/v1/projects/",
    "/api/docs/problems/",
    "/oauth/",
    "/.well-known/",
];

/// Invalid characters in a path, and names at the limits of file systems: 255 bytes per name, 4,096 per path.
fn hostile_paths() -> Vec<String> {
    let long = [
        200, 250, 251, 252, 253, 255, 256, 300, 4_000, 4_096, 8_000, 60_000,
    ];
    let mut paths: Vec<String> = long.map(|length| "x".repeat(length)).into();
    paths.extend(long.map(|length| format!("{}.js", "%C3%A9".repeat(length / 6))));
    paths.extend(["a/", "../", "./", "%2e%2e/", "%2F"].map(|unit| unit.repeat(1_000)));
    paths.extend(
        [
            "%00",
            "a%00b",
            "%00.js",
            "guildhall.js%00",
            "%",
            "%zz",
            "%f",
            "%ff",
            "%c3%28",
            "%ed%a0%80",
            "..",
            "../..",
            "%2e%2e",
            "..%2f..%2fetc%2fpasswd",
            "..%5c..",
            ".",
            "./",
            "/",
            "//",
            "\\",
            "con",
            "a:b",
            "~",
            "*",
            "%0d%0aa:b",
            "%e2%80%ae",
            "1/2/3",
            "9223372036854775808",
            "-1",
            "1%00",
            "index.html",
            "favicon.svg/",
            "favicon.svg/x",
            "robots.txt%2f",
        ]
        .map(str::to_owned),
    );
    paths
}

fn methods() -> Vec<Method> {
    [
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "X",
    ]
    .map(|name| name.parse().unwrap())
    .into()
}

async fn status(client: &mut Client, method: &Method, path: &str) -> Option<u16> {
    // Skip what no client can send, because it is not a URI.
    path.parse::<Uri>().ok()?;
    let answer = client.send(method.clone(), path, Body::empty(), None).await;
    Some(answer.status.as_u16())
}

fn runner() -> TestRunner {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(Config::default(), rng)
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn no_path_causes_an_internal_error(pool: PgPool) {
    let site = site(&pool, &["--api-rate-limit", "0"]);
    let mut client = Client::new(&site);
    let mut runner = runner();
    let part = r"([a-z.]|%[0-9a-f]{2}|%00|%|/|\.\./|[!-~]){1,80}";
    let random_ends = (0..150).map(|_| part.new_tree(&mut runner).unwrap().current());
    let mut wrong = Vec::new();
    for end in hostile_paths().into_iter().chain(random_ends) {
        for prefix in PREFIXES {
            let path = format!("{prefix}{end}");
            for method in methods()
                .into_iter()
                .take(if end.len() > 3 { 3 } else { 9 })
            {
                if let Some(status) = status(&mut client, &method, &path).await
                    && status >= 500
                {
                    let path: String = path.chars().take(60).collect();
                    wrong.push(format!(
                        "{status} for {method} {path} … ({} bytes)",
                        end.len()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn request_targets_that_are_not_paths_cause_no_internal_error(pool: PgPool) {
    let site = site(&pool, &[]);
    for (method, target) in [
        ("OPTIONS", "*"),
        ("CONNECT", "guildhall.example:443"),
        ("GET", "http://guildhall.example"),
        ("GET", "http://other.example/nowhere"),
    ] {
        let method: Method = method.parse().unwrap();
        let status = status(&mut Client::new(&site), &method, target)
            .await
            .unwrap();
        assert!(status < 500, "{status} for {method} {target}");
    }
}

/// The fields that routes read from a query or a form.
const FIELDS: [&str; 33] = [
    "q",
    "page",
    "per_page",
    "cursor",
    "sort",
    "category",
    "currency",
    "status",
    "budget_from",
    "budget_to",
    "budget_max",
    "closing_before",
    "after",
    "next",
    "back",
    "time_zone",
    "theme",
    "user_code",
    "client_id",
    "client_secret",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "grant_type",
    "token",
    "refresh_token",
    "email",
    "password",
];

/// Queries that give every field the same invalid value, and two very long queries.
fn queries_with_invalid_values() -> Vec<String> {
    let values = ["a%00", "%ff", "99999999999999999999", "%E2%80%AE"];
    let every = |value| FIELDS.map(|field| format!("{field}={value}")).join("&");
    let mut texts: Vec<String> = values.map(every).into();
    texts.extend(["&".repeat(5_000), "q=".to_owned() + &"%00".repeat(5_000)]);
    texts
}

/// Queries with a NUL byte in one field and valid OAuth parameters: these are checked in order, so an earlier error
/// would hide a later one.
fn queries_with_nul() -> Vec<String> {
    let others = "response_type=code&grant_type=authorization_code&code_challenge_method=S256&code_challenge=\
                  E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&client_id=f81d4fae-7dec-41d0-a765-00a0c91e6bf6&code=a";
    let wrong = |field| format!("{field}=%00&{others}");
    FIELDS.map(wrong).into()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn no_query_or_form_causes_an_internal_error(pool: PgPool) {
    let site = site(&pool, &["--api-rate-limit", "0"]);
    let anybody = Client::new(&site);
    let buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut wrong = Vec::new();
    for (method, path) in server::routes() {
        let path = path
            .replace("{id}", "1")
            .replace("{provider}", "x")
            .replace("{slug}", "x");
        let (visitors, texts) = match path.as_str() {
            // These end sessions, which the following requests may need.
            "/sign-out" | "/account/sessions/end-others" => continue,
            // Once each: these requests hash passwords.
            "/sign-up" | "/sign-in" | "/account/password" if method == Method::POST => (
                vec![&buyer],
                vec!["email=%00&password=%00&name=%00&present_password=%00&new_password=%00&role=buyer".to_owned()],
            ),
            "/device" | "/oauth/authorize" => (
                vec![&buyer],
                [queries_with_invalid_values(), queries_with_nul()].concat(),
            ),
            path if path.starts_with("/oauth/") => (
                vec![&anybody],
                [queries_with_invalid_values(), queries_with_nul()].concat(),
            ),
            path if path.starts_with("/api/") => (vec![&anybody], queries_with_invalid_values()),
            _ => (vec![&seller], queries_with_invalid_values()),
        };
        for (visitor, text) in visitors
            .iter()
            .flat_map(|visitor| texts.iter().map(move |text| (visitor, text)))
        {
            let mut client = Client::clone(visitor);
            if path.ends_with("/live") {
                // An event stream would never end.
                client
                    .headers
                    .push(("accept", "application/json".to_owned()));
            }
            let (path, body) = match method {
                Method::GET => (format!("{path}?{text}"), String::new()),
                _ => (path.clone(), text.clone()),
            };
            let kind = Some("application/x-www-form-urlencoded");
            let status = client
                .send(method.clone(), &path, Body::from(body), kind)
                .await
                .status;
            if status.is_server_error() && status != 503 {
                let text: String = text.chars().take(200).collect();
                wrong.push(format!("{status} for {method} {path} with {text}"));
            }
        }
    }
    wrong.truncate(10);
    assert!(wrong.is_empty(), "{wrong:#?}");
}
