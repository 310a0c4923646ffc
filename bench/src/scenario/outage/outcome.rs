//! The result of one outage, as a row of the table and as goals.

use crate::{
    report::{Section, milliseconds},
    siege::{
        auction::is_accepted,
        honest_client::BidSample,
        sample::{LatencySummary, Sample},
    },
};
use serde::Serialize;
use std::time::Duration;
use tokio::time::Instant;

/// The goals.
const RECOVERY_MS: f64 = 5_000.0;
const AWARD_MS: f64 = 1_000.0;
const ANSWER_MS: f64 = 200.0;

/// How long the server may take to detect that the database is gone, from the first failed request.
const DETECTION_LIMIT: Duration = Duration::from_secs(1);
/// The same limit, from the start of the fault, which applies even if no request fails.
const DETECTION_LIMIT_FROM_START: Duration = Duration::from_secs(6);

/// The fault of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Fault {
    /// SIGKILL to the postmaster.
    Killed,
    /// SIGSTOP to every process of the cluster, and SIGCONT after a while.
    Hung,
}

impl Fault {
    pub const fn title(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::Hung => "hung",
        }
    }
}

/// The result of one run.
#[derive(Debug, Serialize)]
pub(super) struct OutageOutcome {
    pub fault: Fault,
    /// From the end of the fault (for a kill: from the kill) to the first accepted bid that was sent after it.
    pub recovery_ms: Option<f64>,
    /// By the database's clock; `None` if there was none before the server was restarted manually.
    pub award_ms: Option<f64>,
    pub bids: LatencySummary,
    /// Answers between the fault and the recovery, measured from when each request was sent.
    pub pages: LatencySummary,
    pub api: LatencySummary,
    /// The part of these and of the bids that was sent after the server should have detected the fault.
    pub once_known: LatencySummary,
    pub health: LatencySummary,
    pub ready: LatencySummary,
    pub restarted_by_hand: bool,
}

/// What the honest clients observed.
pub(super) struct Observations {
    pub placed: Vec<BidSample>,
    pub pages: Vec<Sample>,
    pub api: Vec<Sample>,
    pub health: Vec<Sample>,
    pub ready: Vec<Sample>,
    pub award: Option<Duration>,
}

/// When the fault started and ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct FaultTimes {
    pub began: Instant,
    pub ended: Instant,
}

/// What followed the fault.
#[derive(Debug, Clone, Copy)]
pub(super) struct Restart {
    pub by_hand: bool,
    pub recovery_ms: Option<f64>,
    pub award_ms: Option<f64>,
}

/// When the server accepted the first bid that was sent after the fault.
pub(super) fn recovered_at(placed: &[BidSample], fault_ended: Instant) -> Option<Instant> {
    placed
        .iter()
        .filter(|bid| is_accepted(bid) && bid.sample.sent >= fault_ended)
        .map(|bid| bid.sample.done)
        .min()
}

pub(super) fn summarize(
    observations: &Observations,
    fault: Fault,
    broken: FaultTimes,
    recovered: Option<Instant>,
    restart: Restart,
) -> OutageOutcome {
    let during = |sample: &&Sample| {
        sample.sent >= broken.began && recovered.is_none_or(|at| sample.sent < at)
    };
    let bids: Vec<&Sample> = observations.placed.iter().map(|bid| &bid.sample).collect();
    let all: Vec<&Sample> = bids
        .iter()
        .copied()
        .chain(&observations.pages)
        .chain(&observations.api)
        .filter(during)
        .collect();
    let known = known_at(broken.began, &all);
    let once_known = all.iter().copied().filter(|sample| sample.sent >= known);
    let read = |samples: &[Sample]| {
        let samples: Vec<Sample> = samples.iter().filter(during).cloned().collect();
        LatencySummary::by(&samples, &[200], Sample::answer_time)
    };
    OutageOutcome {
        fault,
        recovery_ms: restart.recovery_ms,
        award_ms: restart.award_ms,
        bids: LatencySummary::by(
            bids.iter().copied().filter(during),
            &[201, 303],
            Sample::answer_time,
        ),
        pages: read(&observations.pages),
        api: read(&observations.api),
        once_known: LatencySummary::by(once_known, &[200, 201, 303], Sample::answer_time),
        health: read(&observations.health),
        ready: read(&observations.ready),
        restarted_by_hand: restart.by_hand || observations.award.is_none(),
    }
}

/// When the server should know that its database is gone.
fn known_at(began: Instant, answers: &[&Sample]) -> Instant {
    let first_failure = answers
        .iter()
        .filter(|sample| sample.status == 0 || sample.status >= 500)
        .map(|sample| sample.done + DETECTION_LIMIT)
        .min();
    let latest = began + DETECTION_LIMIT_FROM_START;
    first_failure.map_or(latest, |known| known.min(latest))
}

pub(super) const COLUMNS: [&str; 9] = [
    "database",
    "recovery ms",
    "award ms",
    "bids during it",
    "pages during it",
    "slowest page ms",
    "API during it",
    "slowest API ms",
    "p99 once detected ms",
];

impl OutageOutcome {
    pub fn add_to(&self, section: &mut Section) -> anyhow::Result<()> {
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
            "{title}: during the outage `/healthz` answered {}; `/readyz` answered {}, after {} ms at most.",
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
                "{title}: from a second after the first failure, or six after the fault, pages and the API answer with p99 {known:.0} ms (below {ANSWER_MS:.0})"
            ),
            known < ANSWER_MS,
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(sent: Instant, status: u16) -> BidSample {
        BidSample {
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
    fn recovery_is_the_first_acceptance_of_a_bid_sent_after_the_fault() {
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

    #[test]
    fn the_fault_must_be_known_a_second_after_a_failure_or_six_after_it_began() {
        let began = Instant::now();
        let failed = placed(began + Duration::from_millis(90), 503).sample;
        let slow = placed(began, 200).sample;
        assert_eq!(
            known_at(began, &[&slow]),
            began + DETECTION_LIMIT_FROM_START
        );
        let known = known_at(began, &[&slow, &failed]);
        assert_eq!(known, began + Duration::from_millis(1_100));
    }
}
