//! One request of an honest client, and statistics of many.

use crate::figures::Latency;
use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::Instant;

/// How long an honest client waits. The latency of a request without an answer counts as at least this.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// A request and its answer.
#[derive(Debug, Clone)]
pub struct Sample {
    /// When it should have been sent, whatever came before it.
    pub due: Instant,
    pub sent: Instant,
    pub done: Instant,
    /// 0 if there was no answer.
    pub status: u16,
    /// Details of an unexpected answer; empty if it was as expected.
    pub reason: String,
}

impl Sample {
    /// Measured from when it was due, so that a late client does not hide a slow server.
    #[must_use]
    pub fn latency(&self) -> Duration {
        if self.status == 0 {
            return TIMEOUT.max(self.done - self.due);
        }
        self.done - self.due
    }

    /// Measured from when it was sent.
    #[must_use]
    pub fn answer_time(&self) -> Duration {
        self.done - self.sent
    }
}

/// Statistics of a group of requests.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LatencySummary {
    pub sent: u64,
    /// Counts by status and reason.
    pub answers: BTreeMap<String, u64>,
    /// Requests without an answer, or with an unexpected status.
    pub failed: u64,
    pub latency: Latency,
}

impl LatencySummary {
    /// Statistics of these samples, measured from when they were due; `successes` are the success statuses.
    pub fn of<'a>(samples: impl IntoIterator<Item = &'a Sample>, successes: &[u16]) -> Self {
        Self::by(samples, successes, Sample::latency)
    }

    /// The same, with another measure of time.
    pub fn by<'a>(
        samples: impl IntoIterator<Item = &'a Sample>,
        successes: &[u16],
        took: fn(&Sample) -> Duration,
    ) -> Self {
        let mut summary = Self::default();
        let mut times = Vec::new();
        for sample in samples {
            summary.sent += 1;
            if !successes.contains(&sample.status) {
                summary.failed += 1;
            }
            let label = match (sample.status, sample.reason.as_str()) {
                (0, reason) => format!("no answer: {reason}"),
                (status, "") => status.to_string(),
                (status, reason) => format!("{status} {reason}"),
            };
            *summary.answers.entry(label).or_default() += 1;
            times.push(u64::try_from(took(sample).as_micros()).unwrap_or(u64::MAX));
        }
        summary.latency = Latency::of(times);
        summary
    }

    /// The answers as text, most frequent first: `201 × 180, 503 busy × 3`.
    #[must_use]
    pub fn answers_as_text(&self) -> String {
        let mut answers: Vec<(&String, &u64)> = self.answers.iter().collect();
        answers.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let parts: Vec<String> = answers
            .into_iter()
            .map(|(label, count)| format!("{label} × {count}"))
            .collect();
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(due: Instant, late_ms: u64, took_ms: u64, status: u16) -> Sample {
        let sent = due + Duration::from_millis(late_ms);
        Sample {
            due,
            sent,
            done: sent + Duration::from_millis(took_ms),
            status,
            reason: String::new(),
        }
    }

    #[test]
    fn time_counts_from_when_a_request_was_due() {
        let now = Instant::now();
        let samples = [sample(now, 0, 10, 201), sample(now, 400, 10, 201)];
        let summary = LatencySummary::of(&samples, &[201]);
        assert_eq!(summary.latency.p50_us, 10_000);
        assert_eq!(summary.latency.max_us, 410_000);
        let by_answer = LatencySummary::by(&samples, &[201], Sample::answer_time);
        assert_eq!(by_answer.latency.max_us, 10_000);
    }

    #[test]
    fn a_request_without_an_answer_counts_as_the_slowest() {
        let now = Instant::now();
        let samples = [sample(now, 0, 1, 200), sample(now, 0, 1, 0)];
        let summary = LatencySummary::of(&samples, &[200]);
        assert_eq!((summary.sent, summary.failed), (2, 1));
        assert_eq!(summary.latency.max_us, 20_000_000);
        assert_eq!(summary.answers["no answer: "], 1);
    }
}
