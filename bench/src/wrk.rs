//! Load from wrk: as many requests as the server answers, in a closed loop. wrk does not correct for coordinated
//! omission: its times show how long answers took at saturation, not how long people would have waited at a given rate.

use crate::{
    audit::{BidAnswer, Plan},
    figures::{Latency, Run},
    process,
};
use anyhow::Context;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use tokio::process::Command;

const REPORT: &str = include_str!("../scripts/report.lua");
const READS: &str = include_str!("../scripts/reads.lua");
const BIDS: &str = include_str!("../scripts/bids.lua");

/// The load and its duration.
#[derive(Debug, Clone, Copy)]
pub struct Push {
    pub threads: u32,
    pub connections: u32,
    pub seconds: u64,
}

/// The output of a script.
#[derive(Debug, Deserialize)]
struct ScriptOutput {
    answers: u64,
    /// The first index of the plan that was certainly not sent.
    places: u64,
    /// The number of requests sent.
    sent: u64,
    bytes: u64,
    duration_us: u64,
    unanswered: u64,
    bad_status: u64,
    p50_us: u64,
    p95_us: u64,
    p99_us: u64,
    max_us: u64,
}

impl ScriptOutput {
    fn run(&self) -> Run {
        let seconds = self.duration_us as f64 / 1e6;
        Run {
            answers: self.answers,
            statuses: BTreeMap::new(),
            errors: self.unanswered,
            unexpected: self.bad_status,
            seconds,
            bytes: self.bytes,
            rate: (self.answers - self.bad_status.min(self.answers)) as f64 / seconds,
            latency: Latency {
                p50_us: self.p50_us,
                p95_us: self.p95_us,
                p99_us: self.p99_us,
                max_us: self.max_us,
            },
        }
    }
}

/// Reads one URL.
///
/// # Errors
/// If wrk fails.
pub async fn read(
    scratch: &Path,
    url: &str,
    headers: &[(&str, &str)],
    push: Push,
) -> anyhow::Result<Run> {
    let headers: Vec<String> = headers
        .iter()
        .flat_map(|(name, value)| ["-H".to_owned(), format!("{name}: {value}")])
        .collect();
    let found = wrk(scratch, "reads.lua", READS, url, &headers, &[], push).await?;
    Ok(found.run())
}

/// The result of bids, for the figures and for the audit.
#[derive(Debug)]
pub struct Bids {
    pub run: Run,
    pub answered: Vec<BidAnswer>,
    /// How many were sent without an answer being read: wrk cuts its connections at the end, and reopens broken ones.
    pub in_flight: u64,
}

/// Sends bids as planned.
///
/// # Errors
/// If wrk fails, or its output cannot be read.
pub async fn bid(
    scratch: &Path,
    base_url: &str,
    tokens: &Path,
    plan: &mut Plan,
    push: Push,
) -> anyhow::Result<Bids> {
    let prefix = scratch.join("answers-");
    let arguments = [
        tokens.display().to_string(),
        prefix.display().to_string(),
        plan.first_amount.to_string(),
        push.threads.to_string(),
        plan.first_project.to_string(),
        plan.projects.to_string(),
    ];
    let found = wrk(scratch, "bids.lua", BIDS, base_url, &[], &arguments, push).await?;
    let mut run = found.run();
    let mut answered = Vec::new();
    for thread in 0..push.threads {
        let file = PathBuf::from(format!("{}{thread}", prefix.display()));
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        for line in text.lines() {
            let (status, id) = line
                .split_once(' ')
                .context("a line of answers is truncated")?;
            let status = status.parse()?;
            *run.statuses.entry(status).or_default() += 1;
            answered.push(BidAnswer {
                place: None,
                status,
                bid: id.parse()?,
            });
        }
    }
    run.unexpected = run
        .statuses
        .iter()
        .filter(|(status, _)| **status != 201)
        .map(|(_, n)| n)
        .sum();
    plan.sent = found.places;
    let in_flight = found
        .sent
        .checked_sub(answered.len() as u64)
        .context("wrk read more answers than it sent requests")?;
    Ok(Bids {
        run,
        answered,
        in_flight,
    })
}

async fn wrk(
    scratch: &Path,
    name: &str,
    script: &str,
    url: &str,
    flags: &[String],
    arguments: &[String],
    push: Push,
) -> anyhow::Result<ScriptOutput> {
    let file = scratch.join(name);
    fs::write(&file, format!("{script}{REPORT}"))
        .with_context(|| format!("cannot write {}", file.display()))?;
    let mut command = Command::new("wrk");
    command
        .arg(format!("-t{}", push.threads))
        .arg(format!("-c{}", push.connections.max(push.threads)))
        .arg(format!("-d{}s", push.seconds))
        .args(["--timeout", "30s", "-s"])
        .arg(&file)
        .args(flags)
        .arg(url);
    if !arguments.is_empty() {
        command.arg("--").args(arguments);
    }
    let output = process::output("wrk", &mut command).await?;
    let line = output
        .lines()
        .find_map(|line| line.strip_prefix("wrk {"))
        .with_context(|| format!("wrk reported nothing:\n{output}"))?;
    Ok(serde_json::from_str(&format!("{{{line}"))?)
}
