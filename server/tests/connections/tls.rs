//! The same by https, from the first byte of the handshake on.

use crate::{
    client::{closes, connect, is_closed, until_not_new},
    given::Pair,
    program::Server,
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use std::net::IpAddr;
use tokio::io::AsyncWriteExt;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_handshake_that_stands_still_gives_way_before_others_do(pool: PgPool) {
    let pair = Pair::new();
    let flags = [&pair.flags()[..], &["--connections-per-address", "2"]].concat();
    let server = Server::start(&pool, &flags).await;
    let mut half = connect(&server, [127, 0, 0, 2]).await;
    // The beginning of a greeting (RFC 8446, section 5.1).
    half.write_all(&[22, 3, 1, 2, 0, 1]).await.unwrap();
    until_not_new().await;
    let later = connect(&server, [127, 0, 0, 2]).await;
    // By HTTP/2, which keeps its connection.
    let client = pair.client().local_address(IpAddr::from([127, 0, 0, 2]));
    let client = client.build().unwrap();
    let ask = async || {
        let asked = client.get(format!("{}/readyz", server.url)).send();
        asked.await.unwrap().status().as_u16()
    };
    assert_eq!(ask().await, 200);
    // Long before it is cut off for being slow.
    closes(&mut half).await;
    assert!(!is_closed(&later));

    // An idle connection of HTTP/2 gives way too, and its client makes another one.
    until_not_new().await;
    let first = connect(&server, [127, 0, 0, 2]).await;
    let _second = connect(&server, [127, 0, 0, 2]).await;
    until_not_new().await;
    assert!(is_closed(&later) && !is_closed(&first));
    assert_eq!(ask().await, 200);
}
