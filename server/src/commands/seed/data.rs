//! The shape of `demo.toml`.

use anyhow::{Context, ensure};
use serde::Deserialize;
use std::time::Duration;

/// The accounts and projects of the demo.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Demo {
    pub seller: Vec<DemoPerson>,
    pub buyer: Vec<DemoPerson>,
    pub project: Vec<Work>,
    pub search: Vec<DemoSearch>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DemoPerson {
    pub name: String,
    pub email: String,
}

/// A saved search of a buyer; an empty filter is left out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DemoSearch {
    pub buyer: usize,
    pub name: String,
    pub frequency: String,
    #[serde(default)]
    pub q: String,
    #[serde(default)]
    pub category: String,
    #[serde(default)]
    pub budget_from: String,
    #[serde(default)]
    pub work_place: String,
}

/// The final state of a demo project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum End {
    Draft,
    Open,
    Awarded,
    Unawarded,
    Cancelled,
}

impl End {
    pub(super) const fn has_ended(self) -> bool {
        matches!(self, Self::Awarded | Self::Unawarded)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Work {
    pub seller: usize,
    pub name: String,
    pub summary: String,
    pub description: String,
    pub budget: String,
    pub currency: String,
    pub category: String,
    pub skills: Vec<String>,
    pub state: End,
    pub closes_in_minutes: Option<u64>,
    pub closes_in_seconds: Option<u64>,
    /// Bids as (bidder index, amount), in the order they are placed.
    pub bids: Vec<(usize, String)>,
    pub work_place: Option<String>,
    pub site: Option<String>,
    /// The delivery date, counted from the deadline.
    pub delivery_in_days: Option<i64>,
    pub duration_days: Option<u16>,
    #[serde(default)]
    pub withdrawn: Vec<usize>,
    /// The buyers who watch the project.
    #[serde(default)]
    pub watched_by: Vec<usize>,
}

impl Work {
    /// How long an open project stays open; drafts and cancelled projects get a week.
    pub(super) fn open_for(&self) -> Duration {
        let seconds = self
            .closes_in_seconds
            .or(self.closes_in_minutes.map(|minutes| minutes * 60));
        Duration::from_secs(seconds.unwrap_or(7 * 24 * 3600))
    }
}

/// Parses the demo data, which is compiled in.
pub(super) fn read() -> anyhow::Result<Demo> {
    let demo: Demo = toml::from_str(include_str!("demo.toml")).context("demo.toml")?;
    ensure!(
        !demo.seller.is_empty() && demo.buyer.len() > 1,
        "demo.toml needs a seller and two buyers"
    );
    let known = |work: &Work| {
        work.seller < demo.seller.len()
            && work
                .bids
                .iter()
                .map(|(buyer, _)| buyer)
                .chain(&work.withdrawn)
                .chain(&work.watched_by)
                .all(|buyer| *buyer < demo.buyer.len())
    };
    ensure!(
        demo.project.iter().all(known)
            && (demo.search.iter()).all(|search| search.buyer < demo.buyer.len()),
        "demo.toml refers to people it does not define"
    );
    Ok(demo)
}
