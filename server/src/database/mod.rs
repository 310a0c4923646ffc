//! The database of a command: the configured one, or a private one that the command starts.

pub(crate) mod outage;
pub mod postgres;

use crate::{
    config::{DatabaseConfig, PostgresConfig},
    monitoring::{readiness::Finding, telemetry::say},
};
use anyhow::{Context, bail};
use guildhall::store;
use postgres::{PrivatePostgres, State};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{PgPool, postgres::PgConnectOptions};
use std::{
    future::pending,
    path::{Path, PathBuf},
    process::{ExitCode, ExitStatus},
    str::FromStr,
    time::Duration,
};
use tokio::{
    process::{Child, Command},
    sync::watch,
    time::timeout,
};

/// How long closing the connections may take on shutdown. A database that hangs does not answer.
pub(crate) const CLOSE_BOUND: Duration = Duration::from_secs(2);
/// How long the command run by `guildhall postgres` may continue without its database.
const COMMAND_BOUND: Duration = Duration::from_secs(10);

/// An available database. A private one stops when this is dropped.
pub struct Database {
    options: PgConnectOptions,
    connections: u32,
    private: Option<PrivatePostgres>,
    data_dir: PathBuf,
}

impl Database {
    /// Uses the configured database, or starts a private one.
    ///
    /// # Errors
    /// A message for the operator on what is wrong with the URL, or why PostgreSQL did not start.
    pub fn open(config: &DatabaseConfig) -> anyhow::Result<Self> {
        let (url, private) = match &config.database_url {
            Some(url) => (url.clone(), None),
            None => {
                let private = PrivatePostgres::start(&config.data_dir)?;
                (private.url().to_owned(), Some(private))
            }
        };
        let options = PgConnectOptions::from_str(&url)
            .map_err(|_| anyhow::anyhow!("DATABASE_URL is not of the form postgres://USER:PASSWORD@HOST/DATABASE; correct it or unset it"))?;
        Ok(Self {
            options,
            connections: config.database_connections,
            private,
            data_dir: config.data_dir.clone(),
        })
    }

    /// The directory of the private PostgreSQL's data; `None` for an external database.
    pub fn data_dir(&self) -> Option<&Path> {
        self.private.is_some().then_some(self.data_dir.as_path())
    }

    /// The state of the private PostgreSQL; `None` for an external database.
    pub fn private_state(&self) -> Option<watch::Receiver<State>> {
        self.private.as_ref().map(PrivatePostgres::state)
    }

    /// Waits until the private PostgreSQL is no longer restarted, and returns the reason.
    pub async fn failed(&self) -> anyhow::Error {
        match self.private_state() {
            Some(state) => anyhow::anyhow!(postgres::until_failed(state).await),
            None => pending().await,
        }
    }

    /// Connects, and refuses a PostgreSQL that is too old.
    ///
    /// # Errors
    /// A message for the operator on why it cannot be used.
    pub async fn connect(&self) -> anyhow::Result<PgPool> {
        self.connect_with(self.connections).await
    }

    /// Like [`connect`](Self::connect), with a different number of connections.
    ///
    /// # Errors
    /// A message for the operator on why it cannot be used.
    pub async fn connect_with(&self, connections: u32) -> anyhow::Result<PgPool> {
        self.pool_with(connections).await
    }

    /// Like [`connect_with`](Self::connect_with), but the future is `Send` and borrows nothing.
    ///
    /// # Errors
    /// A message for the operator on why it cannot be used.
    pub fn pool_with(
        &self,
        connections: u32,
    ) -> impl Future<Output = anyhow::Result<PgPool>> + Send + use<> {
        connected(self.options.clone(), connections)
    }

    /// Stops the private PostgreSQL, if there is one.
    ///
    /// # Errors
    /// If it does not stop in time.
    pub fn close(self) -> anyhow::Result<()> {
        self.private
            .map_or(Ok(()), |private| private.stop().map_err(Into::into))
    }
}

