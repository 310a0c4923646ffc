//! Limits on connections per address, without TLS; behind a proxy there are none.

use crate::{
    client::{connect, connect_and_request, is_closed, request, wait_until_closed},
    program::Server,
    support::{Client, site},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_address_over_its_limit_loses_only_its_own_idlest_connection(pool: PgPool) {
    let server = Server::start(&pool, &["--connections-per-address", "3"]).await;
    let mut other = connect_and_request(&server, [127, 0, 0, 9]).await;
    let mut own = Vec::new();
    for _ in 0..3 {
        own.push(connect_and_request(&server, [127, 0, 0, 2]).await);
    }
    // The first one is used again, so the second has now been idle the longest. Idle times are in milliseconds.
    tokio::time::sleep(Duration::from_millis(2)).await;
    assert_eq!(request(&mut own[0], "/healthz").await, Some(200));
    let mut newcomer = connect_and_request(&server, [127, 0, 0, 2]).await;
    wait_until_closed(&mut own[1]).await;
    for kept in [0, 2] {
        assert_eq!(
            request(&mut own[kept], "/healthz").await,
            Some(200),
            "{kept}"
        );
    }
    assert_eq!(request(&mut newcomer, "/healthz").await, Some(200));
    assert_eq!(request(&mut other, "/healthz").await, Some(200));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_connection_with_an_answer_in_progress_is_kept(pool: PgPool) {
    let mut seller = Client::member(&site(&pool, &[]), "seller", "sam@example.com").await;
    let path = seller.publish(&pool, "A new shop window", 3600).await;
    let server = Server::start(&pool, &["--connections-per-address", "2"]).await;
    let mut stream = connect(&server, [127, 0, 0, 2]).await;
    let head = format!("GET {path}/live HTTP/1.1\r\nhost: localhost\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut head = [0; 15];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    // Each `newest` displaces its `idle`, although the stream is older.
    for _ in 0..3 {
        let mut idle = connect_and_request(&server, [127, 0, 0, 2]).await;
        let mut newest = connect_and_request(&server, [127, 0, 0, 2]).await;
        wait_until_closed(&mut idle).await;
        assert_eq!(request(&mut newest, "/healthz").await, Some(200));
    }
    // After the first event, the stream is still open.
    let mut event = [0; 256];
    stream.read_exact(&mut event).await.unwrap();
    while let Ok(1..) = stream.try_read(&mut event) {}
    assert!(!is_closed(&stream));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn behind_a_proxy_connections_per_address_are_not_limited(pool: PgPool) {
    // A server behind a proxy does not start without a relay for its mail.
    let relay = "smtp://127.0.0.1:25?tls=none";
    let sender = "no-reply@guildhall.example";
    let flags = ["--smtp-url", relay, "--mail-from", sender];
    let limits = ["--connections-per-address", "1", "--trusted-proxies", "1"];
    let flags = [flags, limits].concat();
    let server = Server::start(&pool, &flags).await;
    let mut proxied = Vec::new();
    for _ in 0..20 {
        proxied.push(connect_and_request(&server, [127, 0, 0, 2]).await);
    }
    for kept in &mut proxied {
        assert_eq!(request(kept, "/healthz").await, Some(200));
    }
}
