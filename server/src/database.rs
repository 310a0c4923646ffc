//! The database a command works on: the one it was given, or a private one of its own.

use crate::{
    config::{DatabaseConfig, PostgresConfig},
    postgres::Private,
    telemetry::say,
};
use anyhow::{Context, bail};
use guildhall::store;
use sqlx::{PgPool, postgres::PgConnectOptions};
use std::{process::ExitCode, str::FromStr};

/// A database that is there; the private one stops when this is dropped.
pub struct Database {
    options: PgConnectOptions,
    connections: u32,
    private: Option<Private>,
}

impl Database {
    /// Finds the database, starting a private one where none was given. Call it from the main thread.
    ///
    /// # Errors
    /// One sentence on what is wrong with the address, or why PostgreSQL did not start.
    pub fn open(config: &DatabaseConfig) -> anyhow::Result<Self> {
        let (url, private) = match &config.database_url {
            Some(url) => (url.clone(), None),
            None => {
                let private = Private::start(&config.data_dir)?;
                (private.url().to_owned(), Some(private))
            }
        };
        let options = PgConnectOptions::from_str(&url)
            .map_err(|_| anyhow::anyhow!("DATABASE_URL is not of the form postgres://USER:PASSWORD@HOST/DATABASE; correct it or unset it"))?;
        Ok(Self {
            options,
            connections: config.database_connections,
            private,
        })
    }

    /// Connects, and refuses a PostgreSQL that is too old.
    ///
    /// # Errors
    /// One sentence on why it can't be used.
    pub async fn connect(&self) -> anyhow::Result<PgPool> {
        self.connect_with(self.connections).await
    }

    /// As [`connect`](Self::connect), with another number of connections than was configured.
    ///
    /// # Errors
    /// One sentence on why it can't be used.
    pub async fn connect_with(&self, connections: u32) -> anyhow::Result<PgPool> {
        self.pool_with(connections).await
    }

    /// Connects as [`connect_with`](Self::connect_with), by a future that may run anywhere.
    ///
    /// # Errors
    /// One sentence on why it can't be used.
    pub fn pool_with(
        &self,
        connections: u32,
    ) -> impl Future<Output = anyhow::Result<PgPool>> + Send + use<> {
        connected(self.options.clone(), connections)
    }

    /// Ends the private PostgreSQL, if there is one.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn close(self) -> anyhow::Result<()> {
        self.private
            .map_or(Ok(()), |private| private.stop().map_err(Into::into))
    }
}

async fn connected(options: PgConnectOptions, connections: u32) -> anyhow::Result<PgPool> {
    let pool = store::connect(options, connections)
        .await
        .map_err(root_cause)
        .context("the database can't be reached; check DATABASE_URL and that PostgreSQL runs")?;
    let version: i32 = sqlx::query_scalar("select current_setting('server_version_num')::int")
        .fetch_one(&pool)
        .await?;
    if version < 150_000 {
        bail!(
            "the database is PostgreSQL {}, Guildhall needs 15 or newer",
            version / 10_000
        );
    }
    Ok(pool)
}

/// The innermost reason of an unexpected error, which is what an operator can act on.
fn root_cause(error: guildhall::Error) -> anyhow::Error {
    match error {
        guildhall::Error::Unexpected(source) => anyhow::anyhow!(source),
        other => other.into(),
    }
}

/// A runtime for a command that does one thing.
///
/// # Errors
/// When the system gives no threads.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the async runtime did not start")
}

/// `guildhall migrate`
///
/// # Errors
/// One sentence on what went wrong.
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
            .context("the schema could not be brought up to date")?;
        pool.close().await;
        anyhow::Ok(())
    })?;
    database.close()?;
    say("The database's schema is up to date.");
    Ok(ExitCode::SUCCESS)
}

/// `guildhall postgres -- COMMAND`: lends a private PostgreSQL to a command and exits with the command's code.
///
/// # Errors
/// One sentence on what went wrong.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a command owns its configuration"
)]
pub fn lend(config: PostgresConfig) -> anyhow::Result<ExitCode> {
    let private = Private::start(&config.data_dir)?;
    let (program, arguments) = config
        .command
        .split_first()
        .context("name a command after --")?;
    let status = std::process::Command::new(program)
        .args(arguments)
        .env("DATABASE_URL", private.url())
        .status()
        .with_context(|| format!("{program} can't be run"))?;
    private.stop()?;
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from))
}
