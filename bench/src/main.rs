//! `guildhall-bench`: see `bin/bench --help`.

use bench::{
    answer,
    config::{Cli, Command, LoadConfig},
    load::{self, Size},
    run,
};
use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(config) => run::run(*config).await,
        Command::Load(config) => fill(*config).await,
        Command::Answer(config) => answer::serve(config).await,
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("guildhall-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn fill(config: LoadConfig) -> anyhow::Result<ExitCode> {
    let usual = Size::of(config.projects, config.bids);
    let size = Size {
        accounts: config.accounts.unwrap_or(usual.accounts),
        ..usual
    };
    load::load(&config.database_url, size, config.seed, None).await?;
    Ok(ExitCode::SUCCESS)
}
