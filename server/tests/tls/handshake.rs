//! Clients that start a handshake and do not continue.

use crate::{fixture::Pair, program::Server};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

#[sqlx::test(migrator = "MIGRATIONS")]
async fn unfinished_handshakes_block_nobody_and_time_out(pool: PgPool) {
    let pair = Pair::new();
    let server = Server::start(&pool, &pair.flags()).await;
    let mut silent = Vec::new();
    for n in 0..300 {
        let mut stream = TcpStream::connect(server.addr).await.unwrap();
        // Every other client sends the start of a ClientHello (RFC 8446, section 5.1).
        if n % 2 == 0 {
            stream.write_all(&[22, 3, 1, 2, 0, 1]).await.unwrap();
        }
        silent.push(stream);
    }
    let began = Instant::now();
    for _ in 0..5 {
        let client = pair.client().build().unwrap();
        let answer = client.get(format!("{}/readyz", server.url)).send().await;
        assert_eq!(answer.unwrap().status(), 200);
    }
    // The silent connections have not timed out yet.
    let took = began.elapsed();
    assert!(took < Duration::from_secs(9), "{took:?}");
    for mut stream in silent {
        let cut_off = timeout(Duration::from_secs(15), stream.read_to_end(&mut Vec::new())).await;
        assert!(cut_off.is_ok(), "the connection is still open");
    }
}
