//! A marketplace on its own PostgreSQL, which the test can pause.

use crate::support::{Answer, Client, site_of};
use axum::Router;
use guildhall::store;
use rustix::process::{Pid, Signal, kill_process};
use server::database::postgres::PrivatePostgres;
use sqlx::PgPool;
use std::{fs, os::unix::fs::PermissionsExt, path::Path, str::FromStr, time::Duration};
use tempfile::TempDir;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub struct World {
    pub site: Router,
    pub pool: PgPool,
    cluster: Cluster,
    stop: CancellationToken,
    // These are dropped last, in this order.
    _postgres: PrivatePostgres,
    _dir: TempDir,
}

/// The processes of a PostgreSQL cluster.
pub struct Cluster {
    postmaster: Pid,
}

impl World {
    pub async fn new() -> Self {
        let dir = TempDir::new().unwrap();
        // PostgreSQL does not run as root and must be able to enter the directory.
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o711)).unwrap();
        let data = dir.path().join("data");
        let postgres = PrivatePostgres::start(&data).unwrap();
        let options = FromStr::from_str(postgres.url()).unwrap();
        let pool = store::connect(options, 8).await.unwrap();
        store::migrate(&pool).await.unwrap();
        let stop = CancellationToken::new();
        let (app, site) = site_of(&pool, &[]);
        tokio::spawn(app.watch_database(stop.clone()));
        Self {
            site,
            pool,
            cluster: Cluster::of(&data),
            stop,
            _postgres: postgres,
            _dir: dir,
        }
    }

    /// Pauses every process of PostgreSQL, as if the machine hung; returns when the server has noticed.
    pub async fn hang(&self) {
        // Pause the postmaster first, so that it starts no more children.
        kill_process(self.cluster.postmaster, Signal::STOP).unwrap();
        for process in self.cluster.processes() {
            kill_process(process, Signal::STOP).unwrap();
        }
        self.has_notice(true).await;
    }

    /// Resumes PostgreSQL; returns when the server has noticed.
    pub async fn resume(&self) {
        self.cluster.resume();
        self.has_notice(false).await;
    }

    async fn has_notice(&self, expected: bool) {
        for _ in 0..600 {
            let page = Client::new(&self.site).get("/how-it-works").await.body;
            if page.contains("reach its database at the moment") == expected {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("no page reported the start or end of the outage");
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
        // A paused process cannot be shut down.
        self.cluster.resume();
    }
}

impl Cluster {
    fn of(data: &Path) -> Self {
        let file = fs::read_to_string(data.join("cluster/postmaster.pid")).unwrap();
        let pid = file.lines().next().unwrap().parse().unwrap();
        Self {
            postmaster: Pid::from_raw(pid).unwrap(),
        }
    }

    fn processes(&self) -> Vec<Pid> {
        let all = fs::read_dir("/proc").unwrap().flatten();
        let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        let ours = ids.filter(|id| self.has(*id)).filter_map(Pid::from_raw);
        [self.postmaster].into_iter().chain(ours).collect()
    }

    /// True for a child of the postmaster.
    fn has(&self, process: i32) -> bool {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // proc(5): the name in parentheses may contain anything; the parent is the second field after it.
        let parent = stat
            .rsplit_once(") ")
            .and_then(|(_, rest)| rest.split(' ').nth(1));
        parent.and_then(|parent| parent.parse().ok())
            == Some(self.postmaster.as_raw_nonzero().get())
    }

    fn resume(&self) {
        for process in self.processes() {
            // The process may have exited.
            let _ = kill_process(process, Signal::CONT);
        }
    }
}

/// Asserts a refusal that says that nothing was stored and when to retry.
pub fn nothing_was_stored(answer: Answer) {
    let answer = answer.is(503);
    assert!(
        answer.body.contains("nothing was stored"),
        "{}",
        answer.body
    );
    assert_eq!(answer.header("retry-after"), "2");
}
