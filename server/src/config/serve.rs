//! The settings of `guildhall serve` and `guildhall worker`.

use super::{DatabaseConfig, MailConfig, WebhookConfig};
use crate::monitoring::disk::MB;
use clap::Args;
use guildhall::{account::HashCost, disk::DiskLimits};
use std::{net::SocketAddr, path::PathBuf};

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
