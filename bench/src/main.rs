use clap::Parser;

/// Measures Guildhall; bin/bench runs it
#[derive(Debug, Parser)]
#[command(name = "guildhall-bench", version, about)]
struct Cli {}

fn main() {
    Cli::parse();
}
