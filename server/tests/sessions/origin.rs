//! Which pages may submit forms: only those with this site's scheme, host and port.

use crate::support::{Client, site};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

/// The status of the answer to a form with these headers.
async fn answered(client: &Client, headers: &[(&'static str, &str)]) -> u16 {
    let mut client = client.clone();
    client.headers = headers
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    let form = [("theme", "dark"), ("back", "/")];
    client.post("/settings/theme", &form).await.status.as_u16()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_forms_origin_must_match_the_public_urls_scheme_host_and_port(pool: PgPool) {
    let site = site(&pool, &["--public-url", "https://guildhall.example"]);
    let client = Client::new(&site);
    for (headers, expected) in [
        (&[][..], 303),
        (&[("origin", "https://guildhall.example")][..], 303),
        (&[("origin", "http://guildhall.example")], 403),
        (&[("origin", "https://guildhall.example:8443")], 403),
        (&[("origin", "https://guildhall.example:443")], 403),
        (&[("origin", "https://guildhall.example.evil.example")], 403),
        (&[("origin", "https://guildhall.example/")], 403),
        (&[("origin", "https://evil@guildhall.example")], 403),
        (&[("origin", "https://www.guildhall.example")], 403),
        (&[("origin", "null")], 403),
        (&[("origin", "")], 303),
        (&[("sec-fetch-site", "")], 303),
        (
            &[
                ("sec-fetch-site", ""),
                ("origin", "http://guildhall.example"),
            ],
            403,
        ),
        (&[("sec-fetch-site", "same-origin")], 303),
        (&[("sec-fetch-site", "none")], 303),
        (&[("sec-fetch-site", "same-site")], 403),
        (&[("sec-fetch-site", "cross-site")], 403),
        (&[("sec-fetch-site", "Same-Origin")], 403),
        (&[("sec-fetch-site", "whatever")], 403),
        (
            &[
                ("sec-fetch-site", "same-site"),
                ("origin", "http://guildhall.example"),
            ],
            403,
        ),
        (
            &[("sec-fetch-site", "same-origin"), ("origin", "null")],
            303,
        ),
        (
            &[
                ("sec-fetch-site", "same-origin"),
                ("origin", "https://guildhall.example"),
            ],
            303,
        ),
    ] {
        assert_eq!(answered(&client, headers).await, expected, "{headers:?}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn without_a_public_url_a_form_must_come_from_the_requested_host(pool: PgPool) {
    let plain = Client::new(&site(&pool, &[]));
    let tls = ["--tls-certificate", "c.pem", "--tls-key", "k.pem"];
    let secure = Client::new(&site(&pool, &tls));
    for (origin, by_http, by_https) in [
        ("http://guildhall.example", 303, 403),
        ("https://guildhall.example", 403, 303),
        ("http://guildhall.example:8080", 403, 403),
        ("http://127.0.0.1:3000", 403, 403),
        ("null", 403, 403),
    ] {
        assert_eq!(
            answered(&plain, &[("origin", origin)]).await,
            by_http,
            "{origin}"
        );
        assert_eq!(
            answered(&secure, &[("origin", origin)]).await,
            by_https,
            "{origin}"
        );
    }
}
