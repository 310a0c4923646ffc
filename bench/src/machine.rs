//! The machine that figures were measured on.

use crate::process;
use serde::Serialize;
use sqlx::PgPool;
use std::{fs, thread};
use tokio::process::Command;

/// What a reader needs to know to compare figures.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub memory_gb: u64,
    pub kernel: String,
    pub postgres: String,
    /// The settings that determine the cost of a commit.
    pub durability: String,
    /// The file system with the data: in memory a commit costs nothing, and the figures are meaningless.
    pub data_on: String,
    /// Maximum number of open files per process.
    pub open_files: u64,
    /// When the run started, by the database's clock.
    pub began_at: String,
}

impl Machine {
    /// Reads the properties.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn read(pool: &PgPool) -> anyhow::Result<Self> {
        let row = sqlx::query!(
            r#"select current_setting('server_version') as "version!",
                      format('synchronous_commit %s, fsync %s, full_page_writes %s, shared_buffers %s', current_setting('synchronous_commit'),
                             current_setting('fsync'), current_setting('full_page_writes'), current_setting('shared_buffers')) as "durability!",
                      current_setting('data_directory') as "data_dir!",
                      to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD HH24:MI') || ' UTC' as "now!""#
        )
        .fetch_one(pool)
        .await?;
        let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        Ok(Self {
            processor: field(
                &fs::read_to_string("/proc/cpuinfo").unwrap_or_default(),
                "model name",
            ),
            cores: thread::available_parallelism().map_or(0, usize::from),
            memory_gb: field(&meminfo, "MemTotal")
                .trim_end_matches(" kB")
                .parse::<u64>()
                .unwrap_or(0)
                / 1_000_000,
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
                .unwrap_or_default()
                .trim()
                .to_owned(),
            data_on: file_system(&row.data_dir).await,
            postgres: row.version,
            durability: row.durability,
            open_files: open_files(),
            began_at: row.now,
        })
    }
}

async fn file_system(dir: &str) -> String {
    let mut command = Command::new("findmnt");
    let output = process::output("findmnt", command.args(["-n", "-o", "FSTYPE", "-T", dir])).await;
    output.map_or_else(|_| "unknown".to_owned(), |kind| kind.trim().to_owned())
}

/// The soft limit on open files, which `bin/bench` raises to the hard limit.
#[must_use]
pub fn open_files() -> u64 {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

fn field(text: &str, name: &str) -> String {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(known, _)| known.trim() == name)
        .map_or_else(
            || "unknown".to_owned(),
            |(_, value)| value.trim().to_owned(),
        )
}
