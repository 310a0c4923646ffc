//! An auction that runs to its deadline while the server is flooded with one kind of request at a time.

mod outcome;

use super::Name;
use crate::{
    audit, process,
    report::{Section, Table},
    run::Bench,
    server::{DataHome, Database, Server},
    siege::{
        address::ClientRole,
        auction::{Auction, is_accepted},
        cast::{Cast, PASSWORD},
        flood::{FloodKind, Tally},
        honest_client::{self, BidSample, Schedule},
        sample::{LatencySummary, Sample},
    },
};
use clap::ValueEnum;
use outcome::{BIDS_P99_MS, COLUMNS, SiegeOutcome};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::{
    process::Command,
    time::{Instant, sleep_until},
};

/// Honest requests per second.
pub(super) const BIDS: f64 = 20.0;
const HEALTH_PROBES: f64 = 20.0;
const READS: f64 = 20.0;
const SIGN_INS: f64 = 1.0;
/// Clients that share the reads and the probes.
pub(super) const READERS: usize = 10;
const PROBES: usize = 4;

/// From the deadline to the end of the flood; bids continue for part of it.
const AFTER_DEADLINE: f64 = 1.5;
const BIDS_AFTER_DEADLINE: f64 = 0.5;
/// The shortest flood, in seconds: part of it must be before the deadline.
const SHORTEST: f64 = 3.0;
/// The time between the set-up and the start.
const LEAD: f64 = 1.0;
/// The open-files limit of a server whose connections are attacked.
const OPEN_FILES: u32 = 1_500;
/// The numbers of addresses that floods come from.
const ADDRESSES: [u16; 2] = [1, 150];
/// The flood's `nice` value.
const NICE: &str = "10";

pub(super) async fn run(bench: &Bench) -> anyhow::Result<Section> {
    let is_alone = bench.config.only.contains(&Name::Siege);
    let seconds = match (bench.config.quick, is_alone) {
        (true, _) => SHORTEST,
        (false, true) => 12.0,
        (false, false) => 6.0,
    };
    let seconds = bench
        .config
        .seconds
        .map_or(seconds, |seconds| seconds as f64);
    let seconds = seconds.max(SHORTEST);
    let mut section = Section::new(
        Name::Siege,
        format!(
            "An auction with {BIDS:.0} bids/s by honest buyers through the API and the page runs to its deadline while hostile clients send one kind of request for {seconds:.0} s, from 1 address or from 150, each address in a /24 network of its own. Every run has a fresh server and database, with the default limits. Honest clients have addresses of their own; their times count from when each request was due. The flood runs in a process of its own with nice {NICE} on the same cores."
        ),
    );
    section.table = Some(Table::new(&COLUMNS));
    for (kind, addresses) in runs(bench.config.quick, &bench.config.flood) {
        let title = kind.map_or("none", FloodKind::title);
        eprint!("{title} × {addresses} … ");
        match besiege(bench, &mut section, kind, addresses, seconds).await {
            Ok(outcome) => outcome.add_to(&mut section)?,
            Err(error) => section.faults.push(format!(
                "{title} from {addresses}: it failed to run: {error:#}"
            )),
        }
    }
    Ok(section)
}

/// Every kind from one address and from many, after a run without a flood; a quick run has each kind from only one of
/// the two, and no run without a flood. If kinds were chosen, only those run.
fn runs(quick: bool, chosen: &[FloodKind]) -> Vec<(Option<FloodKind>, u16)> {
    let mut runs = Vec::new();
    if !quick && chosen.is_empty() {
        runs.push((None, 0));
    }
    for (index, kind) in FloodKind::value_variants().iter().enumerate() {
        if !chosen.is_empty() && !chosen.contains(kind) {
            continue;
        }
        for (turn, addresses) in ADDRESSES.into_iter().enumerate() {
            if !quick || index % 2 == turn {
                runs.push((Some(*kind), addresses));
            }
        }
    }
    runs
}

