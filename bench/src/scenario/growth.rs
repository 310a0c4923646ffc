//! The cost of more data: the same reads at the same rates, at sizes that differ by a factor of ten.

use super::Name;
use crate::{
    figures::Run,
    load::{self, Size},
    open_loop::{self, Pace},
    report::Section,
    run::Bench,
    server::{Database, Server},
};
use anyhow::Context;
use sqlx::{PgPool, postgres::PgConnectOptions};
use std::{str::FromStr, sync::Arc};
use tokio::time::Instant;

/// Bids per project, on average.
const BIDS: i64 = 20;
/// The number of projects read in turn.
const READ: i64 = 2_000;
/// Search words used in turn: words in half of all projects, and words in a handful.
const WORDS: [&str; 8] = [
    "website",
    "logo",
    "translation",
    "signage",
    "podcast",
    "crossword",
    "marionette",
    "lute",
];
/// The reads and their rates per second, far below capacity, so that no request queues.
const READS: [(&str, f64); 4] = [
    ("project", 400.0),
    ("list", 50.0),
    ("search", 20.0),
    ("page", 50.0),
];

pub(super) async fn run(bench: &Bench) -> anyhow::Result<Section> {
    let (sizes, slower): (&[i64], f64) = match bench.config.quick {
        true => (&[200, 2_000], 5.0),
        false => (&[10_000, 100_000, 1_000_000], 1.0),
    };
    let mut section = Section::new(
        Name::Growth,
        format!(
            "The same reads at the same rates with different numbers of projects in the database and {BIDS} bids per project: {READ} projects in turn, from the API and as pages; pages 1 to 20 of the list; searches for {} words in turn. Times are corrected for coordinated omission.",
            WORDS.len()
        ),
    );
    let mut p99s = vec![Vec::new(); READS.len()];
    for size in sizes {
        let market = SizedMarket::prepare(bench, *size).await?;
        for (kind, (what, rate)) in READS.iter().enumerate() {
            let runs = market.read(bench, what, rate / slower).await?;
            let name = format!("{what}, {} projects", thousands(*size));
            p99s[kind].push(runs.iter().map(|run| run.latency.p99_us).min().unwrap_or(0));
            for run in runs {
                section.add_own(&name, "reads/s", run);
            }
        }
        section.server = Some(market.server.usage());
        section.postgres = Some(market.database.usage().await?);
        market.leave(bench).await?;
    }
    for ((what, _), p99s) in READS.iter().zip(p99s) {
        let (first, last) = (p99s[0], p99s[p99s.len() - 1]);
        section.facts.push(format!(
            "{what}: the lowest p99 at {} projects is {:.1} times that at {}",
            thousands(sizes[sizes.len() - 1]),
            last as f64 / first.max(1) as f64,
            thousands(sizes[0])
        ));
    }
    Ok(section)
}

/// A database of one size, with a server.
struct SizedMarket {
    database: Database,
    server: Server,
    ids: Arc<Vec<i64>>,
}

impl SizedMarket {
    async fn prepare(bench: &Bench, projects: i64) -> anyhow::Result<Self> {
        let config = &bench.config;
        let database = Database::make(&config.database_url, "bench_growth").await?;
        // The server runs the migrations that the loader needs.
        let server =
            Server::start(&config.guildhall, &config.site_root, &database.url, &[]).await?;
        let options = PgConnectOptions::from_str(&database.url)?;
        load::load(&options, Size::of(projects, projects * BIDS), 1, None).await?;
        database.settle().await?;
        let ids = Arc::new(sample_of_published(&database.pool, projects).await?);
        Ok(Self {
            database,
            server,
            ids,
        })
    }

    /// Warms up once, then measures `repeat` times.
    async fn read(&self, bench: &Bench, what: &str, rate: f64) -> anyhow::Result<Vec<Run>> {
        let mut runs = Vec::new();
        let warm = u64::from(bench.scale.warm_seconds > 0);
        for round in 0..bench.scale.repeat + warm {
            let (ids, host) = (Arc::clone(&self.ids), self.server.host().to_owned());
            let path = path_of(what);
            let ask = move |place: u64| {
                let id = ids[usize::try_from(place).unwrap_or(0) % ids.len()];
                let path = path(place, id);
                format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n").into_bytes()
            };
            let pace = Pace {
                rate,
                seconds: bench.scale.seconds as f64,
                connections: 32,
                expected: 200,
            };
            let (run, _) = open_loop::run(self.server.host(), pace, Instant::now(), ask).await?;
            if round >= warm {
                runs.push(run);
            }
        }
        Ok(runs)
    }

    /// Frees disk space for the next size.
    async fn leave(self, bench: &Bench) -> anyhow::Result<()> {
        self.server.stop().await?;
        self.database.pool.close().await;
        let empty_database = Database::make(&bench.config.database_url, "bench_growth").await?;
        empty_database.pool.close().await;
        Ok(())
    }
}

fn path_of(what: &str) -> fn(u64, i64) -> String {
    match what {
        "project" => |_, id| format!("/api/v1/projects/{id}"),
        "list" => |place, _| format!("/api/v1/projects?sort=-deadline&page={}", 1 + place % 20),
        "search" => |place, _| {
            let word = WORDS[usize::try_from(place).unwrap_or(0) % WORDS.len()];
            format!("/api/v1/projects?q={word}")
        },
        _ => |_, id| format!("/projects/{id}"),
    }
}

/// A sample of the published projects, spread over all of them.
async fn sample_of_published(pool: &PgPool, projects: i64) -> anyhow::Result<Vec<i64>> {
    let ids = sqlx::query_scalar!(
        "select id from project where state <> 'draft' and id % $1 = 0 order by id limit $2",
        (projects / READ).max(1),
        READ
    )
    .fetch_all(pool)
    .await?;
    (!ids.is_empty())
        .then_some(ids)
        .context("nothing was loaded")
}

fn thousands(count: i64) -> String {
    match count {
        1_000_000.. => format!("{} M", count / 1_000_000),
        1_000.. => format!("{} k", count / 1_000),
        _ => count.to_string(),
    }
}
