//! Stopping a server.

use crate::{fixture::Pair, program::Server};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

/// Shorter than the time limit for requests in progress.
const BOUND: Duration = Duration::from_secs(9);

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_request_in_progress_is_finished_first(pool: PgPool) {
    let mut server = Server::start(&pool, &[]).await;
    let form = "email=ada@example.com&password=x";
    let (first, rest) = form.split_at(10);
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    let head = format!(
        "POST /sign-in HTTP/1.1\r\nhost: {}\r\nsec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n{first}",
        server.addr,
        form.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // A server that sends this reads the rest (RFC 9110, section 10.1.1).
    let mut interim = [0; 25];
    let read = timeout(BOUND, stream.read_exact(&mut interim));
    read.await.expect("the server sends 100 Continue").unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    server.signal("TERM").await;
    let refuses = async {
        while TcpStream::connect(server.addr).await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(BOUND, refuses)
        .await
        .expect("new connections are refused");
    stream.write_all(rest.as_bytes()).await.unwrap();
    let mut answer_text = String::new();
    let read = timeout(BOUND, stream.read_to_string(&mut answer_text));
    read.await.expect("the request is answered").unwrap();
    assert!(answer_text.starts_with("HTTP/1.1 422 "), "{answer_text}");
    let ended = timeout(BOUND, server.child.wait()).await;
    assert!(ended.expect("the server exits").unwrap().success());
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn idle_connections_and_unfinished_handshakes_do_not_delay_the_exit(pool: PgPool) {
    let pair = Pair::new();
    let mut server = Server::start(&pool, &pair.flags()).await;
    let mut idle = Vec::new();
    for client in [pair.client(), pair.client().http1_only()] {
        let client = client.build().unwrap();
        let answer = client.get(format!("{}/healthz", server.url)).send().await;
        assert_eq!(answer.unwrap().status(), 200);
        idle.push(client);
    }
    let _silent = TcpStream::connect(server.addr).await.unwrap();
    sleep(Duration::from_millis(200)).await;
    server.signal("TERM").await;
    let ended = timeout(BOUND, server.child.wait()).await;
    assert!(ended.expect("the server exits").unwrap().success());
}
