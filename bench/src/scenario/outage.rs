//! An auction whose database goes away half-way: the postmaster of the server's private PostgreSQL is killed, or the whole
//! cluster hangs for a while.

use super::{
    Name,
    siege::{BIDS, READERS, close_books},
};
use crate::{
    books,
    report::{Section, Table, milliseconds},
    run::Bench,
    server::{Home, Server},
    siege::{
        address::Role,
        auction::{Auction, Cast, is_accepted},
        cluster::{Cluster, resume},
        honest::{self, Placed, Schedule},
        sample::{Sample, Summary},
    },
};
use anyhow::Context;
use serde::Serialize;
use sqlx::PgPool;
use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// The goals.
const RECOVERY_MS: f64 = 5_000.0;
const AWARD_MS: f64 = 1_000.0;
const ANSWER_MS: f64 = 200.0;

/// Reads of pages and of the API, a second.
const READS: f64 = 10.0;
/// Clients that share the reads: enough of them that a request that hangs keeps none of the others.
const WIDE: usize = 100;
/// Health probes a second.
const PROBES: f64 = 5.0;
/// Between setting everything up and the first bid.
const LEAD: f64 = 1.0;
const BIDS_AFTER_DEADLINE: f64 = 0.5;
/// After the first failure the server has this long to find out that the database is away.
const FINDS_OUT: Duration = Duration::from_secs(1);
/// How long the award is waited for once the deadline has passed.
const AWARD_PATIENCE: Duration = Duration::from_secs(10);

/// What happens to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fault {
    /// SIGKILL to the postmaster.
    Killed,
    /// SIGSTOP to every process of the cluster, and SIGCONT after a while.
    Hung,
}

/// How long the parts of an auction last, in seconds.
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

/// What one run came to.
#[derive(Debug, Serialize)]
struct Outcome {
    fault: Fault,
    /// From the fault's end (for a kill: from the kill) to the first bid that is sent after it and accepted.
    recovery_ms: Option<f64>,
    /// By the database's clock; `None` when there was none before the server was started again by hand.
    award_ms: Option<f64>,
    bids: Summary,
    /// Answers between the fault and the recovery, counted from when each request was sent.
    pages: Summary,
    api: Summary,
    /// Of both, and of bids, those that were sent when the server had found out.
    once_known: Summary,
    health: Summary,
    ready: Summary,
    restarted_by_hand: bool,
}

/// What the honest clients saw.
struct Seen {
    placed: Vec<Placed>,
    pages: Vec<Sample>,
    api: Vec<Sample>,
    health: Vec<Sample>,
    ready: Vec<Sample>,
    award: Option<Duration>,
}

pub(super) async fn run(bench: &Bench) -> anyhow::Result<Section> {
    let hang = Times::of(Fault::Hung, bench.config.quick).hang;
    let mut section = Section::new(
        Name::Outage,
        format!(
            "An auction with {BIDS:.0} bids/s by honest buyers through the API and the page, on a server with a private PostgreSQL. Half-way its postmaster is killed (SIGKILL), or the postmaster and all its children are stopped for {hang:.0} s (SIGSTOP, SIGCONT). Beside the bids there are {READS:.0} reads a second of pages, as many of the API, and probes. A bid without an answer, or with a failure that does not say that nothing was stored, is in doubt: it may be stored or not."
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
                .push(format!("{}: it could not be run: {error:#}", fault.title())),
        }
    }
    Ok(section)
}

