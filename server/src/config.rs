//! The settings: flags, and the environment variables that `.env.sample` lists, except `PG_BIN` (`database::postgres`)
//! and `RUST_LOG` (`monitoring::telemetry`).

mod webhook;

pub use webhook::WebhookConfig;

use crate::{commands::token, database::postgres, monitoring::disk::MB};
use clap::{Args, Parser, Subcommand, ValueEnum};
use guildhall::{
    account::HashCost,
    audit::Head,
    disk::DiskLimits,
    token::{PERSONAL_DAYS, Scope},
};
use std::{fmt, net::SocketAddr, path::PathBuf};

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
    /// Test the mail settings
    #[command(subcommand)]
    Mail(MailCommand),
    /// List whose notices could not be mailed or posted to webhooks, and send them again
    #[command(subcommand)]
    Notice(NoticeCommand),
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

#[derive(Debug, Clone, Args)]
pub struct ServeConfig {
    /// The address to listen on
    #[arg(long, env = "LEPTOS_SITE_ADDR", default_value = "127.0.0.1:3000")]
    pub addr: SocketAddr,
    /// The address people use, if there is a proxy in front; with https, the cookie is Secure and has the prefix
    /// __Host-
    #[arg(long, env = "GUILDHALL_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// How many proxies in front append to X-Forwarded-For; 0 uses the address of the connection
    #[arg(long, env = "GUILDHALL_TRUSTED_PROXIES", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=8))]
    pub trusted_proxies: u8,
    /// The directory with the built files of the pages
    #[arg(long, env = "LEPTOS_SITE_ROOT", default_value = "target/site")]
    pub site_root: PathBuf,
    /// The file that lists the hashes in the built files' names; defaults to hash.txt next to the program, if it exists
    #[arg(long, env = "LEPTOS_HASH_FILE_NAME", value_name = "FILE")]
    pub hash_file: Option<PathBuf>,
    /// Run no worker in this process; run `guildhall worker` instead
    #[arg(long, env = "GUILDHALL_NO_SCHEDULER")]
    pub no_scheduler: bool,
    /// Fill an empty database with demo data first, and print the demo sign-ins
    #[arg(long, env = "GUILDHALL_DEMO")]
    pub demo: bool,
    /// How many passwords may be hashed at once; each hash takes 19 MiB
    #[arg(long, env = "GUILDHALL_HASHING_PLACES", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub hashing_places: u8,
    /// The cost of each hash
    #[arg(skip)]
    pub hash_cost: HashCost,
    /// Maximum number of accounts that one address may open at once, and three times as many per day; its network (IPv4
    /// /24, IPv6 /48) may open four times as many. 0 means no limit
    #[arg(long, env = "GUILDHALL_SIGN_UPS_PER_ADDRESS", default_value_t = 20)]
    pub sign_ups_per_address: u32,
    /// Do not limit how many projects, drafts, programs and tokens are stored per day
    #[arg(long, env = "GUILDHALL_NO_DAILY_LIMITS")]
    pub no_daily_limits: bool,
    /// API requests per minute for one account, or for one address without a token, including polls by open pages that
    /// cannot use a stream; all accounts at one address together get ten times that. 0 means no limit
    #[arg(long, env = "GUILDHALL_API_RATE_LIMIT", default_value_t = 6000)]
    pub api_rate_limit: u32,
    /// Maximum number of live streams at once; 0 means no limit
    #[arg(long, env = "GUILDHALL_LIVE_STREAMS", default_value_t = 20_000)]
    pub live_streams: u32,
    /// Maximum number of live streams for one address, which many people may share; 0 means no limit
    #[arg(
        long,
        env = "GUILDHALL_LIVE_STREAMS_PER_ADDRESS",
        default_value_t = 2_000
    )]
    pub live_streams_per_address: u32,
    /// Maximum number of connections from one address, streams included; its network may hold four times as many. A
    /// further connection closes the one that has been idle longest. 0 means no limit. Not applied behind proxies
    #[arg(
        long,
        env = "GUILDHALL_CONNECTIONS_PER_ADDRESS",
        default_value_t = 3_000
    )]
    pub connections_per_address: u32,
    /// Maximum number of pages per minute for one address; its network gets eight times as many. Streams have a
    /// separate limit of five times as many; files are not counted. 0 means no limit
    #[arg(long, env = "GUILDHALL_PAGE_RATE_LIMIT", default_value_t = 1_200)]
    pub page_rate_limit: u32,
    /// Seconds after which a dashboard's stream ends, or up to twice as many; it reconnects if the viewer is still
    /// signed in
    #[arg(long, env = "GUILDHALL_LIVE_SIGNED_IN_SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub live_signed_in_seconds: u32,
    /// A TOML file with the sign-in providers: see docs/SIGN_IN.md
    #[arg(long, env = "GUILDHALL_PROVIDERS", value_name = "FILE")]
    pub providers: Option<PathBuf>,
    #[command(flatten)]
    pub disk: DiskConfig,
    #[command(flatten)]
    pub tls: TlsConfig,
    #[command(flatten)]
    pub mail: MailConfig,
    #[command(flatten)]
    pub webhooks: WebhookConfig,
    #[command(flatten)]
    pub live_reload: LiveReloadConfig,
    #[command(flatten)]
    pub database: DatabaseConfig,
}

