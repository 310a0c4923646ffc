//! The front page with the demo's projects, requested by one client: how long a visitor waits for the server.

use super::Name;
use crate::{
    figures::Spread,
    report::Section,
    run::Bench,
    server::{Database, Server},
    wrk::{self, Push},
};

const LIMIT_MS: f64 = 10.0;

pub(super) async fn run(bench: &Bench) -> anyhow::Result<Section> {
    let mut section = Section::new(
        Name::Front,
        "`GET /` with the demo's 60 projects, of which it shows twelve; one connection.",
    );
    let config = &bench.config;
    let database = Database::make(&config.database_url, "bench_front").await?;
    let server = Server::start(
        &config.guildhall,
        &config.site_root,
        &database.url,
        &["--demo"],
    )
    .await?;
    let push = |seconds| Push {
        threads: 1,
        connections: 1,
        seconds,
    };
    let url = format!("{}/", server.base_url);
    if bench.scale.warm_seconds > 0 {
        wrk::read(bench.scratch(), &url, &[], push(bench.scale.warm_seconds)).await?;
    }
    for _ in 0..bench.scale.repeat {
        let run = wrk::read(bench.scratch(), &url, &[], push(bench.scale.seconds)).await?;
        section.add_own("Guildhall", "pages/s", run);
    }
    let medians = section.sides[0]
        .runs
        .iter()
        .map(|run| run.latency.p50_us as f64 / 1000.0);
    let median = Spread::of(medians).median;
    section.goal(
        format!("The median of {median:.2} ms is below {LIMIT_MS:.0} ms"),
        median < LIMIT_MS,
    );
    server.stop().await?;
    database.pool.close().await;
    Ok(section)
}
