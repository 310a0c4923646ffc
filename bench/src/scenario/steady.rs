//! Bids and reads together at fixed rates: what people would experience.

use super::Name;
use crate::{
    audit::{self, BidAnswer},
    figures::Run,
    memory,
    open_loop::{self, Pace, TimedAnswer},
    report::Section,
    run::Bench,
};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// The limits on p99 of the bids and of the reads, in ms.
const BID_MS: f64 = 300.0;
const READ_MS: f64 = 100.0;
/// The share of the wanted rate that must be reached for the rate to count as held.
const HELD_SHARE: f64 = 0.98;
/// List reads per hundred reads at the mission's average rate.
const LISTS: u64 = 5;

/// The parameters of a run.
#[derive(Debug, Clone, Copy)]
struct LoadParameters {
    bids: f64,
    reads: f64,
    seconds: f64,
    /// The projects that the bids and reads go to.
    first_project: i64,
    projects: i64,
    /// List reads per hundred reads.
    lists: u64,
}

/// The result of a run.
struct SteadyResult {
    bids: Run,
    reads: Run,
    /// Cores used by the load generator.
    generator: f64,
}

impl SteadyResult {
    fn meets_goals(&self, parameters: LoadParameters) -> bool {
        let ms = |run: &Run| run.latency.p99_us as f64 / 1000.0;
        ms(&self.bids) < BID_MS
            && ms(&self.reads) < READ_MS
            && self.bids.rate >= HELD_SHARE * parameters.bids
            && self.reads.rate >= HELD_SHARE * parameters.reads
    }
}

pub(super) async fn floor(bench: &Bench) -> anyhow::Result<Section> {
    let (bids, reads, seconds) = match bench.config.quick {
        true => (50.0, 400.0, 2.0),
        false => (
            1_000.0,
            8_000.0,
            bench.config.seconds.map_or(60.0, |s| s as f64),
        ),
    };
    let mut section = Section::new(
        Name::Floor,
        format!(
            "{bids:.0} bids/s on one hot project and {reads:.0} reads/s of it, for {seconds:.0} s. Each request has a due time, from which its latency counts (corrected for coordinated omission)."
        ),
    );
    let parameters = LoadParameters {
        bids,
        reads,
        seconds,
        first_project: bench.hot_project().await?,
        projects: 1,
        lists: 0,
    };
    check_goals(bench, &mut section, parameters).await?;
    Ok(section)
}

pub(super) async fn average(bench: &Bench) -> anyhow::Result<Section> {
    let (bids, reads, seconds) = match bench.config.quick {
        true => (20.0, 400.0, 2.0),
        false => (
            397.0,
            7_937.0,
            60.0 * bench.config.minutes.unwrap_or(10) as f64,
        ),
    };
    let projects = i64::try_from(bench.projects.len())?;
    let mut section = Section::new(
        Name::Average,
        format!(
            "{bids:.0} bids/s and {reads:.0} reads/s over {projects} projects, {LISTS} of every 100 reads of the list, for {seconds:.0} s; times as above."
        ),
    );
    let parameters = LoadParameters {
        bids,
        reads,
        seconds,
        first_project: bench.projects[0],
        projects,
        lists: LISTS,
    };
    check_goals(bench, &mut section, parameters).await?;
    Ok(section)
}

async fn check_goals(
    bench: &Bench,
    section: &mut Section,
    parameters: LoadParameters,
) -> anyhow::Result<()> {
    if bench.scale.warm_seconds > 0 {
        let warm = LoadParameters {
            seconds: bench.scale.warm_seconds as f64,
            ..parameters
        };
        hold(bench, section, warm).await?;
        section.busy.clear();
    }
    let result = hold(bench, section, parameters).await?;
    let meets_goals = result.meets_goals(parameters);
    let ms = |run: &Run| run.latency.p99_us as f64 / 1000.0;
    section.goal(
        format!(
            "{:.0} bids/s with p99 {:.1} ms (below {BID_MS:.0}) and {:.0} reads/s with p99 {:.1} ms (below {READ_MS:.0})",
            result.bids.rate,
            ms(&result.bids),
            result.reads.rate,
            ms(&result.reads)
        ),
        meets_goals,
    );
    section.facts.push(generator(result.generator));
    section.add_own("bids", "bids/s", result.bids);
    section.add_own("reads", "reads/s", result.reads);
    bench.note_memory(section).await
}

fn generator(share: f64) -> String {
    format!(
        "The load generator took {:.0} % of one core.",
        share * 100.0
    )
}

