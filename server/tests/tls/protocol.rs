//! The protocols, HTTP/2 and HTTP/1.1, and what changes for pages over HTTPS.

use crate::{fixture::Pair, program::Server};
use guildhall::store::MIGRATIONS;
use reqwest::{Response, Version};
use sqlx::PgPool;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_client_chooses_between_http2_and_http1(pool: PgPool) {
    let pair = Pair::new();
    let server = Server::start(&pool, &pair.flags()).await;
    assert!(server.url.starts_with("https://"), "{}", server.url);
    let url = format!("{}/readyz", server.url);
    for (client, version) in [
        (pair.client(), Version::HTTP_2),
        (pair.client().http1_only(), Version::HTTP_11),
    ] {
        let answer = client.build().unwrap().get(&url).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
        let hsts = header(&answer, "strict-transport-security");
        assert!(hsts.contains("max-age=31536000"), "{hsts}");
    }
    // A client that trusts another certificate refuses to connect.
    let stranger = Pair::new().client().build().unwrap();
    assert!(stranger.get(&url).send().await.is_err());
    // A client without TLS gets no information and does not hang.
    let mut plain = TcpStream::connect(server.addr).await.unwrap();
    let request = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    plain.write_all(request).await.unwrap();
    let mut received = Vec::new();
    let ended = timeout(Duration::from_secs(5), plain.read_to_end(&mut received)).await;
    ended.expect("the server closes the connection").ok();
    assert!(!received.starts_with(b"HTTP/"), "{received:?}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn one_http2_connection_carries_many_concurrent_requests(pool: PgPool) {
    let pair = Pair::new();
    let server = Server::start(&pool, &pair.flags()).await;
    let client = pair.client().http2_prior_knowledge().build().unwrap();
    let mut request = tokio::task::JoinSet::new();
    // These are more than may run concurrently; the rest wait.
    for _ in 0..300 {
        let page = client.get(format!("{}/how-it-works", server.url)).send();
        request.spawn(async { page.await?.text().await });
    }
    for page in request.join_all().await {
        let page = page.unwrap();
        assert!(page.contains("</html>"), "{page}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn without_a_public_url_cookies_are_bound_to_the_host_and_other_sites_refused(pool: PgPool) {
    let pair = Pair::new();
    let server = Server::start(&pool, &pair.flags()).await;
    let client = pair.client().build().unwrap();
    // HTTP/2 has no Host header: the origin is compared with the authority.
    let sign_up = async |origin: &str| {
        let form = "role=buyer&name=Ada&email=ada@example.com&password=stepped+gable+lantern";
        let request = client
            .post(format!("{}/sign-up", server.url))
            .header("origin", origin)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        request.send().await.unwrap()
    };
    assert_eq!(sign_up("https://evil.example").await.status(), 403);
    let answer = sign_up(&server.url).await;
    assert_eq!(
        (answer.status().as_u16(), answer.version()),
        (303, Version::HTTP_2)
    );
    let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    for cookie in cookies {
        let cookie = cookie.to_str().unwrap();
        assert!(
            cookie.starts_with("__Host-guildhall") && cookie.contains("Secure"),
            "{cookie}"
        );
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn rate_limits_apply_to_the_peers_address(pool: PgPool) {
    let pair = Pair::new();
    let flags = [&pair.flags()[..], &["--api-rate-limit", "1"]].concat();
    let server = Server::start(&pool, &flags).await;
    let ask = async |from: [u8; 4]| {
        let client = pair.client().local_address(std::net::IpAddr::from(from));
        let url = format!("{}/api/v1/projects", server.url);
        let answer = client.build().unwrap().get(url).send().await.unwrap();
        answer.status().as_u16()
    };
    assert_eq!(ask([127, 0, 0, 1]).await, 200);
    assert_eq!(ask([127, 0, 0, 1]).await, 429);
    assert_eq!(ask([127, 0, 0, 2]).await, 200);
}