async fn interrupt(
    bench: &Bench,
    section: &mut Section,
    fault: Fault,
    times: Times,
) -> anyhow::Result<Outcome> {
    let scratch = bench.config.scratch.join("outage");
    let data_dir = scratch.join("postgres");
    fs::create_dir_all(&scratch)?;
    // PostgreSQL, which does not run as root, must be able to enter; another run's data is of no use.
    fs::set_permissions(&scratch, fs::Permissions::from_mode(0o711))?;
    if data_dir.exists() {
        fs::remove_dir_all(&data_dir)?;
    }
    let server = start(bench, &data_dir).await?;
    let cluster = Cluster::of(&data_dir);
    let address = server.address()?;
    let pool = cluster.connect().await?;
    let cast = Cast::lay(&pool, &scratch, address).await?;
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
    let (broken, seen) = tokio::join!(breaking, watch(&auction, buyers, start_at, bids_for));
    let (broken, seen) = (broken?, seen?);

    let recovered = recovered_at(&seen.placed, broken.ended);
    let recovery_ms = recovered.map(|at| (at - broken.ended).as_secs_f64() * 1_000.0);
    let (server, pool) = (Some(server), awarded(&cluster, &auction).await);
    let restarted_by_hand = pool.is_none();
    let (server, pool) = match (server, pool) {
        (server, Some(pool)) => (server, pool),
        (server, None) => by_hand(bench, section, server, &data_dir, &auction).await?,
    };
    close_books(section, &pool, &auction, &seen.placed).await?;
    let award_ms = books::award_delay_ms(&pool, auction.project, auction.project).await?;
    let outcome = summed_up(
        &seen,
        fault,
        broken,
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
    let home = Home::Private(data_dir);
    Server::start_with_default_limits(&config.guildhall, &config.site_root, home, None).await
}

/// When the fault began and ended.
#[derive(Debug, Clone, Copy)]
struct Broken {
    began: Instant,
    ended: Instant,
}

async fn break_it(
    cluster: &Cluster,
    fault: Fault,
    at: Instant,
    hang: Duration,
) -> anyhow::Result<Broken> {
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
    Ok(Broken { began, ended })
}

/// All honest clients, until the award can be read.
async fn watch(
    auction: &Arc<Auction>,
    buyers: Vec<crate::siege::auction::Buyer>,
    start: Instant,
    bids_for: f64,
) -> anyhow::Result<Seen> {
    let address = auction.server;
    let lasting = |rate| Schedule::lasting(start, rate, bids_for);
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
        honest::bid(auction, buyers, lasting(BIDS)),
        honest::read(address, Role::Reader, WIDE, pages, lasting(READS)),
        honest::read(address, Role::SignIn, WIDE, api, lasting(READS)),
        honest::read(
            address,
            Role::HealthProbe,
            READERS,
            one("/healthz"),
            lasting(PROBES)
        ),
        honest::read(
            address,
            Role::HealthProbe,
            WIDE,
            one("/readyz"),
            lasting(PROBES)
        ),
        honest::award_is_readable(auction),
    );
    Ok(Seen {
        placed: placed?,
        pages: pages?,
        api: api?,
        health: health?,
        ready: ready?,
        award,
    })
}

/// When the first bid was answered that was sent after the fault and is in.
fn recovered_at(placed: &[Placed], fault_ended: Instant) -> Option<Instant> {
    placed
        .iter()
        .filter(|bid| is_accepted(bid) && bid.sample.sent >= fault_ended)
        .map(|bid| bid.sample.done)
        .min()
}

/// A connection to the cluster, once the auction is awarded; `None` when that does not happen by itself.
async fn awarded(cluster: &Cluster, auction: &Auction) -> Option<PgPool> {
    let asking = async {
        loop {
            if let Ok(pool) = cluster.connect().await {
                if is_over(&pool, auction.project).await {
                    return pool;
                }
                pool.close().await;
            }
            sleep(Duration::from_millis(200)).await;
        }
    };
    timeout(AWARD_PATIENCE, asking).await.ok()
}

async fn is_over(pool: &PgPool, project: i64) -> bool {
    let state = sqlx::query_scalar!("select state from project where id = $1", project);
    state
        .fetch_one(pool)
        .await
        .is_ok_and(|state| state != "open")
}

/// Starts the server again, as an operator would, so that the books can be read.
async fn by_hand(
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
            .push(format!("It was ended by hand: {error:#}"));
    }
    let began = Instant::now();
    let server = start(bench, data_dir).await?;
    section.facts.push(format!(
        "It was started again by hand, which took {:.1} s.",
        began.elapsed().as_secs_f64()
    ));
    let pool = awarded(&Cluster::of(data_dir), auction)
        .await
        .context("there is no award after a start by hand either")?;
    Ok((Some(server), pool))
}

/// What came after the fault.
#[derive(Debug, Clone, Copy)]
struct Restart {
    by_hand: bool,
    recovery_ms: Option<f64>,
    award_ms: Option<f64>,
}

