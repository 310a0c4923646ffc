//! These tests run the real programs, in temporary directories, as root or as an ordinary user.

mod directory;
mod log;
mod recovery;
mod start;
mod stop;
mod supervision;

use std::env;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::PrivatePostgres;
use super::cluster::Cluster;
use super::home::DataDirectory;

const DIR_VARIABLE: &str = "GUILDHALL_TEST_OWNED_DIR";

/// A directory that is removed when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = env::temp_dir().join(format!("guildhall-test-{}-{count}", std::process::id()));
        fs::create_dir(&dir).unwrap();
        fs::set_permissions(&dir, Permissions::from_mode(0o755)).unwrap();
        Self(dir)
    }

    fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    fn cluster(&self) -> PathBuf {
        self.data().join("cluster")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.data().join("server.log")).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a statement with psql, which takes the same URL as sqlx, and returns its output.
fn query(data: &Path, url: &str, statement: &str) -> String {
    let cluster = Cluster::at(DataDirectory::prepare(data).unwrap()).unwrap();
    let output = cluster.psql(url, statement).unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.try_into().unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

/// Every process of the cluster, including its postmaster.
fn processes(data: &Path) -> Vec<u32> {
    let cluster = Cluster::at(DataDirectory::prepare(data).unwrap()).unwrap();
    cluster.processes()
}

fn refusal(data: &Path) -> String {
    PrivatePostgres::start(data).unwrap_err().to_string()
}

fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < deadline, "waited too long for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Another process that owns a running cluster.
fn owner_process(data: &Path) -> Child {
    let mut child = spawn_owner(data);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("the cluster is up")));
    child
}

/// Starts another process that runs only the test below, which owns the cluster in this directory until it is killed.
fn spawn_owner(data: &Path) -> Child {
    let module = module_path!().split_once("::").unwrap().1;
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg(format!("{module}::a_cluster_keeps_the_data_of_its_owner"))
        .env(DIR_VARIABLE, data)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn a_cluster_keeps_the_data_of_its_owner() {
    let owned = env::var_os(DIR_VARIABLE).map(PathBuf::from);
    let scratch = owned.is_none().then(Scratch::new);
    let own = || scratch.as_ref().map(Scratch::data);
    let data = owned.clone().or_else(own).unwrap();
    let private = PrivatePostgres::start(&data).unwrap();
    let make = "create table if not exists kept as select 42 as answer";
    query(&data, private.url(), make);
    let answer = query(&data, private.url(), "select answer from kept");
    assert_eq!(answer, "42");
    if owned.is_some() {
        println!("the cluster is up");
        loop {
            thread::park();
        }
    }
}
