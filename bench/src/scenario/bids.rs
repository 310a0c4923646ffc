//! Bids at maximum rate, on one project and spread over many, compared with PostgreSQL without a server.

use super::Name;
use crate::{
    audit,
    pgbench::{self, Form},
    report::Section,
    run::Bench,
    wrk::{self, Push},
};

/// Clients of pgbench for one transaction per bid.
const CLIENTS: u32 = 16;
/// Bids per transaction when they share one; no other tested size is faster.
const BATCH: u32 = 500;
const UNIT: &str = "bids/s";
const OWN: &str = "Guildhall";
const ONE: &str = "pgbench, one transaction per bid, 16 clients";
const FUNCTION: &str = "pgbench, the same in one round trip";
const TOGETHER: &str = "pgbench, 500 bids per transaction, 1 client";
/// The required factor over the baseline on the hot project.
const TIMES: f64 = 6.0;

pub(super) async fn hot(bench: &Bench) -> anyhow::Result<Section> {
    let connections = bench.scale.connections;
    let mut section = Section::new(
        Name::HotBids,
        format!(
            "`POST /api/v1/projects/{{id}}/bid` on one project by {} buyers in turn, each bid lower than all before it; wrk with {connections} connections, a closed loop without correction for coordinated omission. pgbench does the same to the same tables over the same socket. Every run has a new project.",
            bench.scale.buyers
        ),
    );
    for round in rounds(bench) {
        let project = bench.hot_project().await?;
        measure_guildhall(bench, &mut section, project, 1, round).await?;
        for (name, form, clients) in [
            (ONE, Form::One, CLIENTS),
            (FUNCTION, Form::Function, CLIENTS),
            (TOGETHER, Form::Batch(BATCH), 1),
        ] {
            let project = bench.hot_project().await?;
            database(
                bench,
                &mut section,
                (name, form, clients),
                project,
                1,
                round,
            )
            .await?;
        }
    }
    bench.note_memory(&mut section).await?;
    if let (Some(own), Some(one)) = (section.rate(OWN), section.rate(ONE)) {
        section.goal(
            format!(
                "{TIMES:.0} times one transaction per bid: {:.1} times",
                own / one
            ),
            own >= TIMES * one,
        );
    }
    Ok(section)
}

pub(super) async fn spread(bench: &Bench) -> anyhow::Result<Section> {
    let projects = i64::try_from(bench.projects.len())?;
    let mut section = Section::new(
        Name::SpreadBids,
        format!("The same, each bid on the next of {projects} projects."),
    );
    for round in rounds(bench) {
        let first = bench.projects[0];
        measure_guildhall(bench, &mut section, first, projects, round).await?;
        for (name, form) in [(ONE, Form::One), (FUNCTION, Form::Function)] {
            let form = (name, form, CLIENTS);
            database(bench, &mut section, form, first, projects, round).await?;
        }
    }
    bench.note_memory(&mut section).await?;
    Ok(section)
}

/// A warm-up run, whose figures are discarded, or a measured one.
#[derive(Debug, Clone, Copy)]
struct Round {
    seconds: u64,
    is_measured: bool,
}

fn rounds(bench: &Bench) -> Vec<Round> {
    let warm = Round {
        seconds: bench.scale.warm_seconds,
        is_measured: false,
    };
    let measured = Round {
        seconds: bench.scale.seconds,
        is_measured: true,
    };
    let mut rounds = vec![measured; usize::try_from(bench.scale.repeat).unwrap_or(1)];
    if warm.seconds > 0 {
        rounds.insert(0, warm);
    }
    rounds
}

async fn measure_guildhall(
    bench: &Bench,
    section: &mut Section,
    first: i64,
    projects: i64,
    round: Round,
) -> anyhow::Result<()> {
    let after = audit::highest(&bench.database.pool).await?;
    let mut plan = bench.plan(first, projects)?;
    let push = Push {
        threads: 1,
        connections: bench.scale.connections,
        seconds: round.seconds,
    };
    let base_url = &bench.server.base_url;
    let asking = wrk::bid(
        bench.scratch(),
        base_url,
        &bench.stock.tokens,
        &mut plan,
        push,
    );
    let bids = match round.is_measured {
        true => bench.measure_cpu(section, asking).await?,
        false => asking.await?,
    };
    bench
        .check(section, &plan, &bids.answered, after, bids.in_flight)
        .await?;
    if round.is_measured {
        section.add_own(OWN, UNIT, bids.run);
    }
    bench.database.settle().await
}

async fn database(
    bench: &Bench,
    section: &mut Section,
    (name, form, clients): (&str, Form, u32),
    first: i64,
    projects: i64,
    round: Round,
) -> anyhow::Result<()> {
    let mut plan = bench.plan(first, projects)?;
    let run = pgbench::run(
        &bench.config.pgbench,
        bench.scratch(),
        &bench.database,
        form,
        &mut plan,
        clients,
        round.seconds,
    )
    .await?;
    if round.is_measured {
        section.add_limit(name, UNIT, run);
    }
    bench.database.settle().await
}
