//! A cluster that dies is restarted at the same address, with all its data.

use super::{Scratch, owner_process, processes, query, signal, wait_for};
use crate::database::postgres::{
    PrivatePostgres, START_BOUND, State, cluster::Cluster, home::DataDirectory,
    pid_file::live_postmaster,
};
use crate::small_disk::SmallDisk;
use rustix::process::Signal;
use std::fs;
use std::thread;
use std::time::Instant;

const KEEP: &str = "create table kept as select 42 as answer";

fn is_running(private: &PrivatePostgres) -> bool {
    *private.state().borrow() == State::Running
}

/// Kills the postmaster and waits for its successor.
fn kill_postmaster(scratch: &Scratch, private: &PrivatePostgres) {
    let pid = live_postmaster(&scratch.cluster()).unwrap();
    signal(pid, Signal::KILL);
    wait_for("another postmaster", || {
        live_postmaster(&scratch.cluster()).is_some_and(|new| new != pid) && is_running(private)
    });
}

#[test]
fn a_killed_postmaster_is_replaced_and_no_data_is_lost() {
    let scratch = Scratch::new();
    let private = PrivatePostgres::start(&scratch.data()).unwrap();
    query(&scratch.data(), private.url(), KEEP);
    for _ in 0..3 {
        kill_postmaster(&scratch, &private);
        let answer = query(&scratch.data(), private.url(), "select answer from kept");
        assert_eq!(answer, "42");
    }
    private.stop().unwrap();
    assert_eq!(live_postmaster(&scratch.cluster()), None);
    assert!(scratch.log().ends_with("database system is shut down\n"));
}

#[test]
fn a_cluster_outlives_the_thread_that_started_it() {
    let scratch = Scratch::new();
    let data = scratch.data();
    let private = thread::spawn(move || PrivatePostgres::start(&data).unwrap());
    let private = private.join().unwrap();
    query(&scratch.data(), private.url(), KEEP);
    assert!(!scratch.log().contains("shutdown request"));
    assert!(is_running(&private));
}

#[test]
fn hanging_children_do_not_block_the_restart_of_a_dead_postmaster() {
    let scratch = Scratch::new();
    let private = PrivatePostgres::start(&scratch.data()).unwrap();
    query(&scratch.data(), private.url(), KEEP);
    let pid = live_postmaster(&scratch.cluster()).unwrap();
    let children: Vec<u32> = processes(&scratch.data())
        .into_iter()
        .filter(|&process| process != pid)
        .collect();
    assert!(children.len() >= 3, "{children:?}");
    for &child in &children {
        signal(child, Signal::STOP);
    }
    kill_postmaster(&scratch, &private);
    let now = processes(&scratch.data());
    assert!(children.iter().all(|child| !now.contains(child)));
    let answer = query(&scratch.data(), private.url(), "select answer from kept");
    assert_eq!(answer, "42");
}

#[test]
fn a_cluster_paused_by_sigstop_still_shuts_down_cleanly() {
    let scratch = Scratch::new();
    let private = PrivatePostgres::start(&scratch.data()).unwrap();
    for process in processes(&scratch.data()) {
        signal(process, Signal::STOP);
    }
    let began = Instant::now();
    private.stop().unwrap();
    assert!(began.elapsed() < START_BOUND / 6, "the stop must not wait");
    assert!(scratch.log().ends_with("database system is shut down\n"));
}

#[test]
fn a_hanging_orphaned_cluster_does_not_block_the_next_start() {
    let scratch = Scratch::new();
    let mut owner = owner_process(&scratch.data());
    for process in processes(&scratch.data()) {
        signal(process, Signal::STOP);
    }
    owner.kill().unwrap();
    owner.wait().unwrap();
    let private = PrivatePostgres::start(&scratch.data()).unwrap();
    let answer = query(&scratch.data(), private.url(), "select answer from kept");
    assert_eq!(answer, "42");
}

#[test]
fn the_processes_of_a_cluster_exclude_those_of_other_clusters_of_the_same_user() {
    let (one, other) = (Scratch::new(), Scratch::new());
    let _one = PrivatePostgres::start(&one.data()).unwrap();
    let _other = PrivatePostgres::start(&other.data()).unwrap();
    let (one, other) = (processes(&one.data()), processes(&other.data()));
    assert!(one.len() > 3 && other.len() > 3, "{one:?} {other:?}");
    assert!(one.iter().all(|process| !other.contains(process)));
}

#[test]
fn a_stop_does_not_wait_for_starts_that_keep_failing() {
    let scratch = Scratch::new();
    let private = PrivatePostgres::start(&scratch.data()).unwrap();
    break_settings(&scratch);
    signal(live_postmaster(&scratch.cluster()).unwrap(), Signal::KILL);
    let does_not_start = State::Restarting {
        reason: "it fails to start".to_owned(),
    };
    wait_for("a failed start", || {
        *private.state().borrow() == does_not_start
    });
    let began = Instant::now();
    private.stop().unwrap();
    assert!(began.elapsed() < START_BOUND / 6, "the stop must not wait");
}

#[test]
fn a_cluster_that_keeps_failing_to_restart_is_abandoned_with_a_message() {
    let scratch = Scratch::new();
    let private = PrivatePostgres::start(&scratch.data()).unwrap();
    break_settings(&scratch);
    signal(live_postmaster(&scratch.cluster()).unwrap(), Signal::KILL);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let reason = runtime.block_on(crate::database::postgres::until_failed(private.state()));
    assert!(
        reason.contains("after 10 tries") && reason.contains("work_mem"),
        "{reason}"
    );
    assert_eq!(private.stop().unwrap_err().to_string(), reason);
}

fn break_settings(scratch: &Scratch) {
    let settings = scratch.cluster().join("postgresql.conf");
    fs::write(settings, "work_mem = lots\n").unwrap();
}

#[test]
fn a_cluster_restarts_once_the_full_disk_has_space() {
    let disk = SmallDisk::new(200);
    let data = disk.path().join("data");
    let private = PrivatePostgres::start(&data).unwrap();
    query(&data, private.url(), KEEP);
    // This writes more than one segment of write-ahead log and nothing else: PostgreSQL panics if it has no space for
    // it.
    let grow = "select pg_logical_emit_message(false, 'filler', repeat('x', 1000000)) from generate_series(1, 20)";
    // The first connection writes files that later ones only read, so open one while the disk has space.
    query(&data, private.url(), "select 1");
    disk.fill(0);
    let full = State::Restarting {
        reason: "its disk is full".to_owned(),
    };
    wait_for("PostgreSQL to stop on the full disk", || {
        let cluster = Cluster::at(DataDirectory::prepare(&data).unwrap()).unwrap();
        let _ = cluster.psql(private.url(), grow);
        *private.state().borrow() == full
    });
    disk.free_up();
    wait_for("PostgreSQL to run again", || is_running(&private));
    let answer = query(&data, private.url(), "select answer from kept");
    assert_eq!(answer, "42");
    let log = fs::read_to_string(data.join("server.log")).unwrap();
    assert!(log.contains("automatic recovery in progress"), "{log}");
    private.stop().unwrap();
}
