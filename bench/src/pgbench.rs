//! pgbench: the same effect on the database as a bid, without a server.

use crate::{
    audit::Plan,
    figures::{Latency, Run},
    process,
    server::Database,
};
use anyhow::{Context, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tokio::process::Command;

/// How bids are grouped into transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One transaction per bid, with separate statements.
    One,
    /// The same in a function: one transaction, one round trip.
    Function,
    /// This many bids on one project per transaction, set-based.
    Batch(u32),
}

impl Form {
    const fn script(self) -> &'static str {
        match self {
            Self::One => include_str!("../scripts/one.sql"),
            Self::Function => include_str!("../scripts/function.sql"),
            Self::Batch(_) => include_str!("../scripts/batch.sql"),
        }
    }

    const fn bids(self) -> u32 {
        match self {
            Self::One | Self::Function => 1,
            Self::Batch(bids) => bids,
        }
    }
}

/// Creates the function that [`Form::Function`] calls.
///
/// # Errors
/// If the database refuses it.
pub async fn prepare(database: &Database) -> anyhow::Result<()> {
    sqlx::query(include_str!("../scripts/function_made.sql"))
        .execute(&database.pool)
        .await?;
    Ok(())
}

/// Runs pgbench with this many clients; the plan's buyers must be accounts with consecutive ids.
///
/// # Errors
/// If pgbench or a transaction fails.
pub async fn run(
    program: &Path,
    scratch: &Path,
    database: &Database,
    form: Form,
    plan: &mut Plan,
    clients: u32,
    seconds: u64,
) -> anyhow::Result<Run> {
    let script = scratch.join("pgbench.sql");
    fs::write(&script, form.script())
        .with_context(|| format!("cannot write {}", script.display()))?;
    let logs = scratch.join("pgbench_log");
    let first_buyer = *plan.buyers.first().context("there are no buyers")?;
    let mut command = Command::new(program);
    command
        // Without statistics on a new project, a custom plan for its id may walk all of its bids for each buyer.
        .env("PGOPTIONS", "-c plan_cache_mode=force_generic_plan")
        .args(["-n", "-M", "prepared", "-l"])
        .arg(format!("--log-prefix={}", logs.display()))
        .arg("-f")
        .arg(&script)
        .args([
            "-c",
            &clients.to_string(),
            "-j",
            &clients.min(2).to_string(),
        ])
        .args(["-T", &seconds.to_string()]);
    for (name, value) in [
        ("n", -1),
        ("clients", i64::from(clients)),
        ("batch", i64::from(form.bids())),
        ("first_buyer", first_buyer),
        ("buyers", i64::try_from(plan.buyers.len())?),
        ("first_project", plan.first_project),
        ("projects", plan.projects),
        ("first_amount", plan.first_amount),
    ] {
        command.arg("-D").arg(format!("{name}={value}"));
    }
    let output = process::output("pgbench", command.arg(&database.url)).await?;
    let figure = |name: &str| {
        output
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
            .with_context(|| format!("pgbench does not report {name}:\n{output}"))
    };
    let tps = figure("tps = ")?;
    ensure!(
        figure("number of failed transactions: ").unwrap_or(0.0) == 0.0,
        "transactions of pgbench failed:\n{output}"
    );
    let times = times(scratch)?;
    let done = times.len() as u64;
    let bids = u64::from(form.bids());
    // Each client counts its own bids, so the highest index is not known.
    plan.sent = u64::MAX;
    Ok(Run {
        answers: done * bids,
        seconds: done as f64 / tps,
        rate: tps * bids as f64,
        latency: Latency::of(times),
        ..Run::default()
    })
}

/// Reads the times of all transactions, in microseconds, from pgbench's logs, and deletes the logs.
fn times(scratch: &Path) -> anyhow::Result<Vec<u64>> {
    let logs: Vec<PathBuf> = fs::read_dir(scratch)?
        .flatten()
        .filter(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .starts_with("pgbench_log")
        })
        .map(|entry| entry.path())
        .collect();
    let mut times = Vec::new();
    for log in logs {
        for line in fs::read_to_string(&log)?.lines() {
            let time = line
                .split(' ')
                .nth(2)
                .context("a line of pgbench's log is truncated")?;
            times.push(time.parse()?);
        }
        fs::remove_file(&log)?;
    }
    Ok(times)
}