async fn connected(options: PgConnectOptions, connections: u32) -> anyhow::Result<PgPool> {
    let pool = store::connect(options, connections)
        .await
        .map_err(root_cause)
        .context("cannot reach the database; check DATABASE_URL and that PostgreSQL is running")?;
    let version: i32 = sqlx::query_scalar("select current_setting('server_version_num')::int")
        .fetch_one(&pool)
        .await?;
    if version < 150_000 {
        bail!(
            "the database is PostgreSQL {}, but Guildhall needs 15 or newer",
            version / 10_000
        );
    }
    Ok(pool)
}

/// The health finding for `/readyz`.
pub(crate) fn finding(state: &State) -> Finding {
    match state {
        State::Running => Finding::Fine("running".to_owned()),
        State::Attached => Finding::Fine("run by another process".to_owned()),
        State::Restarting { reason } => {
            Finding::Missing(format!("{reason}; it is restarted automatically"))
        }
        State::Failed { .. } => {
            Finding::Missing("restarting it failed; see the server's log".to_owned())
        }
        State::Stopped => Finding::Missing("stopped".to_owned()),
    }
}

/// Closes the connections, waiting at most [`CLOSE_BOUND`].
pub(crate) async fn close(pool: &PgPool) {
    if timeout(CLOSE_BOUND, pool.close()).await.is_err() {
        tracing::warn!("the database did not answer while connections were being closed");
    }
}

/// The cause of an unexpected error, which is what an operator can act on.
fn root_cause(error: guildhall::Error) -> anyhow::Error {
    match error {
        guildhall::Error::Unexpected(source) => anyhow::anyhow!(source),
        other => other.into(),
    }
}

/// A multi-threaded runtime for commands.
///
/// # Errors
/// If the system cannot start threads.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the async runtime did not start")
}

/// Runs a command's `work` on the configured database.
///
/// # Errors
/// A message for the operator on what went wrong.
pub(crate) fn run_on(
    config: &DatabaseConfig,
    work: impl AsyncFnOnce(&PgPool) -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    let database = Database::open(config)?;
    let code = runtime()?.block_on(async {
        let pool = database.connect().await?;
        let code = work(&pool).await?;
        pool.close().await;
        anyhow::Ok(code)
    })?;
    database.close()?;
    Ok(code)
}

/// `guildhall migrate`
///
/// # Errors
/// A message for the operator on what went wrong.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a command owns its configuration"
)]
pub fn migrate(config: DatabaseConfig) -> anyhow::Result<ExitCode> {
    let database = Database::open(&config)?;
    runtime()?.block_on(async {
        let pool = database.connect().await?;
        store::migrate(&pool)
            .await
            .map_err(root_cause)
            .context("cannot migrate the database schema")?;
        close(&pool).await;
        anyhow::Ok(())
    })?;
    database.close()?;
    say("The database's schema is up to date.");
    Ok(ExitCode::SUCCESS)
}

/// `guildhall postgres -- COMMAND`: runs a command with a private PostgreSQL and exits with the command's code.
///
/// # Errors
/// A message for the operator on what went wrong.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a command owns its configuration"
)]
pub fn serve_private(config: PostgresConfig) -> anyhow::Result<ExitCode> {
    let private = PrivatePostgres::start(&config.data_dir)?;
    let (program, arguments) = config
        .command
        .split_first()
        .context("give a command after --")?;
    let status = runtime()?.block_on(async {
        let child = Command::new(program)
            .args(arguments)
            .env("DATABASE_URL", private.url())
            .spawn()
            .with_context(|| format!("cannot run {program}"))?;
        ended(child, private.state()).await
    })?;
    private.stop()?;
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Waits for the command. If its database fails for good, the command is terminated.
async fn ended(mut child: Child, state: watch::Receiver<State>) -> anyhow::Result<ExitStatus> {
    tokio::select! {
        ended = child.wait() => Ok(ended?),
        reason = postgres::until_failed(state) => {
            let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
            // An error means that the command has just exited.
            let _ = id.map(|id| kill_process(id, Signal::TERM));
            if timeout(COMMAND_BOUND, child.wait()).await.is_err() {
                let _ = child.kill().await;
            }
            Err(anyhow::anyhow!(reason))
        }
    }
}
