//! One run of `bin/bench`: the shared set-up, and the scenarios in order.

use crate::{
    audit::{self, BidAnswer, Plan},
    config::RunConfig,
    machine::Machine,
    memory::ResourceUsage,
    open_loop::{self, Pace},
    pgbench,
    report::{CoresUsed, Report, Section},
    scenario::{self, Name},
    server::{Database, Server},
    stock::Stock,
};
use anyhow::Context;
use clap::ValueEnum;
use std::{path::PathBuf, process::ExitCode, time::Instant};
use tokio::signal::unix::{SignalKind, signal};

/// The size and duration of everything.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    pub seconds: u64,
    pub warm_seconds: u64,
    pub repeat: u64,
    pub buyers: i32,
    /// The number of projects that bids are spread over and that lists show.
    pub projects: i32,
    /// Connections at saturation.
    pub connections: u32,
}

impl Scale {
    fn of(config: &RunConfig) -> Self {
        let full = Self {
            seconds: 10,
            warm_seconds: 3,
            repeat: 3,
            buyers: 5_000,
            projects: 10_000,
            connections: 256,
        };
        let quick = Self {
            seconds: 2,
            warm_seconds: 0,
            repeat: 1,
            buyers: 500,
            projects: 200,
            connections: 32,
        };
        let scale = if config.quick { quick } else { full };
        Self {
            seconds: config.seconds.unwrap_or(scale.seconds),
            repeat: config.repeat.unwrap_or(scale.repeat),
            ..scale
        }
    }
}

/// What every scenario has available.
pub struct Bench {
    pub config: RunConfig,
    pub scale: Scale,
    pub database: Database,
    pub server: Server,
    pub stock: Stock,
    /// Open projects, with consecutive ids.
    pub projects: Vec<i64>,
}

impl Bench {
    /// Fills a new database with this name, and starts a server with these flags on it.
    ///
    /// # Errors
    /// If PostgreSQL or the server does not work.
    pub async fn prepare(
        mut config: RunConfig,
        name: &'static str,
        flags: &[&str],
    ) -> anyhow::Result<Self> {
        let scale = Scale::of(&config);
        config.scratch.push(name);
        std::fs::create_dir_all(&config.scratch)?;
        let database = Database::make(&config.database_url, name).await?;
        let server =
            Server::start(&config.guildhall, &config.site_root, &database.url, flags).await?;
        let stock = Stock::create(&database.pool, &config.scratch, scale.buyers).await?;
        let projects = stock
            .open_projects(
                &database.pool,
                "A new shop window",
                scale.projects,
                86_400.0,
            )
            .await?;
        pgbench::prepare(&database).await?;
        database.settle().await?;
        Ok(Self {
            config,
            scale,
            database,
            server,
            stock,
            projects,
        })
    }

