//! `guildhall-bench`: see `bin/bench --help`.

use bench::{
    answer,
    config::{Cli, Command, LoadConfig},
    load::{self, Size},
    run,
    siege::flood,
};
use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(config) => run::run(*config).await,
        Command::Answer(config) => answer::serve(config).await,
        Command::Load(config) => load(*config).await,
        Command::Flood(config) => flood::run(config).await,
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("guildhall-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn load(config: LoadConfig) -> anyhow::Result<ExitCode> {
    let size = Size::of(config.projects, config.bids);
    let size = Size {
        accounts: config.accounts.unwrap_or(size.accounts),
        open: config.open.unwrap_or(size.open),
        ..size
    };
    load::load(&config.database_url, size, config.seed, None).await?;
    Ok(ExitCode::SUCCESS)
}
