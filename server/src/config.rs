//! What can be set: by flags, and by the environment variables that `.env.sample` lists. Read here and nowhere else.

use crate::{commands::token, database::postgres, monitoring::disk::MB};
use clap::{Args, Parser, Subcommand, ValueEnum};
use guildhall::{
    disk::Limits,
    token::{PERSONAL_DAYS, Scope},
};
use std::{net::SocketAddr, path::PathBuf};

/// Guildhall: a marketplace for the self-employed, by open reverse auction.
#[derive(Debug, Parser)]
#[command(name = "guildhall", version, about, long_about = None)]
pub struct Cli {
    /// How log lines are written to standard error; their level is set by RUST_LOG
    #[arg(long, env = "GUILDHALL_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    pub log_format: LogFormat,
    #[command(subcommand)]
    pub command: Command,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the pages and, unless told otherwise, award projects at their deadlines
    Serve(ServeConfig),
    /// Award projects at their deadlines, sweep, and run the consumers of events, beside any number of others that do
    ///
    /// A consumer handles events in the order of their transactions. An event that fails is tried eight times in some two minutes and
    /// then parked, and its consumer stops there: see `guildhall consumer`.
    Worker(DatabaseConfig),
    /// Show where the consumers of events stand, and decide about an event that one of them failed on
    #[command(subcommand)]
    Consumer(ConsumerCommand),
    /// Lay the missing steps of the database's schema
    Migrate(DatabaseConfig),
    /// Fill an empty database with demo data
    Seed(DatabaseConfig),
    /// Make access tokens for scripts
    #[command(subcommand)]
    Token(TokenCommand),
    /// Run a command with a private PostgreSQL, whose address it finds in DATABASE_URL
    Postgres(PostgresConfig),
    /// Ask a running server whether it is well; exits with 0 or 1
    Health(HealthConfig),
}

#[derive(Debug, Clone, Args)]
pub struct DatabaseConfig {
    /// A PostgreSQL 15 or newer; without it a private one is started
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Where the private PostgreSQL keeps its data
    #[arg(long, env = "GUILDHALL_DATA_DIR", default_value_os_t = postgres::default_data_dir())]
    pub data_dir: PathBuf,
    /// The most connections to the database for pages and the API; bids, awards and a probe have up to eight of their own
    #[arg(long, env = "GUILDHALL_DATABASE_CONNECTIONS", default_value_t = 32, value_parser = clap::value_parser!(u32).range(3..=1000))]
    pub database_connections: u32,
}

#[derive(Debug, Clone, Args)]
pub struct ServeConfig {
    /// The address to listen on
    #[arg(long, env = "LEPTOS_SITE_ADDR", default_value = "127.0.0.1:3000")]
    pub addr: SocketAddr,
    /// The address people use, when a proxy is in front; with https the cookie is Secure and carries the prefix __Host-
    #[arg(long, env = "GUILDHALL_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// How many proxies in front append to X-Forwarded-For; 0 takes the address of the connection
    #[arg(long, env = "GUILDHALL_TRUSTED_PROXIES", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=8))]
    pub trusted_proxies: u8,
    /// Where the built pages' files are
    #[arg(long, env = "LEPTOS_SITE_ROOT", default_value = "target/site")]
    pub site_root: PathBuf,
    /// The file with the hashes in those files' names; by default hash.txt beside the program, if it exists
    #[arg(long, env = "LEPTOS_HASH_FILE_NAME", value_name = "FILE")]
    pub hash_file: Option<PathBuf>,
    /// Leave awarding to `guildhall worker`
    #[arg(long, env = "GUILDHALL_NO_SCHEDULER")]
    pub no_scheduler: bool,
    /// Fill an empty database with demo data first, and print the demo sign-ins
    #[arg(long, env = "GUILDHALL_DEMO")]
    pub demo: bool,
    /// How many passwords may be hashed at the same time; each takes 19 MiB
    #[arg(long, env = "GUILDHALL_HASHING_PLACES", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub hashing_places: u8,
    /// The most accounts that one address may open at once, and three times as many a day; its network (IPv4 /24, IPv6 /48) may
    /// open four times as many. 0 for no limit
    #[arg(long, env = "GUILDHALL_SIGN_UPS_PER_ADDRESS", default_value_t = 20)]
    pub sign_ups_per_address: u32,
    /// Don't limit how many projects, drafts, programs and tokens are stored a day
    #[arg(long, env = "GUILDHALL_NO_DAILY_LIMITS")]
    pub no_daily_limits: bool,
    /// How many requests a minute the API serves to one account, or to one address without a token, and how many questions of
    /// open pages that no stream reaches; all accounts at an address together get ten times that; 0 for no limit
    #[arg(long, env = "GUILDHALL_API_RATE_LIMIT", default_value_t = 6000)]
    pub api_rate_limit: u32,
    /// How many pages may be told of changes by a stream at the same time; 0 for no limit
    #[arg(long, env = "GUILDHALL_LIVE_STREAMS", default_value_t = 20_000)]
    pub live_streams: u32,
    /// How many of them at one address, which many people may share; 0 for no limit
    #[arg(
        long,
        env = "GUILDHALL_LIVE_STREAMS_PER_ADDRESS",
        default_value_t = 2_000
    )]
    pub live_streams_per_address: u32,
    /// The most connections that one address may hold, streams included; its network may hold four times as many. One more closes
    /// the idlest. 0 for no limit. Not applied behind proxies
    #[arg(
        long,
        env = "GUILDHALL_CONNECTIONS_PER_ADDRESS",
        default_value_t = 3_000
    )]
    pub connections_per_address: u32,
    /// The most pages a minute that one address may ask for; its network may ask for eight times as many. Streams have five times
    /// as many of their own; files are not counted. 0 for no limit
    #[arg(long, env = "GUILDHALL_PAGE_RATE_LIMIT", default_value_t = 1_200)]
    pub page_rate_limit: u32,
    /// After how many seconds, and up to twice as many, the stream of a dashboard ends; it goes on for who is signed in still
    #[arg(long, env = "GUILDHALL_LIVE_SIGNED_IN_SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub live_signed_in_seconds: u32,
    /// A TOML file with the providers that people can sign in with: see docs/SIGN_IN.md
    #[arg(long, env = "GUILDHALL_PROVIDERS", value_name = "FILE")]
    pub providers: Option<PathBuf>,
    #[command(flatten)]
    pub disk: DiskConfig,
    #[command(flatten)]
    pub tls: TlsConfig,
    #[command(flatten)]
    pub live_reload: LiveReloadConfig,
    #[command(flatten)]
    pub database: DatabaseConfig,
}

