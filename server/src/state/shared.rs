use super::{Callers, RequestLimits, Settings};
use crate::{
    config::ServeConfig,
    database::outage::Breaker,
    live::Live,
    monitoring::{disk, readiness::Readiness},
    runtime::heavy,
};
use anyhow::Context;
use guildhall::{
    bid::Combiner, cpu::CpuPool, disk::Disk, fairness::Turns, project::TotalCache, quota::Quotas,
};
use sqlx::PgPool;
use std::{ops::Deref, sync::Arc, time::Duration};

/// The most texts of projects that are stored or shown at a time. PostgreSQL splits each into words, which takes a core
/// milliseconds, and those of one account wait for each other anyway.
const MOST_DRAFTING: u32 = 3;
/// The least connections for each of them.
const CONNECTIONS_PER_DRAFTING: u32 = 10;

/// The parts that pages and the API share. Each request makes some copies of it, so a copy is one count more.
#[derive(Clone)]
pub struct Shared(Arc<Parts>);

/// What [`Shared`] is made of.
pub struct Parts {
    pub pool: PgPool,
    /// Whether the database answers.
    pub(crate) breaker: Breaker,
    /// Bids that come at the same time and share a transaction.
    pub(crate) bids: Combiner,
    /// For what is heavy apart from passwords.
    pub(crate) heavy: CpuPool,
    /// Turns for publishing, saving and previewing projects, which hold a connection and a core for longer than anything else.
    pub(crate) drafting: Turns,
    /// Counts what is stored.
    pub(crate) quotas: Quotas,
    pub(crate) settings: Settings,
    /// How many calls of the API each caller may make, and polls of open pages.
    pub(crate) request_limits: RequestLimits,
    /// Whose tokens were good a moment ago.
    pub(crate) callers: Callers,
    /// Totals of searches that were too many to count.
    pub(crate) totals: TotalCache,
    /// What becomes of projects, for pages that stay open and for whoever remembers an answer.
    pub(crate) live: Live,
    /// How much of the private PostgreSQL's disk is free, once it is watched.
    pub disk: Disk,
    /// What `/readyz` names beside the database.
    pub readiness: Readiness,
}

impl Deref for Shared {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Shared {
    /// # Errors
    /// One sentence on what is missing or wrong.
    pub(crate) fn new(bids: Combiner, pool: PgPool, config: &ServeConfig) -> anyhow::Result<Self> {
        let (disk, readiness) = (Disk::default(), Readiness::default());
        let watched = disk.clone();
        readiness.add("disk", move || disk::finding(&watched));
        let drafting = config.database.database_connections / CONNECTIONS_PER_DRAFTING;
        let drafting = drafting.clamp(1, MOST_DRAFTING);
        let signed_in = Duration::from_secs(config.live_signed_in_seconds.into());
        Ok(Self(Arc::new(Parts {
            live: Live::new(pool.clone(), signed_in),
            pool,
            breaker: Breaker::default(),
            bids,
            heavy: heavy::pool().context("the threads for heavy work did not start")?,
            drafting: Turns::new(drafting as usize),
            quotas: Quotas {
                sign_ups_per_address: config.sign_ups_per_address,
                daily: !config.no_daily_limits,
            },
            settings: Settings::new(config)?,
            request_limits: RequestLimits::new(config.api_rate_limit),
            callers: Callers::default(),
            totals: TotalCache::default(),
            disk,
            readiness,
        })))
    }
}
