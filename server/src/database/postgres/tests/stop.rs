//! A cluster shuts down cleanly when its owner exits for any reason.

use super::{Scratch, owner_process, query, wait_for};
use crate::database::postgres::{PrivatePostgres, pid_file::live_postmaster};
use std::fs;
use std::path::Path;

#[test]
fn ctrl_c_in_the_terminal_does_not_reach_the_cluster() {
    let scratch = Scratch::new();
    let _private = PrivatePostgres::start(&scratch.data()).unwrap();
    let pid = live_postmaster(&scratch.cluster()).unwrap();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    assert_eq!(
        fields[2],
        pid.to_string(),
        "the postmaster must lead a process group"
    );
}

#[test]
fn a_dropped_handle_stops_the_cluster() {
    let scratch = Scratch::new();
    drop(PrivatePostgres::start(&scratch.data()).unwrap());
    assert_eq!(live_postmaster(&scratch.cluster()), None);
}

#[test]
fn a_cluster_shuts_down_cleanly_after_sigkill_of_its_owner() {
    let scratch = Scratch::new();
    let mut owner = owner_process(&scratch.data());
    let pid = live_postmaster(&scratch.cluster()).unwrap();
    owner.kill().unwrap();
    owner.wait().unwrap();
    wait_for("the cluster to shut down", || {
        live_postmaster(&scratch.cluster()).is_none()
            && !Path::new(&format!("/proc/{pid}/cwd")).exists()
    });
    assert!(scratch.log().contains("received fast shutdown request"));
    assert!(scratch.log().contains("database system is shut down"));
    let private = PrivatePostgres::start(&scratch.data()).unwrap();
    let answer = query(&scratch.data(), private.url(), "select answer from kept");
    assert_eq!(answer, "42");
    assert!(!scratch.log().contains("not properly shut down"));
}

#[test]
fn a_start_right_after_sigkill_does_not_attach_to_the_dying_cluster() {
    let scratch = Scratch::new();
    for _ in 0..3 {
        let mut owner = owner_process(&scratch.data());
        owner.kill().unwrap();
        owner.wait().unwrap();
        let private = PrivatePostgres::start(&scratch.data()).unwrap();
        assert!(private.owned.is_some());
        let answer = query(&scratch.data(), private.url(), "select answer from kept");
        assert_eq!(answer, "42");
        private.stop().unwrap();
    }
    assert!(!scratch.log().contains("not properly shut down"));
}
