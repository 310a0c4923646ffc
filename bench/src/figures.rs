//! The figures of a run, and statistics over several runs.

use serde::Serialize;
use std::collections::BTreeMap;

/// Response times in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Latency {
    pub p50_us: u64,
    pub p95_us: u64,
    pub p99_us: u64,
    pub max_us: u64,
}

impl Latency {
    /// From these times, in any order; all 0 if there are none.
    #[must_use]
    pub fn of(mut times_us: Vec<u64>) -> Self {
        times_us.sort_unstable();
        let at = |percent: usize| {
            // The nearest rank: the smallest time that this percentage of the times do not exceed.
            let rank = (times_us.len() * percent).div_ceil(100).max(1);
            times_us.get(rank - 1).copied().unwrap_or(0)
        };
        Self {
            p50_us: at(50),
            p95_us: at(95),
            p99_us: at(99),
            max_us: times_us.last().copied().unwrap_or(0),
        }
    }
}

/// One measured run of one side of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Run {
    /// Complete answers with any status.
    pub answers: u64,
    /// Answers by their status.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests without an answer: failed connections, timeouts, refusals by the load generator itself.
    pub errors: u64,
    /// Answers that the scenario does not expect.
    pub unexpected: u64,
    pub seconds: f64,
    pub bytes: u64,
    /// Units of the scenario (bids, reads) per second.
    pub rate: f64,
    pub latency: Latency,
}

/// Statistics of a figure over several runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Spread {
    pub median: f64,
    pub min: f64,
    pub max: f64,
}

impl Spread {
    /// From these figures; all 0 if there are none.
    #[must_use]
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_unstable_by(f64::total_cmp);
        let (Some(min), Some(max)) = (figures.first(), figures.last()) else {
            return Self::default();
        };
        let middle = figures.len() / 2;
        let median = if figures.len().is_multiple_of(2) {
            f64::midpoint(figures[middle - 1], figures[middle])
        } else {
            figures[middle]
        };
        Self {
            median,
            min: *min,
            max: *max,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_use_the_nearest_rank() {
        let latency = Latency::of((1..=200).rev().collect());
        assert_eq!(
            latency,
            Latency {
                p50_us: 100,
                p95_us: 190,
                p99_us: 198,
                max_us: 200
            }
        );
        assert_eq!(Latency::of(vec![7]).p50_us, 7);
        assert_eq!(Latency::of(Vec::new()), Latency::default());
    }

    #[test]
    fn the_median_of_an_even_number_of_figures_is_midway_between_the_middle_two() {
        let spread = Spread::of([4.0, 1.0, 3.0, 2.0]);
        assert_eq!((spread.median, spread.min, spread.max), (2.5, 1.0, 4.0));
        assert_eq!(Spread::of([5.0, 9.0, 1.0]).median, 5.0);
        assert_eq!(Spread::of([]), Spread::default());
    }
}
