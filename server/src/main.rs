//! `guildhall`: see `guildhall --help`.

use clap::Parser;
use mimalloc::MiMalloc;
use server::{
    commands::{audit, health, mail, notice, second_factor, seed, serve, token},
    config::{Cli, Command},
    database,
    monitoring::telemetry,
    worker,
};
use std::process::ExitCode;

/// A request makes a few hundred small allocations, and mimalloc serves them faster than the C library, especially on
/// several threads.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Not `#[tokio::main]`: the commands choose their own runtimes.
fn main() -> ExitCode {
    let cli = Cli::parse();
    let _log = telemetry::start(cli.log_format);
    let done = match cli.command {
        Command::Serve(config) => serve::run(config),
        Command::Worker(config) => worker::run_alone(config),
        Command::Consumer(command) => worker::command(command),
        Command::Migrate(config) => database::migrate(config),
        Command::Seed(config) => seed::run(config),
        Command::Token(command) => token::run(command),
        Command::Mail(command) => mail::run(command),
        Command::Notice(command) => notice::run(command),
        Command::SecondFactor(command) => second_factor::run(command),
        Command::Audit(command) => audit::run(command),
        Command::Postgres(config) => database::serve_private(config),
        Command::Health(config) => health::check(&config),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            telemetry::say(&format!("guildhall: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
