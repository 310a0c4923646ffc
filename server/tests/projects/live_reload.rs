//! Pages reload themselves during development, and only then.

use crate::{
    program::Server,
    support::{Client, site},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const PORT: &str = "3999";

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_pages_policy_allows_the_reload_port_only_while_cargo_leptos_watches(pool: PgPool) {
    for (flags, allowed) in [
        (&["--reload-port", PORT, "--watch"][..], true),
        (&["--reload-port", PORT], false),
    ] {
        let page = Client::new(&site(&pool, flags)).get("/").await.is(200);
        let policy = page.header("content-security-policy");
        let sources = "connect-src 'self' ws://127.0.0.1:3999 ws://localhost:3999;";
        assert_eq!(policy.contains(sources), allowed, "{policy}");
        assert_eq!(policy.contains("ws:"), allowed, "{policy}");
    }
}

/// The front page with its headers.
async fn front_page(server: &Server) -> String {
    let request = "GET / HTTP/1.1\r\nhost: guildhall.example\r\nconnection: close\r\n\r\n";
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).await.unwrap();
    page
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_page_of_a_watched_server_has_the_reload_script(pool: PgPool) {
    for (variables, has_script) in [
        (
            &[("LEPTOS_WATCH", "true"), ("LEPTOS_RELOAD_PORT", PORT)][..],
            true,
        ),
        (&[], false),
    ] {
        let server = Server::start_with(&pool, &[], variables).await;
        let page = front_page(&server).await;
        assert_eq!(page.contains("/live_reload"), has_script, "{page}");
        assert_eq!(page.contains(PORT), has_script, "{page}");
    }
}