async fn besiege(
    bench: &Bench,
    section: &mut Section,
    kind: Option<FloodKind>,
    addresses: u16,
    seconds: f64,
) -> anyhow::Result<SiegeOutcome> {
    let config = &bench.config;
    let database = Database::make(&config.database_url, "bench_siege").await?;
    let pool = &database.pool;
    let open_files = kind
        .is_some_and(FloodKind::is_of_connections)
        .then_some(OPEN_FILES);
    let server = Server::start_with_default_limits(
        &config.guildhall,
        &config.site_root,
        DataHome::Lent(&database.url),
        open_files,
    )
    .await?;
    let address = server.address()?;
    let scratch = config.scratch.join("siege");
    let cast = Cast::create(pool, &scratch, address).await?;
    let buyers = cast.buyers(address).await?;
    let owner = match kind {
        Some(FloodKind::WrongPasswords) => Some(cast.owner(address).await?),
        _ => None,
    };
    // The flood's knowledge must be ready before the auction starts.
    let mut material = cast.material(pool, address).await?;
    sqlx::query("vacuum (analyze)").execute(pool).await?;

    let until_deadline = seconds - AFTER_DEADLINE;
    let bids_for = until_deadline + BIDS_AFTER_DEADLINE;
    let bids = (BIDS * bids_for) as u64;
    let auction = cast
        .open(pool, address, LEAD + until_deadline, bids)
        .await?;
    let start = auction.deadline - Duration::from_secs_f64(until_deadline);
    material.projects.insert(0, auction.project);
    let file = scratch.join("material.json");
    std::fs::write(&file, serde_json::to_string(&material)?)?;

    let flooding = async {
        sleep_until(start).await;
        match kind {
            Some(kind) => flood(&file, kind, address, addresses, seconds).await,
            None => Ok(Tally::default()),
        }
    };
    let readers = READERS;
    let paths = vec![
        format!("/projects/{}", auction.project),
        format!("/api/v1/projects/{}", auction.project),
    ];
    let health_path = vec!["/healthz".to_owned()];
    let lasting = |rate| Schedule::for_duration(start, rate, seconds);
    let owner_signs_in = async {
        match owner {
            Some((browser, email)) => {
                let schedule = Schedule::for_duration(start, 0.5, seconds);
                Some(honest_client::sign_in_again(browser, email, PASSWORD, schedule).await)
            }
            None => None,
        }
    };
    let (flood, placed, health, reads, sign_ins, owner, readable) = tokio::join!(
        flooding,
        honest_client::bid(
            &auction,
            buyers,
            Schedule::for_duration(start, BIDS, bids_for)
        ),
        honest_client::read(
            address,
            ClientRole::HealthProbe,
            PROBES,
            health_path,
            lasting(HEALTH_PROBES)
        ),
        honest_client::read(address, ClientRole::Reader, readers, paths, lasting(READS)),
        honest_client::sign_in(address, &cast.members, PASSWORD, lasting(SIGN_INS)),
        owner_signs_in,
        honest_client::award_is_readable(&auction),
    );
    let placed = placed?;
    close_books(section, pool, &auction, &placed).await?;
    let in_time: Vec<&BidSample> = placed
        .iter()
        .filter(|bid| bid.sample.due < auction.deadline)
        .collect();
    let outcome = SiegeOutcome {
        kind,
        addresses,
        seconds,
        flood: flood?,
        refused_in_time: count_refused_in_time(&in_time, auction.deadline),
        bids: LatencySummary::of(in_time.iter().map(|bid| &bid.sample), &[201, 303]),
        award_ms: audit::award_delay_ms(pool, auction.project, auction.project).await?,
        readable_ms: readable.map(|delay| delay.as_secs_f64() * 1_000.0),
        health: LatencySummary::of(&health?, &[200]),
        reads: LatencySummary::of(&reads?, &[200]),
        sign_ins: LatencySummary::of(&sign_ins?, &[303]),
        owner: owner.map(|samples: Vec<Sample>| LatencySummary::of(&samples, &[303])),
    };
    if let Err(error) = server.stop().await {
        section.facts.push(format!("After the flood: {error:#}"));
    }
    pool.close().await;
    Ok(outcome)
}

/// Audits one auction: its bids, and its result.
pub(super) async fn close_books(
    section: &mut Section,
    pool: &sqlx::PgPool,
    auction: &Auction,
    placed: &[BidSample],
) -> anyhow::Result<()> {
    section.close_books(auction.books(pool, placed).await?);
    let project = auction.project;
    if audit::count_wrong_awards(pool, project, project).await? > 0 {
        section.faults.push(
            "an auction has no award, a wrong one, or a bid from after its deadline".to_owned(),
        );
    }
    Ok(())
}

/// Counts bids that were due before the deadline by more than the time a bid may take, and were not accepted.
fn count_refused_in_time(bids: &[&BidSample], deadline: Instant) -> u64 {
    let last = deadline - Duration::from_secs_f64(BIDS_P99_MS / 1_000.0);
    let refused = bids
        .iter()
        .filter(|bid| bid.sample.due < last && !is_accepted(bid));
    refused.count() as u64
}

/// Runs the flood in a process of its own.
async fn flood(
    material: &Path,
    kind: FloodKind,
    server: std::net::SocketAddr,
    addresses: u16,
    seconds: f64,
) -> anyhow::Result<Tally> {
    let own: PathBuf = std::env::current_exe()?;
    let kind_name = kind
        .to_possible_value()
        .map(|value| value.get_name().to_owned())
        .unwrap_or_default();
    let mut command = Command::new("nice");
    command
        .args(["-n", NICE])
        .arg(own)
        .args(["flood", "--kind", &kind_name])
        .args(["--server", &server.to_string()])
        .args(["--addresses", &addresses.to_string()])
        .args(["--clients", &kind.clients(addresses).to_string()])
        .args(["--milliseconds", &format!("{:.0}", seconds * 1_000.0)])
        .arg("--material")
        .arg(material);
    let printed = process::output("the flood", &mut command).await?;
    Ok(serde_json::from_str(printed.trim())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_run_has_every_kind_once_and_a_full_one_twice() {
        let kinds = FloodKind::value_variants().len();
        assert_eq!(runs(false, &[]).len(), 1 + 2 * kinds);
        assert_eq!(runs(true, &[]).len(), kinds);
        assert!(runs(true, &[]).iter().any(|(_, addresses)| *addresses == 1));
        assert!(
            runs(true, &[])
                .iter()
                .any(|(_, addresses)| *addresses == 150)
        );
    }

    #[test]
    fn only_the_chosen_kind_runs() {
        let chosen = runs(false, &[FloodKind::Forms]);
        assert_eq!(
            chosen,
            ADDRESSES.map(|addresses| (Some(FloodKind::Forms), addresses))
        );
    }
}
