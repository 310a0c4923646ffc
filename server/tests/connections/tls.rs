//! The same limits over HTTPS; they apply even before the handshake.

use crate::{
    client::{connect, is_closed, wait_until_closed, wait_until_not_new},
    fixture::Pair,
    program::Server,
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use std::{net::IpAddr, time::Duration};
use tokio::{io::AsyncWriteExt, time::timeout};

#[sqlx::test(migrator = "MIGRATIONS")]
async fn stalled_handshakes_and_idle_http2_connections_are_displaced(pool: PgPool) {
    let pair = Pair::new();
    let flags = [&pair.flags()[..], &["--connections-per-address", "2"]].concat();
    let server = Server::start(&pool, &flags).await;
    let mut stalled = connect(&server, [127, 0, 0, 2]).await;
    // The start of a ClientHello (RFC 8446, section 5.1).
    stalled.write_all(&[22, 3, 1, 2, 0, 1]).await.unwrap();
    wait_until_not_new().await;
    let later = connect(&server, [127, 0, 0, 2]).await;
    // This client uses HTTP/2, which keeps its connection open.
    let client = pair.client().local_address(IpAddr::from([127, 0, 0, 2]));
    let client = client.build().unwrap();
    let request = async || {
        let request = client.get(format!("{}/readyz", server.url)).send();
        request.await.unwrap().status().as_u16()
    };
    assert_eq!(request().await, 200);
    // This is sooner than the handshake's own timeout, 10 s after the connection was opened.
    let closed = timeout(Duration::from_secs(4), wait_until_closed(&mut stalled)).await;
    closed.expect("the server closes the connection");
    assert!(!is_closed(&later));

    // An idle HTTP/2 connection is displaced too, and its client opens another.
    wait_until_not_new().await;
    let first = connect(&server, [127, 0, 0, 2]).await;
    let _second = connect(&server, [127, 0, 0, 2]).await;
    wait_until_not_new().await;
    assert!(is_closed(&later) && !is_closed(&first));
    assert_eq!(request().await, 200);
}
