//! The next start recovers from a kill at any point.

use super::{Scratch, query, signal, spawn_owner, wait_for};
use crate::database::postgres::{
    PrivatePostgres, account::OsAccount, home::DataDirectory, pid_file::live_postmaster,
};
use rustix::process::Signal;
use std::fs;
use std::thread;
use std::time::Duration;

#[test]
fn a_cluster_whose_postmaster_was_killed_is_recovered() {
    let scratch = Scratch::new();
    let private = PrivatePostgres::start(&scratch.data()).unwrap();
    query(
        &scratch.data(),
        private.url(),
        "create table kept as select 42 as answer",
    );
    let pid = live_postmaster(&scratch.cluster()).unwrap();
    signal(pid, Signal::KILL);
    // The supervisor may or may not have restarted the cluster by now.
    private.stop().unwrap();
    let private = PrivatePostgres::start(&scratch.data()).unwrap();
    let answer = query(&scratch.data(), private.url(), "select answer from kept");
    assert_eq!(answer, "42");
    assert!(scratch.log().contains("not properly shut down"));
}

#[test]
fn an_incomplete_cluster_is_created_again() {
    let scratch = Scratch::new();
    let home = DataDirectory::prepare(&scratch.data()).unwrap();
    drop(home.try_lock().unwrap());
    let account = OsAccount::choose(None).unwrap();
    home.begin_cluster(&account).unwrap();
    fs::write(home.new_cluster.join("PG_VERSION"), "15\n").unwrap();
    let private = PrivatePostgres::start(&scratch.data()).unwrap();
    assert_eq!(query(&scratch.data(), private.url(), "select 1"), "1");
    assert!(!home.new_cluster.exists());
}

#[test]
fn a_start_right_after_sigkill_during_initdb_creates_a_complete_cluster() {
    let scratch = Scratch::new();
    let new_cluster = scratch.data().join("cluster.new");
    for delay in [0, 100, 300] {
        let mut owner = spawn_owner(&scratch.data());
        wait_for("initdb", || new_cluster.join("PG_VERSION").exists());
        thread::sleep(Duration::from_millis(delay));
        owner.kill().unwrap();
        owner.wait().unwrap();
        assert!(!scratch.cluster().exists(), "initdb was killed too late");
        let private = PrivatePostgres::start(&scratch.data()).unwrap();
        assert_eq!(query(&scratch.data(), private.url(), "select 1"), "1");
        assert!(!new_cluster.exists());
        private.stop().unwrap();
        fs::remove_dir_all(scratch.data()).unwrap();
    }
}
