//! The built program with a private PostgreSQL that is killed, hangs or has no space.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../api/client.rs"]
mod client;
mod full_disk;
mod kill;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/small_disk.rs"]
mod small_disk;
mod stop;
#[path = "../support/mod.rs"]
mod support;

use program::Server;
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{PgPool, postgres::PgPoolOptions};
use std::{
    env,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tokio::time::{sleep, timeout};

/// A time limit that only a failing test reaches.
const BOUND: Duration = Duration::from_secs(60);

/// A directory that is deleted when the test ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = env::temp_dir().join(format!("guildhall-private-{}-{count}", std::process::id()));
        fs::create_dir(&dir).unwrap();
        fs::set_permissions(&dir, Permissions::from_mode(0o755)).unwrap();
        Self(dir)
    }

    fn data(&self) -> PathBuf {
        self.0.join("data")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The postmaster's process id, or `None` while there is none.
fn postmaster(data: &Path) -> Option<u32> {
    let file = fs::read_to_string(data.join("cluster/postmaster.pid")).ok()?;
    file.lines().next()?.parse().ok()
}

fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.try_into().unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

/// The child processes of this process.
fn children(parent: u32) -> Vec<u32> {
    let children = format!("/proc/{parent}/task/{parent}/children");
    let list = fs::read_to_string(children).unwrap();
    list.split_whitespace()
        .map(|pid| pid.parse().unwrap())
        .collect()
}

/// A direct connection to the database, bypassing the server.
fn database(data: &Path) -> PgPool {
    let host = data.join("cluster");
    let url = format!(
        "postgres://guildhall@localhost:5432/guildhall?host={}",
        host.display()
    );
    PgPoolOptions::new()
        .max_connections(4)
        .connect_lazy(&url)
        .unwrap()
}

/// The status and text of `/readyz`.
async fn readiness(server: &Server) -> (u16, String) {
    let request = reqwest_client()
        .get(format!("{}/readyz", server.url))
        .send();
    let answer = request.await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn reqwest_client() -> reqwest::Client {
    // The default provider can be installed only once per process.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder()
        .tls_built_in_root_certs(false)
        .no_proxy()
        .build()
        .unwrap()
}

async fn wait_for_readiness(server: &Server, what: &str, is: impl Fn(u16, &str) -> bool) {
    let mut last = None;
    let settled = timeout(BOUND, async {
        loop {
            let (status, text) = readiness(server).await;
            if is(status, &text) {
                return;
            }
            last = Some((status, text));
            sleep(Duration::from_millis(50)).await;
        }
    });
    if settled.await.is_err() {
        panic!(
            "waiting for {what}: {last:?}\n{}",
            server.log.lock().unwrap()
        );
    }
}
