//! Stopping a server while its PostgreSQL is gone or hangs.

use crate::{Scratch, children, postmaster, program::Server, signal, wait_for_readiness};
use rustix::process::Signal;
use std::{fs, time::Duration};
use tokio::time::timeout;

/// A little longer than the time limit for requests in progress.
const BOUND: Duration = Duration::from_secs(13);

async fn assert_stops(server: &mut Server) {
    server.signal("TERM").await;
    let ended = timeout(BOUND, server.child.wait()).await;
    let log = server.log.lock().unwrap().clone();
    assert!(ended.expect(&log).unwrap().success(), "{log}");
}

#[tokio::test]
async fn a_server_ends_in_time_while_its_postgres_is_gone() {
    let scratch = Scratch::new();
    let mut server = Server::start_private(&scratch.data(), &[]).await;
    fs::write(
        scratch.data().join("cluster/postgresql.conf"),
        "work_mem = lots\n",
    )
    .unwrap();
    signal(postmaster(&scratch.data()).unwrap(), Signal::KILL);
    wait_for_readiness(&server, "the end of PostgreSQL", |status, text| {
        status == 503 && text.contains("postgres: it fails to start")
    })
    .await;
    assert_stops(&mut server).await;
}

#[tokio::test]
async fn a_server_ends_in_time_while_its_postgres_hangs() {
    let scratch = Scratch::new();
    let mut server = Server::start_private(&scratch.data(), &[]).await;
    let postmaster = postmaster(&scratch.data()).unwrap();
    // Pause the postmaster first, so that it starts no more children.
    signal(postmaster, Signal::STOP);
    for child in children(postmaster) {
        signal(child, Signal::STOP);
    }
    wait_for_readiness(
        &server,
        "a database that does not answer",
        |status, text| status == 503 && text.contains("database: does not answer"),
    )
    .await;
    assert_stops(&mut server).await;
    let log = fs::read_to_string(scratch.data().join("server.log")).unwrap();
    assert!(log.ends_with("database system is shut down\n"), "{log}");
}
