//! Refused requests are not logged: a flood must not fill the disk.

use crate::{
    client::{connect, connect_and_request, request},
    program::Server,
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn refused_requests_and_closed_connections_log_nothing(pool: PgPool) {
    let flags = ["--page-rate-limit", "5", "--connections-per-address", "2"];
    let mut server = Server::start(&pool, &flags).await;
    while server.other_lines.try_recv().is_ok() {}
    let mut client = connect(&server, [127, 0, 0, 2]).await;
    for n in 0..50 {
        let expected = if n < 5 { 200 } else { 429 };
        assert_eq!(request(&mut client, "/how-it-works").await, Some(expected));
    }
    let mut held = Vec::new();
    for _ in 0..50 {
        held.push(connect_and_request(&server, [127, 0, 0, 3]).await);
    }
    server.signal("TERM").await;
    let mut lines = Vec::new();
    while let Some(line) = server.other_lines.recv().await {
        lines.push(line);
    }
    assert_eq!(lines, ["Stopping: finishing requests in progress."]);
}
