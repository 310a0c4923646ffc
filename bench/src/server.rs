//! The measured server, with its own database in the given cluster.

use crate::{
    memory::{self, ResourceUsage},
    process::Process,
};
use anyhow::Context;
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{path::Path, str::FromStr, time::Duration};
use tokio::process::Command;

/// The time limit for migrating the schema and starting to listen.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A database in the cluster.
#[derive(Debug, Clone)]
pub struct Database {
    pub url: String,
    pub pool: PgPool,
}

impl Database {
    /// Creates an empty one, replacing any database with that name.
    ///
    /// # Errors
    /// If the cluster refuses it.
    pub async fn make(cluster_url: &str, name: &'static str) -> anyhow::Result<Self> {
        let cluster = connect(cluster_url, 1).await?;
        for statement in [
            format!("drop database if exists {name} with (force)"),
            format!("create database {name}"),
        ] {
            sqlx::query(sqlx::AssertSqlSafe(statement))
                .execute(&cluster)
                .await?;
        }
        cluster.close().await;
        let url = with_database(cluster_url, name)?;
        let pool = connect(&url, 8).await?;
        Ok(Self { url, pool })
    }

    /// The memory and CPU time of all of PostgreSQL.
    ///
    /// # Errors
    /// If it does not answer.
    pub async fn usage(&self) -> anyhow::Result<ResourceUsage> {
        let backend: i32 = sqlx::query_scalar("select pg_backend_pid()")
            .fetch_one(&self.pool)
            .await?;
        let postmaster = u32::try_from(backend).ok().and_then(memory::parent_of);
        Ok(postmaster.map(memory::of_family).unwrap_or_default())
    }

    /// Finishes all pending work on earlier writes, so that every run starts alike.
    ///
    /// # Errors
    /// If PostgreSQL refuses it.
    pub async fn settle(&self) -> anyhow::Result<()> {
        for statement in [
            "vacuum (analyze) project, bid, outbox, award, access_token, account",
            "checkpoint",
        ] {
            sqlx::query(statement).execute(&self.pool).await?;
        }
        // Pending writes, from this run or anything else, would delay the next run's commits.
        Command::new("sync").status().await?;
        Ok(())
    }
}

pub(crate) async fn connect(url: &str, connections: u32) -> anyhow::Result<PgPool> {
    let options = PgConnectOptions::from_str(url)
        .context("cannot parse the database's URL")?
        .application_name("guildhall-bench");
    Ok(PgPoolOptions::new()
        .max_connections(connections)
        .connect_with(options)
        .await?)
}

/// The same cluster with another database: replaces what follows the last slash of the path.
fn with_database(url: &str, name: &str) -> anyhow::Result<String> {
    let (path, query) = url
        .split_once('?')
        .map_or((url, None), |(p, q)| (p, Some(q)));
    let (server, _) = path
        .rsplit_once('/')
        .context("the database's URL has no database name")?;
    Ok(match query {
        Some(query) => format!("{server}/{name}?{query}"),
        None => format!("{server}/{name}"),
    })
}

/// Where a server keeps its data.
#[derive(Debug, Clone, Copy)]
pub enum DataHome<'a> {
    /// In the given cluster, at this URL.
    Lent(&'a str),
    /// In a private cluster in this directory, which the server starts and supervises.
    Private(&'a Path),
}

/// `guildhall serve`, on a free port.
#[derive(Debug)]
pub struct Server {
    running: Process,
    pub base_url: String,
}

impl Server {
    /// Starts the server on a database and migrates it.
    ///
    /// # Errors
    /// If it does not start, with its last lines.
    pub async fn start(
        guildhall: &Path,
        site_root: &Path,
        database_url: &str,
        flags: &[&str],
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(guildhall);
        command
            .args(["serve", "--addr", "127.0.0.1:0", "--api-rate-limit", "0"])
            .args(flags)
            .env("DATABASE_URL", database_url)
            .env("LEPTOS_SITE_ROOT", site_root)
            // All load comes from one address here. The limits are set by environment variables, because an older
            // server ignores those it does not know.
            .env("GUILDHALL_SIGN_UPS_PER_ADDRESS", "0")
            .env("GUILDHALL_NO_DAILY_LIMITS", "true")
            .env("GUILDHALL_CONNECTIONS_PER_ADDRESS", "0")
            .env("GUILDHALL_PAGE_RATE_LIMIT", "0")
            .env("GUILDHALL_LIVE_STREAMS_PER_ADDRESS", "0")
            .env("RUST_LOG", "warn");
        let (running, base_url) =
            Process::start("guildhall", &mut command, "Guildhall serves on ", TIMEOUT).await?;
        Ok(Self { running, base_url })
    }

    /// Starts the server as an operator would, with all default limits. `open_files` limits its descriptors.
    ///
    /// # Errors
    /// If it does not start, with its last lines.
    pub async fn start_with_default_limits(
        guildhall: &Path,
        site_root: &Path,
        home: DataHome<'_>,
        open_files: Option<u32>,
    ) -> anyhow::Result<Self> {
        let mut command = match open_files {
            None => Command::new(guildhall),
            Some(most) => {
                let mut shell = Command::new("sh");
                let script = "ulimit -n \"$1\" && shift && exec \"$@\"";
                shell.args(["-c", script, "sh", &most.to_string()]);
                shell.arg(guildhall);
                shell
            }
        };
        command
            .args(["serve", "--addr", "127.0.0.1:0"])
            .env("LEPTOS_SITE_ROOT", site_root)
            .env("RUST_LOG", "warn");
        match home {
            DataHome::Lent(url) => command.env("DATABASE_URL", url),
            DataHome::Private(dir) => command
                .env_remove("DATABASE_URL")
                .env("GUILDHALL_DATA_DIR", dir),
        };
        let (running, base_url) =
            Process::start("guildhall", &mut command, "Guildhall serves on ", TIMEOUT).await?;
        Ok(Self { running, base_url })
    }

    /// `host:port`
    #[must_use]
    pub fn host(&self) -> &str {
        self.base_url.trim_start_matches("http://")
    }

    #[must_use]
    pub fn usage(&self) -> ResourceUsage {
        memory::of(self.running.pid())
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// If the host in its base URL is not an address.
    pub fn address(&self) -> anyhow::Result<std::net::SocketAddr> {
        Ok(self.host().parse()?)
    }

    /// The last lines of its log.
    #[must_use]
    pub fn last_lines(&self) -> String {
        self.running.last_lines()
    }

    /// # Errors
    /// If it had to be killed.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.running.stop().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_the_database_changes() {
        assert_eq!(
            with_database("postgres://g@localhost:5432/g?host=/a/b", "bench").unwrap(),
            "postgres://g@localhost:5432/bench?host=/a/b"
        );
        assert_eq!(
            with_database("postgres://g@localhost/g", "bench").unwrap(),
            "postgres://g@localhost/bench"
        );
    }
}