    /// A new project that everybody bids on.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn hot_project(&self) -> anyhow::Result<i64> {
        let ids = self
            .stock
            .open_projects(&self.database.pool, "The hot one", 1, 86_400.0)
            .await?;
        Ok(ids[0])
    }

    /// The plan of a run of bids on these projects.
    ///
    /// # Errors
    /// After some two hundred runs, when no amounts are left.
    pub fn plan(&self, first_project: i64, projects: i64) -> anyhow::Result<Plan> {
        Ok(Plan {
            first_amount: self.stock.next_amount()?,
            first_project,
            projects,
            buyers: self
                .stock
                .buyers
                .iter()
                .map(|buyer| buyer.account)
                .collect(),
            sent: 0,
        })
    }

    /// Places the bid of the plan at index `place`, and returns its answer.
    ///
    /// # Errors
    /// If the server cannot be reached.
    pub async fn bid(
        &self,
        section: &mut Section,
        host: &str,
        plan: &Plan,
        place: u64,
    ) -> anyhow::Result<BidAnswer> {
        let request = plan.request(host, &self.stock.bearer_tokens(), place);
        let pace = Pace {
            rate: 1_000.0,
            seconds: 0.001,
            connections: 1,
            expected: 201,
        };
        let ask = move |_| request.clone();
        let (run, timed) = open_loop::run(host, pace, Instant::now().into(), ask).await?;
        if run.unexpected > 0 || run.errors > 0 {
            section
                .faults
                .push(format!("a bid was answered with {:?}", run.statuses));
        }
        let answer = timed.first().context("a bid was not sent")?.answered;
        Ok(BidAnswer {
            place: Some(place),
            ..answer
        })
    }

    /// Audits a run whose answers were all recorded.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn check(
        &self,
        section: &mut Section,
        plan: &Plan,
        answered: &[BidAnswer],
        after: i64,
        in_flight: u64,
    ) -> anyhow::Result<()> {
        let findings = audit::check(&self.database.pool, plan, answered, after, in_flight).await?;
        section.close_books(findings);
        Ok(())
    }

    /// Runs something that sends requests to the server, and records the CPU time it took.
    ///
    /// # Errors
    /// The errors of `asking`, or if the database does not answer.
    pub async fn measure_cpu<T>(
        &self,
        section: &mut Section,
        asking: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let (server, postgres) = (self.server.usage(), self.database.usage().await?);
        let began = Instant::now();
        let done = asking.await?;
        let seconds = began.elapsed().as_secs_f64();
        let share = |before: ResourceUsage, after: ResourceUsage| {
            (after.cpu_seconds - before.cpu_seconds) / seconds
        };
        section.busy.push(CoresUsed {
            server: share(server, self.server.usage()),
            postgres: share(postgres, self.database.usage().await?),
        });
        Ok(done)
    }

    /// Records the current memory of the server and PostgreSQL.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn note_memory(&self, section: &mut Section) -> anyhow::Result<()> {
        section.server = Some(self.server.usage());
        section.postgres = Some(self.database.usage().await?);
        Ok(())
    }

    #[must_use]
    pub fn scratch(&self) -> &PathBuf {
        &self.config.scratch
    }
}

/// Runs the requested scenarios until they are done or a stop signal arrives.
///
/// # Errors
/// If the set-up fails, or the report cannot be written.
pub async fn run(config: RunConfig) -> anyhow::Result<ExitCode> {
    let mut terminated = signal(SignalKind::terminate())?;
    // Dropping this future stops everything that was started.
    tokio::select! {
        done = run_all(config) => done,
        _ = tokio::signal::ctrl_c() => Ok(ExitCode::from(130)),
        _ = terminated.recv() => Ok(ExitCode::from(143)),
    }
}

async fn run_all(config: RunConfig) -> anyhow::Result<ExitCode> {
    let out = config.out.clone();
    let bench = Bench::prepare(config, "bench", &[]).await?;
    let mut report = Report {
        machine: Machine::read(&bench.database.pool).await?,
        quick: bench.config.quick,
        repeat: bench.scale.repeat,
        sections: Vec::new(),
    };
    let only = &bench.config.only;
    for name in Name::value_variants() {
        if !only.is_empty() && !only.contains(name) {
            continue;
        }
        let began = Instant::now();
        eprint!("{} … ", name.heading());
        let section = match scenario::run(*name, &bench).await {
            Ok(section) => section,
            // The other scenarios can still run.
            Err(error) => {
                let mut section = Section::new(*name, "");
                section.faults.push(format!("it failed to run: {error:#}"));
                section
            }
        };
        let verdict = if section.faults.is_empty() {
            ""
        } else {
            ", WRONG"
        };
        eprintln!("{} s{verdict}", began.elapsed().as_secs());
        report.sections.push(section);
        // After each scenario, so that nothing is lost if a later one fails.
        report.write(&out)?;
    }
    let failures = report.failures();
    if !failures.is_empty() {
        eprintln!("The server's last lines:\n{}", bench.server.last_lines());
    }
    bench.server.stop().await?;
    eprintln!("{}", report.markdown());
    eprintln!("The report is in {}.", out.display());
    for complaint in &failures {
        eprintln!("guildhall-bench: {complaint}");
    }
    Ok(if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
