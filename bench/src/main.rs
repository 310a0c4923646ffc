//! `guildhall-bench`: see `bin/bench --help`.

use bench::{
    answer,
    config::{Cli, Command},
    run,
};
use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(config) => run::run(*config).await,
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
