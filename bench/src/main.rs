use bench::load::{self, Size};
use clap::{Args, Parser, Subcommand};
use sqlx::postgres::PgConnectOptions;

/// Measures Guildhall; bin/bench runs it
#[derive(Debug, Parser)]
#[command(name = "guildhall-bench", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fill a database that has the schema and no accounts; the same seed gives the same rows
    Load(Load),
}

#[derive(Debug, Args)]
struct Load {
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: PgConnectOptions,
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(i64).range(10..=10_000_000))]
    projects: i64,
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(i64).range(10..=200_000_000))]
    bids: i64,
    /// One seller to four buyers; half as many as projects where it is not said
    #[arg(long, value_parser = clap::value_parser!(i64).range(100..=10_000_000))]
    accounts: Option<i64>,
    /// About how many of the projects are open; a tenth where it is not said
    #[arg(long)]
    open: Option<i64>,
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Load(asked) => {
            let usual = Size::of(asked.projects, asked.bids);
            let size = Size {
                accounts: asked.accounts.unwrap_or(usual.accounts),
                open: asked.open.unwrap_or(usual.open),
                ..usual
            };
            load::load(&asked.database_url, size, asked.seed, None).await
        }
    }
}
