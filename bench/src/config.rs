//! The command line. `bin/bench` fills in the paths.

use crate::{scenario::Name, siege::flood::FloodKind};
use clap::{Args, Parser, Subcommand};
use sqlx::postgres::PgConnectOptions;
use std::{net::SocketAddr, path::PathBuf};

/// Measures Guildhall; bin/bench runs it
#[derive(Debug, Parser)]
#[command(name = "guildhall-bench", version, about)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run scenarios, audit the results, write the report
    Run(Box<RunConfig>),
    /// Answer every request with the same bytes: the minimal axum server
    Answer(AnswerConfig),
    /// Fill a database that has the schema but no accounts; the same seed gives the same rows
    Load(Box<LoadConfig>),
    /// Flood a server from loopback addresses; scenarios run it next to honest clients
    Flood(FloodConfig),
}

#[derive(Debug, Clone, Args)]
pub struct LoadConfig {
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: PgConnectOptions,
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(i64).range(10..=10_000_000))]
    pub projects: i64,
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(i64).range(10..=200_000_000))]
    pub bids: i64,
    /// The number of accounts, one in five of them a seller; defaults to half the number of projects, or more for many
    /// bids
    #[arg(long, value_parser = clap::value_parser!(i64).range(100..=10_000_000))]
    pub accounts: Option<i64>,
    /// About how many of the projects are open; defaults to a tenth
    #[arg(long)]
    pub open: Option<i64>,
    #[arg(long, default_value_t = 1)]
    pub seed: u32,
}

#[derive(Debug, Clone, Args)]
pub struct RunConfig {
    /// The PostgreSQL in which all databases are created
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: String,
    /// The program to measure
    #[arg(long)]
    pub guildhall: PathBuf,
    /// The directory with the built files of the pages
    #[arg(long, default_value = "target/site")]
    pub site_root: PathBuf,
    /// A directory for temporary files
    #[arg(long)]
    pub scratch: PathBuf,
    /// The directory for the report
    #[arg(long, default_value = "target/bench")]
    pub out: PathBuf,
    /// Small and short, to check correctness only: no run fails because of its times
    #[arg(long)]
    pub quick: bool,
    /// Run only this scenario; may be given several times
    #[arg(long, value_enum)]
    pub only: Vec<Name>,
    /// In the siege, run only this kind of flood; may be given several times
    #[arg(long, value_enum)]
    pub flood: Vec<FloodKind>,
    /// The duration of a measured run in seconds
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub seconds: Option<u64>,
    /// How many minutes the mission's average rate is held
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=120))]
    pub minutes: Option<u64>,
    /// How many times each run is made
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=20))]
    pub repeat: Option<u64>,
    /// nginx, if it is not on the path
    #[arg(long, default_value = "nginx")]
    pub nginx: PathBuf,
    /// pgbench, if it is not on the path
    #[arg(long, default_value = "pgbench")]
    pub pgbench: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub struct AnswerConfig {
    /// The path to answer, in axum's syntax
    #[arg(long)]
    pub route: String,
    /// A file with the body
    #[arg(long)]
    pub file: PathBuf,
    /// A header of the answer, as `name: value`
    #[arg(long = "header")]
    pub headers: Vec<String>,
}

#[derive(Debug, Clone, Args)]
pub struct FloodConfig {
    /// What to send
    #[arg(long, value_enum)]
    pub kind: FloodKind,
    /// The server's address, on loopback
    #[arg(long, value_parser = loopback)]
    pub server: SocketAddr,
    /// The number of source addresses
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub addresses: u16,
    /// The number of concurrent clients
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=2_000))]
    pub clients: u16,
    /// The duration in milliseconds
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=600_000))]
    pub milliseconds: u64,
    /// A JSON file with what the flood knows about the server
    #[arg(long)]
    pub material: PathBuf,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    match text.parse::<SocketAddr>() {
        Ok(server) if server.ip().is_loopback() && server.is_ipv4() => Ok(server),
        Ok(_) => Err("only IPv4 servers on loopback can be flooded".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