#[derive(Debug, Clone, Args)]
pub struct WorkerConfig {
    /// The address people use, for links in mail; the same as for `serve`
    #[arg(long, env = "GUILDHALL_PUBLIC_URL")]
    pub public_url: String,
    #[command(flatten)]
    pub mail: MailConfig,
    #[command(flatten)]
    pub webhooks: WebhookConfig,
    #[command(flatten)]
    pub database: DatabaseConfig,
}

/// How mail is sent. Without a relay it is kept in the database, which only the demo and a server for development may
/// do.
#[derive(Debug, Clone, Default, Args)]
pub struct MailConfig {
    /// The mail relay: smtps://USER:PASSWORD@HOST:465, or smtp://USER:PASSWORD@HOST:587?tls=required for STARTTLS;
    /// tls=opportunistic also sends without encryption. Characters such as @ in the password are written as %40.
    /// Without it, mail is kept for /dev/mail, and only the demo and a server on a loopback address start
    #[arg(long, env = "SMTP_URL", hide_env_values = true, value_name = "URL")]
    pub smtp_url: Option<RelayUrl>,
    /// The sender of all mail, such as "Guildhall <no-reply@guildhall.example>"; required with --smtp-url
    #[arg(long, env = "MAIL_FROM", value_name = "SENDER")]
    pub mail_from: Option<String>,
    /// A PEM file with the authority that issued the relay's certificate, if the system does not know it
    #[arg(long, env = "SMTP_CA", value_name = "FILE")]
    pub smtp_ca: Option<PathBuf>,
}

/// The relay's URL as it was configured. It is parsed after the start, so that no message shows its password.
#[derive(Clone, PartialEq, Eq)]
pub struct RelayUrl(pub String);

impl From<String> for RelayUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl fmt::Debug for RelayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelayUrl(…)")
    }
}

/// Settings for monitoring the disk of the private PostgreSQL. With DATABASE_URL no disk is monitored.
#[derive(Debug, Clone, Args)]
pub struct DiskConfig {
    /// Refuse projects, drafts, new accounts, tokens and programs if the private PostgreSQL's disk has less free space
    /// than this, in MB. 0 disables the check. The default is the space the write-ahead log may take between two
    /// checkpoints
    #[arg(long, env = "GUILDHALL_DISK_WATERMARK_MB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(0..=1_000_000_000))]
    pub disk_watermark_mb: u64,
    /// Size in MB of a reserve file that is deleted for PostgreSQL when less than half its size is free; bids are then
    /// refused, too. 0 means no reserve. The default is four segments of the write-ahead log
    #[arg(long, env = "GUILDHALL_DISK_RESERVE_MB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(0..=1_000_000))]
    pub disk_reserve_mb: u64,
}

impl DiskConfig {
    /// The limits in bytes.
    #[must_use]
    pub const fn limits(&self) -> DiskLimits {
        DiskLimits {
            watermark_bytes: self.disk_watermark_mb * MB,
            reserve_bytes: self.disk_reserve_mb * MB,
        }
    }
}

/// Both must be set, or neither.
#[derive(Debug, Clone, Default, Args)]
pub struct TlsConfig {
    /// Serve https, including HTTP/2, with the certificate in this PEM file: the server's own first, then its issuers'
    #[arg(long, env = "GUILDHALL_TLS_CERTIFICATE", value_name = "FILE")]
    pub tls_certificate: Option<PathBuf>,
    /// The PEM file with the certificate's private key
    #[arg(long, env = "GUILDHALL_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
}

impl TlsConfig {
    /// The scheme of this server's URLs.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        match self.tls_certificate {
            Some(_) => "https",
            None => "http",
        }
    }
}

/// Set by `cargo leptos watch` for the server it starts.
#[derive(Debug, Clone, Args)]
pub struct LiveReloadConfig {
    /// Reload pages after a build; only development builds do this
    #[arg(long, env = "LEPTOS_WATCH", hide = true)]
    pub watch: bool,
    /// The port on which cargo-leptos tells open pages to reload
    #[arg(long, env = "LEPTOS_RELOAD_PORT", hide = true, default_value_t = 3001)]
    pub reload_port: u16,
}

