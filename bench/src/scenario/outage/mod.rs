//! An auction whose database fails half-way: the postmaster of the server's private PostgreSQL is killed, or the whole
//! cluster hangs for a while.

mod outcome;

use super::{
    Name,
    siege::{BIDS, READERS, close_books},
};
use crate::{
    audit,
    report::{Section, Table},
    run::Bench,
    server::{DataHome, Server},
    siege::{
        address::ClientRole,
        auction::{Auction, AuctionBuyer},
        cast::Cast,
        cluster::{Cluster, resume},
        honest_client::{self, Schedule},
    },
};
use anyhow::Context;
use outcome::{
    COLUMNS, Fault, FaultTimes, Observations, OutageOutcome, Restart, recovered_at, summarize,
};
use sqlx::PgPool;
use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// Page reads per second, and as many API reads.
const READS: f64 = 10.0;
/// Clients that share the reads: enough that a hanging request delays no others.
const WIDE: usize = 100;
/// Health probes per second.
const PROBES: f64 = 5.0;
/// The time between the set-up and the first bid.
const LEAD: f64 = 1.0;
const BIDS_AFTER_DEADLINE: f64 = 0.5;
/// How long to wait for the award after the deadline.
const AWARD_TIMEOUT: Duration = Duration::from_secs(10);

/// The duration of each part of an auction, in seconds.
#[derive(Debug, Clone, Copy)]
struct Times {
    before: f64,
    hang: f64,
    after: f64,
}

impl Times {
    fn of(fault: Fault, quick: bool) -> Self {
        let (before, hang, after) = match (fault, quick) {
            (Fault::Killed, false) => (8.0, 0.0, 8.0),
            (Fault::Killed, true) => (2.0, 0.0, 5.0),
            (Fault::Hung, false) => (5.0, 10.0, 8.0),
            (Fault::Hung, true) => (2.0, 2.0, 3.0),
        };
        Self {
            before,
            hang,
            after,
        }
    }

    fn until_deadline(self) -> f64 {
        self.before + self.hang + self.after
    }
}

pub(super) async fn run(bench: &Bench) -> anyhow::Result<Section> {
    let hang = Times::of(Fault::Hung, bench.config.quick).hang;
    let mut section = Section::new(
        Name::Outage,
        format!(
            "An auction with {BIDS:.0} bids/s by honest buyers through the API and the page, on a server with a private PostgreSQL. Half-way its postmaster is killed (SIGKILL), or the postmaster and all its children are stopped for {hang:.0} s (SIGSTOP, SIGCONT). Besides the bids there are {READS:.0} page reads and as many API reads per second, and health probes. A bid without an answer, or with a failure that does not say that nothing was stored, is in doubt: it may or may not be stored."
        ),
    );
    section.table = Some(Table::new(&COLUMNS));
    for fault in [Fault::Killed, Fault::Hung] {
        eprint!("{} … ", fault.title());
        let times = Times::of(fault, bench.config.quick);
        match interrupt(bench, &mut section, fault, times).await {
            Ok(outcome) => outcome.add_to(&mut section)?,
            Err(error) => section
                .faults
                .push(format!("{}: it failed to run: {error:#}", fault.title())),
        }
    }
    Ok(section)
}

async fn interrupt(
    bench: &Bench,
    section: &mut Section,
    fault: Fault,
    times: Times,
) -> anyhow::Result<OutageOutcome> {
    let scratch = bench.config.scratch.join("outage");
    let data_dir = scratch.join("postgres");
    fs::create_dir_all(&scratch)?;
    // PostgreSQL, which does not run as root, must be able to enter the directory. Data from an earlier run is deleted.
    fs::set_permissions(&scratch, fs::Permissions::from_mode(0o711))?;
    if data_dir.exists() {
        fs::remove_dir_all(&data_dir)?;
    }
    let server = start(bench, &data_dir).await?;
    let cluster = Cluster::of(&data_dir);
    let address = server.address()?;
    let pool = cluster.connect().await?;
    let cast = Cast::create(&pool, &scratch, address).await?;
    let buyers = cast.buyers(address).await?;
    sqlx::query("vacuum (analyze)").execute(&pool).await?;
    let bids_for = times.until_deadline() + BIDS_AFTER_DEADLINE;
    let bids = (BIDS * bids_for) as u64;
    let auction = cast
        .open(&pool, address, LEAD + times.until_deadline(), bids)
        .await?;
    pool.close().await;

    let start_at = auction.deadline - Duration::from_secs_f64(times.until_deadline());
    let fault_at = start_at + Duration::from_secs_f64(times.before);
    let breaking = break_it(
        &cluster,
        fault,
        fault_at,
        Duration::from_secs_f64(times.hang),
    );
    let (fault_times, observations) =
        tokio::join!(breaking, watch(&auction, buyers, start_at, bids_for));
    let (fault_times, observations) = (fault_times?, observations?);

    let recovered = recovered_at(&observations.placed, fault_times.ended);
    let recovery_ms = recovered.map(|at| (at - fault_times.ended).as_secs_f64() * 1_000.0);
    let (server, pool) = (Some(server), wait_for_award(&cluster, &auction).await);
    let restarted_by_hand = pool.is_none();
    let (server, pool) = match (server, pool) {
        (server, Some(pool)) => (server, pool),
        (server, None) => restart_by_hand(bench, section, server, &data_dir, &auction).await?,
    };
    close_books(section, &pool, &auction, &observations.placed).await?;
    let award_ms = audit::award_delay_ms(&pool, auction.project, auction.project).await?;
    let outcome = summarize(
        &observations,
        fault,
        fault_times,
        recovered,
        Restart {
            by_hand: restarted_by_hand,
            recovery_ms,
            award_ms: award_ms.filter(|_| !restarted_by_hand),
        },
    );
    pool.close().await;
    if let Some(server) = server
        && let Err(error) = server.stop().await
    {
        section.facts.push(format!("{}: {error:#}", fault.title()));
    }
    Ok(outcome)
}

