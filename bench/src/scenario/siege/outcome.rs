//! The result of one flood, as a row of the table and as goals.

use crate::{
    report::{Section, milliseconds},
    siege::{
        flood::{FloodKind, Tally},
        sample::LatencySummary,
    },
};
use serde::Serialize;

/// The goals.
pub(super) const BIDS_P99_MS: f64 = 300.0;
const AWARD_MS: f64 = 1_000.0;
const HEALTH_P99_MS: f64 = 50.0;
const READS_P99_MS: f64 = 50.0;
const SIGN_IN_MS: f64 = 2_000.0;

/// The result of one run.
#[derive(Debug, Serialize)]
pub(super) struct SiegeOutcome {
    /// `None` for the run without a flood.
    pub kind: Option<FloodKind>,
    pub addresses: u16,
    pub seconds: f64,
    pub flood: Tally,
    /// Bids due before the deadline.
    pub bids: LatencySummary,
    /// The number of those that were due early enough to be accepted, but were not.
    pub refused_in_time: u64,
    /// From the deadline to the award, by the database's clock.
    pub award_ms: Option<f64>,
    /// From the deadline to the first answer that shows the award.
    pub readable_ms: Option<f64>,
    pub health: LatencySummary,
    pub reads: LatencySummary,
    pub sign_ins: LatencySummary,
    /// Sign-ins of an attacked account's owner, in a browser that signed in before.
    pub owner: Option<LatencySummary>,
}

pub(super) const COLUMNS: [&str; 13] = [
    "flood",
    "addresses",
    "flood's requests/s",
    "flood's answers",
    "bids accepted, of those due",
    "bids p50 ms",
    "bids p99 ms",
    "bids max ms",
    "award ms",
    "/healthz p99 ms",
    "reads p99 ms",
    "sign-in max ms",
    "refused honest requests",
];

impl SiegeOutcome {
    fn title(&self) -> String {
        match self.kind {
            None => "no flood".to_owned(),
            Some(kind) => kind.title().to_owned(),
        }
    }

    pub fn add_to(&self, section: &mut Section) -> anyhow::Result<()> {
        if let Some(table) = &mut section.table {
            table.rows.push(self.row());
        }
        section.figures.push(serde_json::to_value(self)?);
        let (text, met) = self.goal();
        section.goal(text, met);
        if let Some(owner) = &self.owner {
            let max = ms(owner.latency.max_us);
            section.goal(
                format!(
                    "{} from {}: the owner of an attacked account signs in from a known browser within {max:.0} ms: {} of {} times",
                    self.title(),
                    self.addresses,
                    owner.sent - owner.failed,
                    owner.sent
                ),
                owner.failed == 0 && max < SIGN_IN_MS,
            );
        }
        let errors = self.flood.answers.get(&500).copied().unwrap_or(0);
        if errors > 0 {
            section.goal(
                format!(
                    "{} from {}: no request is answered with 500: {errors} answers were",
                    self.title(),
                    self.addresses
                ),
                false,
            );
        }
        Ok(())
    }

    fn row(&self) -> Vec<String> {
        let p = |us: u64| milliseconds(us as f64);
        let refused: Vec<String> = [
            ("bids", &self.bids),
            ("/healthz", &self.health),
            ("reads", &self.reads),
            ("sign-ins", &self.sign_ins),
        ]
        .into_iter()
        .filter(|(_, summary)| summary.failed > 0)
        .map(|(name, summary)| format!("{name}: {}", summary.answers_as_text()))
        .collect();
        vec![
            self.title(),
            self.addresses.to_string(),
            format!("{:.0}", self.flood.sent as f64 / self.seconds),
            self.flood_answers(),
            format!(
                "{} of {}",
                self.bids.sent - self.bids.failed,
                self.bids.sent
            ),
            p(self.bids.latency.p50_us),
            p(self.bids.latency.p99_us),
            p(self.bids.latency.max_us),
            self.award_ms
                .map_or("never".to_owned(), |award| format!("{award:.0}")),
            p(self.health.latency.p99_us),
            p(self.reads.latency.p99_us),
            p(self.sign_ins.latency.max_us),
            refused.join("; "),
        ]
    }

    fn flood_answers(&self) -> String {
        let statuses = self
            .flood
            .answers
            .iter()
            .map(|(status, count)| format!("{status} × {count}"));
        let unanswered =
            (self.flood.unanswered > 0).then(|| format!("none × {}", self.flood.unanswered));
        statuses.chain(unanswered).collect::<Vec<_>>().join(", ")
    }

    fn goal(&self) -> (String, bool) {
        let award = self.award_ms.unwrap_or(f64::INFINITY);
        let (bids, health) = (ms(self.bids.latency.p99_us), ms(self.health.latency.p99_us));
        let (reads, sign_in) = (
            ms(self.reads.latency.p99_us),
            ms(self.sign_ins.latency.max_us),
        );
        let failed =
            self.refused_in_time + self.health.failed + self.reads.failed + self.sign_ins.failed;
        let met = bids < BIDS_P99_MS
            && award < AWARD_MS
            && health < HEALTH_P99_MS
            && reads < READS_P99_MS
            && sign_in < SIGN_IN_MS
            && failed == 0;
        let text = format!(
            "{} from {}: bids p99 {bids:.0} ms (below {BIDS_P99_MS:.0}), award {award:.0} ms (below {AWARD_MS:.0}), /healthz p99 {health:.0} ms (below {HEALTH_P99_MS:.0}), reads p99 {reads:.0} ms (below {READS_P99_MS:.0}), sign-in at most {sign_in:.0} ms (below {SIGN_IN_MS:.0}), {failed} honest requests refused (0)",
            self.title(),
            self.addresses
        );
        (text, met)
    }
}

fn ms(us: u64) -> f64 {
    us as f64 / 1_000.0
}