/// Settings for the disk of the private PostgreSQL. With DATABASE_URL no disk is watched.
#[derive(Debug, Clone, Args)]
pub struct DiskConfig {
    /// Refuse projects, drafts, new accounts, tokens and programs when the private PostgreSQL's disk has less free space than this,
    /// in MB. 0 turns this off. The default is what the write-ahead log may take between two checkpoints
    #[arg(long, env = "GUILDHALL_DISK_WATERMARK_MB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(0..=1_000_000_000))]
    pub disk_watermark_mb: u64,
    /// Size in MB of a file that is deleted to give PostgreSQL space when less than half its size is free; bids are refused then,
    /// too. 0 for no reserve. The default is four segments of the write-ahead log
    #[arg(long, env = "GUILDHALL_DISK_RESERVE_MB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(0..=1_000_000))]
    pub disk_reserve_mb: u64,
}

impl DiskConfig {
    /// The same in bytes.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        Limits {
            watermark_bytes: self.disk_watermark_mb * MB,
            reserve_bytes: self.disk_reserve_mb * MB,
        }
    }
}

/// Both or neither.
#[derive(Debug, Clone, Default, Args)]
pub struct TlsConfig {
    /// Serve https, HTTP/2 included, by the certificate in this PEM file: the server's own first, then those of its issuers
    #[arg(long, env = "GUILDHALL_TLS_CERTIFICATE", value_name = "FILE")]
    pub tls_certificate: Option<PathBuf>,
    /// The PEM file with the certificate's private key
    #[arg(long, env = "GUILDHALL_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
}

impl TlsConfig {
    /// How addresses of this server begin.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        match self.tls_certificate {
            Some(_) => "https",
            None => "http",
        }
    }
}

/// Set by `cargo leptos watch` in the environment of the server that it starts.
#[derive(Debug, Clone, Args)]
pub struct LiveReloadConfig {
    /// Pages reload themselves after a build; only builds for development do this
    #[arg(long, env = "LEPTOS_WATCH", hide = true)]
    pub watch: bool,
    /// The port on which cargo-leptos tells open pages to reload
    #[arg(long, env = "LEPTOS_RELOAD_PORT", hide = true, default_value_t = 3001)]
    pub reload_port: u16,
}

impl LiveReloadConfig {
    /// The port that pages may connect to, or None where they must not. A release build never allows it, so that no variable
    /// left in an environment relaxes the policy of a deployed site.
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
    /// Show where each consumer stands; exits with 1 where one is parked
    List(DatabaseConfig),
    /// Try the event that a consumer failed on again at once, as if it had never failed
    Retry(NamedConsumerConfig),
    /// Leave the parked event out for good, and go on behind it
    Skip(NamedConsumerConfig),
}

#[derive(Debug, Clone, Args)]
pub struct NamedConsumerConfig {
    /// The consumer's name, as `guildhall consumer list` shows it
    #[arg(value_name = "NAME")]
    pub name: String,
    #[command(flatten)]
    pub database: DatabaseConfig,
}

#[derive(Debug, Clone, Subcommand)]
pub enum TokenCommand {
    /// Make a personal access token and print it, this once, by itself on standard output
    Create(NewTokenConfig),
}

#[derive(Debug, Clone, Args)]
pub struct NewTokenConfig {
    /// The e-mail address of the account that it acts for
    #[arg(long, value_name = "E-MAIL")]
    pub account: String,
    /// What it may do; several are separated by spaces or commas
    #[arg(long = "scope", value_name = "SCOPE", required = true, num_args = 1.., value_delimiter = ',', value_parser = token::scopes())]
    pub scopes: Vec<Scope>,
    /// What its owner sees it under
    #[arg(long, default_value = "Made on the command line")]
    pub name: String,
    /// How many days it is good for, 1 to 366
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(i64).range(PERSONAL_DAYS.0..=PERSONAL_DAYS.1))]
    pub days: i64,
    #[command(flatten)]
    pub database: DatabaseConfig,
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
    /// As `serve` has it, where the server speaks https; the file is not read
    #[arg(long, env = "GUILDHALL_TLS_CERTIFICATE", value_name = "FILE")]
    pub tls_certificate: Option<PathBuf>,
}