async fn start(bench: &Bench, data_dir: &Path) -> anyhow::Result<Server> {
    let config = &bench.config;
    let home = DataHome::Private(data_dir);
    Server::start_with_default_limits(&config.guildhall, &config.site_root, home, None).await
}

async fn break_it(
    cluster: &Cluster,
    fault: Fault,
    at: Instant,
    hang: Duration,
) -> anyhow::Result<FaultTimes> {
    sleep_until(at).await;
    let began = Instant::now();
    match fault {
        Fault::Killed => cluster.kill_postmaster().await?,
        Fault::Hung => {
            let stopped = cluster.suspend().await?;
            sleep(hang).await;
            resume(&stopped).await?;
        }
    }
    let ended = match fault {
        Fault::Killed => began,
        Fault::Hung => Instant::now(),
    };
    Ok(FaultTimes { began, ended })
}

/// Runs all honest clients until the award can be read.
async fn watch(
    auction: &Arc<Auction>,
    buyers: Vec<AuctionBuyer>,
    start: Instant,
    bids_for: f64,
) -> anyhow::Result<Observations> {
    let address = auction.server;
    let lasting = |rate| Schedule::for_duration(start, rate, bids_for);
    let project = auction.project;
    let pages = ["/", "/projects", "/sign-in"]
        .into_iter()
        .map(str::to_owned)
        .chain([format!("/projects/{project}")])
        .collect();
    let api = vec![
        format!("/api/v1/projects/{project}"),
        "/api/v1/projects".to_owned(),
    ];
    let one = |path: &str| vec![path.to_owned()];
    let (placed, pages, api, health, ready, award) = tokio::join!(
        honest_client::bid(auction, buyers, lasting(BIDS)),
        honest_client::read(address, ClientRole::Reader, WIDE, pages, lasting(READS)),
        honest_client::read(address, ClientRole::SignIn, WIDE, api, lasting(READS)),
        honest_client::read(
            address,
            ClientRole::HealthProbe,
            READERS,
            one("/healthz"),
            lasting(PROBES)
        ),
        honest_client::read(
            address,
            ClientRole::HealthProbe,
            WIDE,
            one("/readyz"),
            lasting(PROBES)
        ),
        honest_client::award_is_readable(auction),
    );
    Ok(Observations {
        placed: placed?,
        pages: pages?,
        api: api?,
        health: health?,
        ready: ready?,
        award,
    })
}

/// A connection to the cluster once the auction is awarded; `None` if that does not happen in time.
async fn wait_for_award(cluster: &Cluster, auction: &Auction) -> Option<PgPool> {
    let asking = async {
        loop {
            if let Ok(pool) = cluster.connect().await {
                if has_ended(&pool, auction.project).await {
                    return pool;
                }
                pool.close().await;
            }
            sleep(Duration::from_millis(200)).await;
        }
    };
    timeout(AWARD_TIMEOUT, asking).await.ok()
}

async fn has_ended(pool: &PgPool, project: i64) -> bool {
    let state = sqlx::query_scalar!("select state from project where id = $1", project);
    state
        .fetch_one(pool)
        .await
        .is_ok_and(|state| state != "open")
}

/// Restarts the server, as an operator would, so that the result can be audited.
async fn restart_by_hand(
    bench: &Bench,
    section: &mut Section,
    server: Option<Server>,
    data_dir: &Path,
    auction: &Auction,
) -> anyhow::Result<(Option<Server>, PgPool)> {
    if let Some(server) = server
        && let Err(error) = server.stop().await
    {
        section
            .facts
            .push(format!("The server had to be killed: {error:#}"));
    }
    let began = Instant::now();
    let server = start(bench, data_dir).await?;
    section.facts.push(format!(
        "The server had to be restarted manually, which took {:.1} s.",
        began.elapsed().as_secs_f64()
    ));
    let pool = wait_for_award(&Cluster::of(data_dir), auction)
        .await
        .context("there is no award even after a manual restart")?;
    Ok((Some(server), pool))
}