impl LiveReloadConfig {
    /// The port that pages may connect to for reloads, or `None`. Always `None` in a release build, so that a stray
    /// environment variable cannot relax a deployed site's content security policy.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        if cfg!(debug_assertions) && self.watch {
            Some(self.reload_port)
        } else {
            None
        }
    }
}

#[derive(Debug, Clone, Subcommand)]
pub enum ConsumerCommand {
    /// List each consumer's checkpoint; exits with 1 if one is parked
    List(DatabaseConfig),
    /// Retry a consumer's failed event at once, with a fresh set of attempts
    Retry(NamedConsumerConfig),
    /// Skip the parked event for good and continue after it
    Skip(NamedConsumerConfig),
}

#[derive(Debug, Clone, Args)]
pub struct NamedConsumerConfig {
    /// The consumer's name, as listed by `guildhall consumer list`
    #[arg(value_name = "NAME")]
    pub name: String,
    #[command(flatten)]
    pub database: DatabaseConfig,
}

#[derive(Debug, Clone, Subcommand)]
pub enum NoticeCommand {
    /// List the accounts whose mail is parked, and parked webhooks, with the last error; exits with 1 if there are any
    List(DatabaseConfig),
    /// Send parked mail and messages to webhooks again, of one account or of all, with a fresh set of attempts
    Retry(NoticeRetryConfig),
}

#[derive(Debug, Clone, Args)]
pub struct NoticeRetryConfig {
    /// The account's number, as listed by `guildhall notice list`
    #[arg(value_name = "ACCOUNT", required_unless_present = "all")]
    pub account: Option<i64>,
    /// Send everything that is parked again, as after the relay has been repaired
    #[arg(long, conflicts_with = "account")]
    pub all: bool,
    #[command(flatten)]
    pub database: DatabaseConfig,
}

#[derive(Debug, Clone, Subcommand)]
pub enum AuditCommand {
    /// Recompute every hash, and print the number and the hash of the last entry; exits with 1 if an entry was changed or
    /// removed
    Verify(AuditVerifyConfig),
}

#[derive(Debug, Clone, Args)]
pub struct AuditVerifyConfig {
    /// What an earlier run printed: the record must still contain that entry. Without it, nobody notices entries that were
    /// cut off the end
    #[arg(long, value_name = "NUMBER:HASH")]
    pub expect: Option<Head>,
    #[command(flatten)]
    pub database: DatabaseConfig,
}

#[derive(Debug, Clone, Subcommand)]
pub enum TokenCommand {
    /// Create a personal access token and print it, and nothing else, on standard output
    Create(NewTokenConfig),
}

#[derive(Debug, Clone, Args)]
pub struct NewTokenConfig {
    /// The e-mail address of the account that the token acts for
    #[arg(long, value_name = "E-MAIL")]
    pub account: String,
    /// The token's scopes, separated by spaces or commas
    #[arg(long = "scope", value_name = "SCOPE", required = true, num_args = 1.., value_delimiter = ',', value_parser = token::scope_parser())]
    pub scopes: Vec<Scope>,
    /// The name that its owner sees
    #[arg(long, default_value = "Created on the command line")]
    pub name: String,
    /// How many days the token is valid, 1 to 366
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(i64).range(PERSONAL_DAYS.0..=PERSONAL_DAYS.1))]
    pub days: i64,
    #[command(flatten)]
    pub database: DatabaseConfig,
}

#[derive(Debug, Clone, Subcommand)]
pub enum MailCommand {
    /// Send one test letter and print what the relay answers; exits with 0 or 1
    Test(MailTestConfig),
}

#[derive(Debug, Clone, Args)]
pub struct MailTestConfig {
    /// Who gets the letter
    #[arg(value_name = "ADDRESS")]
    pub address: String,
    /// The address people use, for the link in the letter; the same as for `serve`
    #[arg(long, env = "GUILDHALL_PUBLIC_URL")]
    pub public_url: Option<String>,
    #[command(flatten)]
    pub mail: MailConfig,
}

#[derive(Debug, Clone, Args)]
pub struct PostgresConfig {
    /// Where the private PostgreSQL keeps its data
    #[arg(long, env = "GUILDHALL_DATA_DIR", default_value_os_t = postgres::default_data_dir())]
    pub data_dir: PathBuf,
    /// The command and its arguments, after `--`
    #[arg(last = true, required = true)]
    pub command: Vec<String>,
}

#[derive(Debug, Clone, Args)]
pub struct HealthConfig {
    /// The address the server listens on
    #[arg(long, env = "LEPTOS_SITE_ADDR", default_value = "127.0.0.1:3000")]
    pub addr: SocketAddr,
    /// The same as for `serve`, if the server uses https; the file is not read
    #[arg(long, env = "GUILDHALL_TLS_CERTIFICATE", value_name = "FILE")]
    pub tls_certificate: Option<PathBuf>,
}
