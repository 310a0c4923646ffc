//! Refused requests are not logged: a flood must not fill the disk.

use crate::{
    client::{ask, connect, kept_alive},
    program::Server,
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn refused_requests_and_closed_connections_log_nothing(pool: PgPool) {
    let flags = ["--page-rate-limit", "5", "--connections-per-address", "2"];
    let mut server = Server::start(&pool, &flags).await;
    while server.said.try_recv().is_ok() {}
    let mut client = connect(&server, [127, 0, 0, 2]).await;
    for n in 0..50 {
        let expected = if n < 5 { 200 } else { 429 };
        assert_eq!(ask(&mut client, "/how-it-works").await, Some(expected));
    }
    let mut held = Vec::new();
    for _ in 0..50 {
        held.push(kept_alive(&server, [127, 0, 0, 3]).await);
    }
    server.signal("TERM").await;
    let mut said = Vec::new();
    while let Some(line) = server.said.recv().await {
        said.push(line);
    }
    assert_eq!(said, ["Stopping: finishing requests in progress."]);
}