fn summed_up(
    seen: &Seen,
    fault: Fault,
    broken: Broken,
    recovered: Option<Instant>,
    restart: Restart,
) -> Outcome {
    let during = |sample: &&Sample| {
        sample.sent >= broken.began && recovered.is_none_or(|at| sample.sent < at)
    };
    let bids: Vec<&Sample> = seen.placed.iter().map(|bid| &bid.sample).collect();
    let all: Vec<&Sample> = bids
        .iter()
        .copied()
        .chain(&seen.pages)
        .chain(&seen.api)
        .filter(during)
        .collect();
    let first_failure = all
        .iter()
        .filter(|sample| sample.status == 0 || sample.status >= 500)
        .map(|sample| sample.done)
        .min();
    let known = first_failure.map(|at| at + FINDS_OUT);
    let once_known = all
        .iter()
        .copied()
        .filter(|sample| known.is_some_and(|known| sample.sent >= known));
    let read = |samples: &[Sample]| {
        let samples: Vec<Sample> = samples.iter().filter(during).cloned().collect();
        Summary::by(&samples, &[200], Sample::answer_time)
    };
    Outcome {
        fault,
        recovery_ms: restart.recovery_ms,
        award_ms: restart.award_ms,
        bids: Summary::by(
            bids.iter().copied().filter(during),
            &[201, 303],
            Sample::answer_time,
        ),
        pages: read(&seen.pages),
        api: read(&seen.api),
        once_known: Summary::by(once_known, &[200, 201, 303], Sample::answer_time),
        health: read(&seen.health),
        ready: read(&seen.ready),
        restarted_by_hand: restart.by_hand || seen.award.is_none(),
    }
}

const COLUMNS: [&str; 9] = [
    "the database is",
    "bids again after ms",
    "award ms",
    "bids meanwhile",
    "pages meanwhile",
    "slowest page ms",
    "API meanwhile",
    "slowest API ms",
    "p99 once it is known ms",
];

impl Fault {
    const fn title(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::Hung => "hung",
        }
    }
}

impl Outcome {
    fn add_to(&self, section: &mut Section) -> anyhow::Result<()> {
        let title = self.fault.title();
        let or_never = |ms: Option<f64>| ms.map_or("never".to_owned(), |ms| format!("{ms:.0}"));
        let p = |us: u64| milliseconds(us as f64);
        if let Some(table) = &mut section.table {
            table.rows.push(vec![
                title.to_owned(),
                or_never(self.recovery_ms),
                or_never(self.award_ms),
                self.bids.answers_as_text(),
                self.pages.answers_as_text(),
                p(self.pages.latency.max_us),
                self.api.answers_as_text(),
                p(self.api.latency.max_us),
                p(self.once_known.latency.p99_us),
            ]);
        }
        section.facts.push(format!(
            "{title}: meanwhile `/healthz` answered {}; `/readyz` answered {}, at most after {} ms.",
            self.health.answers_as_text(),
            self.ready.answers_as_text(),
            p(self.ready.latency.max_us)
        ));
        section.figures.push(serde_json::to_value(self)?);
        let is_within = |ms: Option<f64>, most: f64| ms.is_some_and(|ms| ms < most);
        section.goal(
            format!(
                "{title}: bids are accepted again after {} ms (below {RECOVERY_MS:.0}), and the award comes {} ms after the deadline (below {AWARD_MS:.0})",
                or_never(self.recovery_ms),
                or_never(self.award_ms)
            ),
            is_within(self.recovery_ms, RECOVERY_MS) && is_within(self.award_ms, AWARD_MS),
        );
        let known = self.once_known.latency.p99_us as f64 / 1_000.0;
        section.goal(
            format!(
                "{title}: a second after the first failure, pages and the API answer with p99 {known:.0} ms (below {ANSWER_MS:.0})"
            ),
            known < ANSWER_MS,
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(sent: Instant, status: u16) -> Placed {
        Placed {
            place: 0,
            by_page: false,
            sample: Sample {
                due: sent,
                sent,
                done: sent + Duration::from_millis(10),
                status,
                reason: String::new(),
            },
            bid: 1,
            is_surely_not_stored: false,
        }
    }

    #[test]
    fn recovery_begins_with_a_bid_that_was_sent_after_the_fault() {
        let fault = Instant::now();
        let at = |ms| fault + Duration::from_millis(ms);
        let before = placed(fault - Duration::from_millis(5), 201);
        let all = [
            before,
            placed(at(100), 503),
            placed(at(900), 201),
            placed(at(950), 201),
        ];
        assert_eq!(recovered_at(&all, fault), Some(at(910)));
        assert_eq!(recovered_at(&all[..2], fault), None);
    }
}
