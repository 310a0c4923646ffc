//! A start creates a missing cluster or database, attaches to a running cluster, and explains a failure.

use super::{Scratch, query, refusal};
use crate::database::postgres::{PrivatePostgres, START_BOUND, pid_file::live_postmaster};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

#[test]
fn a_cluster_starts_with_its_database_and_stops_cleanly() {
    let scratch = Scratch::new();
    let private = PrivatePostgres::start(&scratch.data()).unwrap();
    let query = |statement: &str| query(&scratch.data(), private.url(), statement);
    assert_eq!(query("select current_database()"), "guildhall");
    assert_eq!(query("show listen_addresses"), "");
    assert_eq!(query("show fsync"), "on");
    assert_eq!(query("show synchronous_commit"), "on");
    assert_eq!(query("show max_connections"), "200");
    assert_eq!(query("show shared_buffers"), "256MB");
    assert_eq!(query("show timezone"), "UTC");
    assert_eq!(query("show server_encoding"), "UTF8");
    assert_eq!(query("show lc_collate"), "C.UTF-8");
    private.stop().unwrap();
    assert_eq!(live_postmaster(&scratch.cluster()), None);
    assert!(scratch.log().contains("database system is shut down"));
}

#[test]
fn a_cluster_belongs_to_an_ordinary_user_and_is_closed_to_others() {
    let scratch = Scratch::new();
    let private = PrivatePostgres::start(&scratch.data()).unwrap();
    let cluster = fs::metadata(scratch.cluster()).unwrap();
    assert_ne!(cluster.uid(), 0);
    assert_eq!(cluster.mode() & 0o777, 0o700);
    let pid = live_postmaster(&scratch.cluster()).unwrap();
    let process = fs::metadata(format!("/proc/{pid}")).unwrap();
    assert_eq!(process.uid(), cluster.uid());
    private.stop().unwrap();
}

#[test]
fn a_second_start_attaches_to_the_running_cluster() {
    let scratch = Scratch::new();
    let first = PrivatePostgres::start(&scratch.data()).unwrap();
    let second = PrivatePostgres::start(&scratch.data()).unwrap();
    assert_eq!(first.url(), second.url());
    second.stop().unwrap();
    assert_eq!(query(&scratch.data(), first.url(), "select 1"), "1");
    first.stop().unwrap();
}

#[test]
fn concurrent_starts_share_one_cluster() {
    let scratch = Scratch::new();
    let all_started = Barrier::new(3);
    let start = || {
        let private = PrivatePostgres::start(&scratch.data()).unwrap();
        // The owner must not stop the cluster while the others need it.
        all_started.wait();
        let owns = private.owned.is_some();
        assert_eq!(query(&scratch.data(), private.url(), "select 1"), "1");
        all_started.wait();
        private.stop().unwrap();
        owns
    };
    let owners = thread::scope(|scope| {
        let threads = [scope.spawn(start), scope.spawn(start), scope.spawn(start)];
        threads.map(|thread| thread.join().unwrap())
    });
    assert_eq!(owners.into_iter().filter(|&owns| owns).count(), 1);
}

#[test]
fn a_missing_database_is_created_at_the_next_start() {
    let scratch = Scratch::new();
    let private = PrivatePostgres::start(&scratch.data()).unwrap();
    let other = private.url().replace("/guildhall?", "/postgres?");
    query(&scratch.data(), &other, "drop database guildhall");
    private.stop().unwrap();
    let private = PrivatePostgres::start(&scratch.data()).unwrap();
    assert_eq!(query(&scratch.data(), private.url(), "select 1"), "1");
}

#[test]
fn a_cluster_of_another_version_is_refused_with_the_package_to_install() {
    let scratch = Scratch::new();
    PrivatePostgres::start(&scratch.data())
        .unwrap()
        .stop()
        .unwrap();
    fs::write(scratch.cluster().join("PG_VERSION"), "14\n").unwrap();
    assert!(refusal(&scratch.data()).contains("apt install postgresql-14"));
    fs::remove_file(scratch.cluster().join("PG_VERSION")).unwrap();
    assert!(refusal(&scratch.data()).contains("no valid PG_VERSION"));
}

#[test]
fn a_start_that_fails_shows_the_end_of_the_log() {
    let scratch = Scratch::new();
    PrivatePostgres::start(&scratch.data())
        .unwrap()
        .stop()
        .unwrap();
    fs::write(
        scratch.cluster().join("postgresql.conf"),
        "work_mem = lots\n",
    )
    .unwrap();
    let began = Instant::now();
    let refused = refusal(&scratch.data());
    assert!(refused.contains("work_mem"), "{refused}");
    assert!(
        began.elapsed() < START_BOUND / 2,
        "the start must fail at once"
    );
}
