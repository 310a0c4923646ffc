//! What can be set. `bin/bench` fills in the paths.

use crate::{scenario::Name, siege::flood::Kind};
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
    /// Run scenarios, check the books, write the report
    Run(Box<RunConfig>),
    /// Answer every request with the same bytes: the smallest server that is possible with axum
    Answer(AnswerConfig),
    /// Fill a database that has the schema and no accounts; the same seed gives the same rows
    Load(Box<LoadConfig>),
    /// Flood a server from loopback addresses; scenarios start it beside honest clients
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
    /// One seller to four buyers; half as many as projects where it is not said
    #[arg(long, value_parser = clap::value_parser!(i64).range(100..=10_000_000))]
    pub accounts: Option<i64>,
    /// About how many of the projects are open; a tenth where it is not said
    #[arg(long)]
    pub open: Option<i64>,
    #[arg(long, default_value_t = 1)]
    pub seed: u32,
}

#[derive(Debug, Clone, Args)]
pub struct RunConfig {
    /// The PostgreSQL that all databases are made in
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: String,
    /// The program that is measured
    #[arg(long)]
    pub guildhall: PathBuf,
    /// Where the built pages' files are
    #[arg(long, default_value = "target/site")]
    pub site_root: PathBuf,
    /// A directory for what is needed while it runs
    #[arg(long)]
    pub scratch: PathBuf,
    /// Where the report is written to
    #[arg(long, default_value = "target/bench")]
    pub out: PathBuf,
    /// Small and short, for correctness only: nothing fails for its time
    #[arg(long)]
    pub quick: bool,
    /// Only this scenario; may be given several times
    #[arg(long, value_enum)]
    pub only: Vec<Name>,
    /// Of the siege only this kind of flood; may be given several times
    #[arg(long, value_enum)]
    pub flood: Vec<Kind>,
    /// How long a measured run lasts
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub seconds: Option<u64>,
    /// How long the mission's average is held
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=120))]
    pub minutes: Option<u64>,
    /// How often each run is repeated
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=20))]
    pub repeat: Option<u64>,
    /// nginx, where it is not on the path
    #[arg(long, default_value = "nginx")]
    pub nginx: PathBuf,
    /// pgbench, where it is not on the path
    #[arg(long, default_value = "pgbench")]
    pub pgbench: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub struct AnswerConfig {
    /// The path that is answered, as axum writes it
    #[arg(long)]
    pub route: String,
    /// A file of the body
    #[arg(long)]
    pub file: PathBuf,
    /// A header of the answer, as `name: value`
    #[arg(long = "header")]
    pub headers: Vec<String>,
}

#[derive(Debug, Clone, Args)]
pub struct FloodConfig {
    /// What is sent
    #[arg(long, value_enum)]
    pub kind: Kind,
    /// The server, on loopback
    #[arg(long, value_parser = loopback)]
    pub server: SocketAddr,
    /// From how many addresses
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub addresses: u16,
    /// How many clients send at the same time
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=2_000))]
    pub clients: u16,
    /// When it ends
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=600_000))]
    pub milliseconds: u64,
    /// A JSON file with what the flood knows of the server
    #[arg(long)]
    pub material: PathBuf,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    match text.parse::<SocketAddr>() {
        Ok(server) if server.ip().is_loopback() && server.is_ipv4() => Ok(server),
        Ok(_) => Err("only IPv4 servers on loopback are flooded".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
