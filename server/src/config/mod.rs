//! The settings: flags, and the environment variables that `.env.sample` lists, except `PG_BIN` (`database::postgres`)
//! and `RUST_LOG` (`monitoring::telemetry`).

mod command;
mod mail;
mod serve;
mod webhook;

pub use command::{
    AuditCommand, AuditVerifyConfig, ConsumerCommand, HealthConfig, MailCommand, MailReportConfig,
    MailTestConfig, NamedConsumerConfig, NewTokenConfig, NoticeCommand, NoticeRetryConfig,
    PostgresConfig, SecondFactorCommand, SecondFactorConfig, TokenCommand,
};
pub use mail::{MailConfig, RelayUrl};
pub use serve::{DiskConfig, LiveReloadConfig, ServeConfig, TlsConfig, WorkerConfig};
pub use webhook::WebhookConfig;

use crate::database::postgres;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Guildhall: a marketplace for the self-employed, with open reverse auctions.
#[derive(Debug, Parser)]
#[command(name = "guildhall", version, about, long_about = None)]
pub struct Cli {
    /// Format of log lines on standard error; RUST_LOG sets the level
    #[arg(long, env = "GUILDHALL_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    pub log_format: LogFormat,
    #[command(subcommand)]
    pub command: Command,
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "a process has one")]
pub enum Command {
    /// Serve the site and, unless `--no-scheduler` is set, award projects at their deadlines
    Serve(ServeConfig),
    /// Award projects at their deadlines, delete expired data, and run event consumers; any number of workers can run
    /// in parallel
    ///
    /// A consumer handles events in transaction order. An event that fails is tried eight times within about two
    /// minutes and then parked, which stops its consumer: see `guildhall consumer`.
    Worker(WorkerConfig),
    /// List event consumers, and retry or skip an event that one of them failed on
    #[command(subcommand)]
    Consumer(ConsumerCommand),
    /// Run the missing database migrations
    Migrate(DatabaseConfig),
    /// Fill an empty database with demo data
    Seed(DatabaseConfig),
    /// Create access tokens for scripts
    #[command(subcommand)]
    Token(TokenCommand),
    /// Test the mail settings, and take bounces and complaints
    #[command(subcommand)]
    Mail(MailCommand),
    /// List accounts with notices that could not be mailed or posted to webhooks, and send those again
    #[command(subcommand)]
    Notice(NoticeCommand),
    /// Help people who have lost their phone and their recovery codes
    #[command(subcommand)]
    SecondFactor(SecondFactorCommand),
    /// Check the record of security-relevant acts
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Run a command with a private PostgreSQL, whose URL it gets in DATABASE_URL
    Postgres(PostgresConfig),
    /// Check the health of a running server; exits with 0 or 1
    Health(HealthConfig),
}

#[derive(Debug, Clone, Args)]
pub struct DatabaseConfig {
    /// The URL of a PostgreSQL 15 or newer; if missing, a private one is started
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Where the private PostgreSQL keeps its data
    #[arg(long, env = "GUILDHALL_DATA_DIR", default_value_os_t = postgres::default_data_dir())]
    pub data_dir: PathBuf,
    /// Maximum database connections for pages and the API; bids, the worker and the probe have up to fourteen more
    #[arg(long, env = "GUILDHALL_DATABASE_CONNECTIONS", default_value_t = 32, value_parser = clap::value_parser!(u32).range(3..=1000))]
    pub database_connections: u32,
}