/// 1 bid per 20 reads at growing rates, until a time limit is exceeded or a rate is not reached.
pub(super) async fn mix(bench: &Bench) -> anyhow::Result<Section> {
    let (mut bids, most, seconds) = match bench.config.quick {
        true => (20.0, 40.0, 1.0),
        false => (100.0, 20_000.0, bench.scale.seconds as f64),
    };
    let mut section = Section::new(
        Name::Mix,
        format!(
            "1 bid to 20 reads of one hot project, each step lasting {seconds:.0} s and a quarter faster than the one before, until p99 of the bids is above {BID_MS:.0} ms or of the reads above {READ_MS:.0} ms, or the rate is not reached."
        ),
    );
    let mut last = None;
    while bids < most {
        let parameters = LoadParameters {
            bids,
            reads: 20.0 * bids,
            seconds,
            first_project: bench.hot_project().await?,
            projects: 1,
            lists: 0,
        };
        let result = hold(bench, &mut section, parameters).await?;
        let line = format!(
            "{:.0} bids/s and {:.0} reads/s wanted: {:.0} and {:.0} reached, p99 {:.1} ms and {:.1} ms",
            parameters.bids,
            parameters.reads,
            result.bids.rate,
            result.reads.rate,
            result.bids.latency.p99_us as f64 / 1000.0,
            result.reads.latency.p99_us as f64 / 1000.0
        );
        let meets_goals = result.meets_goals(parameters);
        section.facts.push(format!(
            "{line}: {}.",
            if meets_goals { "held" } else { "broken" }
        ));
        if !meets_goals {
            section.busy.pop();
            break;
        }
        last = Some(result);
        bids *= 1.25;
    }
    // Keep the CPU usage at the last rate that was held.
    let earlier = section.busy.len().saturating_sub(1);
    section.busy.drain(..earlier);
    if let Some(result) = last {
        section.facts.push(generator(result.generator));
        section.add_own("bids at the last rate that held", "bids/s", result.bids);
        section.add_own("reads at the last rate that held", "reads/s", result.reads);
    }
    bench.note_memory(&mut section).await?;
    Ok(section)
}

/// Holds the rates and audits the bids; every answer is recorded with its request.
async fn hold(
    bench: &Bench,
    section: &mut Section,
    parameters: LoadParameters,
) -> anyhow::Result<SteadyResult> {
    let after = audit::highest(&bench.database.pool).await?;
    let mut plan = bench.plan(parameters.first_project, parameters.projects)?;
    plan.sent = (parameters.bids * parameters.seconds).ceil() as u64;
    let host = bench.server.host();
    let bid = {
        let (plan, host) = (plan.clone(), host.to_owned());
        let tokens = Arc::new(bench.stock.bearer_tokens());
        move |place| plan.request(&host, &tokens, place)
    };
    let read = {
        let host = host.to_owned();
        move |place: u64| {
            // Requests close in time use ids that are far apart.
            let turn = i64::try_from(place).unwrap_or(0).wrapping_mul(7_919) % parameters.projects;
            let path = if place % 100 < parameters.lists {
                String::new()
            } else {
                format!("/{}", parameters.first_project + turn)
            };
            format!("GET /api/v1/projects{path} HTTP/1.1\r\nHost: {host}\r\n\r\n").into_bytes()
        }
    };
    let own = std::process::id();
    let before = memory::of(own).cpu_seconds;
    // The second leaves time to open all connections.
    let start = Instant::now() + Duration::from_secs(1);
    let pace = |rate, expected| Pace {
        rate,
        seconds: parameters.seconds,
        connections: 128,
        expected,
    };
    let asking = async {
        tokio::try_join!(
            open_loop::run(host, pace(parameters.bids, 201), start, bid),
            open_loop::run(host, pace(parameters.reads, 200), start, read),
        )
    };
    let (bids, reads) = bench.measure_cpu(section, asking).await?;
    let generator = (memory::of(own).cpu_seconds - before) / parameters.seconds;
    let (bids, timed) = bids;
    let answered: Vec<BidAnswer> = timed
        .iter()
        .map(|TimedAnswer { answered, .. }| *answered)
        .collect();
    let answered: Vec<BidAnswer> = answered.into_iter().filter(|a| a.status != 0).collect();
    bench
        .check(section, &plan, &answered, after, bids.errors)
        .await?;
    bench.database.settle().await?;
    Ok(SteadyResult {
        bids,
        reads: reads.0,
        generator,
    })
}
