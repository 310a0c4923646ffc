//! A process with a low limit on open files.

use crate::{
    client::{connect, connect_and_request, is_closed, request},
    program::Server,
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use std::{fs, time::Duration};
use tokio::{
    io::AsyncWriteExt,
    process::Command,
    time::{Instant, sleep},
};

const OPEN_FILES: u64 = 300;

/// The number of the server's open files.
fn open_files(server: &Server) -> usize {
    let id = server.child.id().unwrap();
    fs::read_dir(format!("/proc/{id}/fd")).unwrap().count()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn five_addresses_at_capacity_lock_out_neither_newcomers_nor_the_database(pool: PgPool) {
    let server = Server::start_limited(&pool, &[], OPEN_FILES).await;
    let mut held = Vec::new();
    for _ in 0..200 {
        for host in 2..7 {
            held.push(connect_and_request(&server, [127, 0, 0, host]).await);
        }
    }
    let open = held.iter().filter(|stream| !is_closed(stream)).count();
    assert!(open > 100, "only {open} connections are open");
    // Newcomers connect from neighboring and distant addresses. `/readyz` fails if the database does not answer.
    for host in 0..100 {
        for from in [[127, 0, 0, 100 + host], [127, 9, host, 1]] {
            let mut newcomer = connect_and_request(&server, from).await;
            for path in ["/readyz", "/projects"] {
                assert_eq!(
                    request(&mut newcomer, path).await,
                    Some(200),
                    "{from:?} {path}"
                );
            }
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn clients_that_do_not_read_files_leave_descriptors_for_the_database(pool: PgPool) {
    let site = std::env::temp_dir().join(format!("guildhall-connections-{}", std::process::id()));
    fs::create_dir_all(site.join("pkg")).unwrap();
    fs::write(site.join("pkg/large.js"), vec![b'x'; 8 * 1024 * 1024]).unwrap();
    let flags = ["--site-root", site.to_str().unwrap()];
    let server = Server::start_limited(&pool, &flags, OPEN_FILES).await;
    let mut waiting = Vec::new();
    let head = b"GET /pkg/large.js HTTP/1.1\r\nhost: localhost\r\n\r\n";
    for _ in 0..60 {
        for host in 2..7 {
            let mut stream = connect(&server, [127, 0, 0, host]).await;
            stream.write_all(head).await.unwrap();
            waiting.push(stream);
        }
    }
    let until = Instant::now() + Duration::from_secs(5);
    while Instant::now() < until {
        let mut newcomer = connect_and_request(&server, [127, 9, 9, 9]).await;
        assert_eq!(request(&mut newcomer, "/readyz").await, Some(200));
        sleep(Duration::from_millis(100)).await;
    }
    fs::remove_dir_all(site).unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_listener_without_descriptors_recovers(pool: PgPool) {
    let server = Server::start_limited(&pool, &[], OPEN_FILES).await;
    let mut held = Vec::new();
    for _ in 0..60 {
        held.push(connect_and_request(&server, [127, 0, 0, 2]).await);
    }
    // This limit is below the number of open files: no file can be opened until some are closed.
    let least = open_files(&server) - 20;
    let id = server.child.id().unwrap().to_string();
    let limit = format!("--nofile={least}:{OPEN_FILES}");
    let status = Command::new("prlimit")
        .args(["--pid", &id, &limit])
        .status()
        .await
        .unwrap();
    assert!(status.success());
    let mut newcomer = connect_and_request(&server, [127, 0, 0, 3]).await;
    assert_eq!(request(&mut newcomer, "/readyz").await, Some(200));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_soft_limit_is_raised_and_a_low_hard_limit_is_reported(pool: PgPool) {
    let mut server = Server::start_limited(&pool, &[], OPEN_FILES).await;
    let line = server.other_lines.recv().await.unwrap();
    assert!(
        line.contains("this process may have 300 open files") && line.contains("LimitNOFILE="),
        "{line}"
    );
    let id = server.child.id().unwrap();
    let limits = fs::read_to_string(format!("/proc/{id}/limits")).unwrap();
    let open_files = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))
        .unwrap();
    let numbers: Vec<&str> = open_files.split_whitespace().skip(3).take(2).collect();
    assert_eq!(numbers, ["300", "300"], "soft and hard");
}
