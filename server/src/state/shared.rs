use super::{Callers, RequestLimits, Settings};
use crate::{
    config::ServeConfig,
    database::outage::Breaker,
    live::LiveStreams,
    mail::Mailer,
    monitoring::{disk, readiness::Readiness},
    runtime::heavy,
};
use anyhow::Context;
use guildhall::{
    bid::Combiner, cpu::CpuPool, disk::Disk, fairness::Turns, project::TotalCache, quota::Quotas,
};
use sqlx::PgPool;
use std::{ops::Deref, sync::Arc, time::Duration};

/// At most this many project texts are stored or previewed at the same time. PostgreSQL splits each into words, which
/// takes milliseconds of CPU time, and those of one account are processed one after another anyway.
const MAX_DRAFTING: u32 = 3;
/// How many connections the pool must have for each of these texts; one is allowed with any pool.
const CONNECTIONS_PER_DRAFTING: u32 = 10;

/// The state shared by pages and the API. Each request clones it several times; cloning only increments a count.
#[derive(Clone)]
pub struct Shared(Arc<SharedParts>);

/// The contents of [`Shared`].
pub struct SharedParts {
    pub pool: PgPool,
    /// Tracks whether the database responds.
    pub(crate) breaker: Breaker,
    /// Combines concurrent bids into shared transactions.
    pub(crate) bids: Combiner,
    /// For CPU-heavy work other than passwords.
    pub(crate) heavy: CpuPool,
    /// Limits how many projects are published, saved and previewed at a time: each occupies a connection and a core for
    /// longer than anything else.
    pub(crate) drafting: Turns,
    /// Limits how much each account stores.
    pub(crate) quotas: Quotas,
    pub(crate) settings: Settings,
    /// Limits API calls per caller, and polls by open pages.
    pub(crate) request_limits: RequestLimits,
    /// Caches recently valid tokens.
    pub(crate) callers: Callers,
    /// Caches the totals of searches with too many results to count every time.
    pub(crate) totals: TotalCache,
    /// Sends mail, or keeps it.
    pub(crate) mailer: Mailer,
    /// Changes to projects, for open pages and for caches.
    pub(crate) live: LiveStreams,
    /// How much disk space the private PostgreSQL has left, once it is monitored.
    pub disk: Disk,
    /// What `/readyz` reports besides the database.
    pub readiness: Readiness,
}

impl Deref for Shared {
    type Target = SharedParts;

    fn deref(&self) -> &SharedParts {
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
        let mut settings = Settings::new(config)?;
        let mailer = Mailer::new(&config.mail, &settings.base_url, &pool)?;
        settings.shows_mail &= mailer.keeps();
        let sending = mailer.clone();
        readiness.add("mail", move || sending.finding());
        let drafting = config.database.database_connections / CONNECTIONS_PER_DRAFTING;
        let drafting = drafting.clamp(1, MAX_DRAFTING);
        let signed_in = Duration::from_secs(config.live_signed_in_seconds.into());
        Ok(Self(Arc::new(SharedParts {
            mailer,
            live: LiveStreams::new(pool.clone(), signed_in),
            pool,
            breaker: Breaker::default(),
            bids,
            heavy: heavy::pool().context("the threads for heavy work did not start")?,
            drafting: Turns::new(drafting as usize),
            quotas: Quotas {
                sign_ups_per_address: config.sign_ups_per_address,
                daily: !config.no_daily_limits,
            },
            settings,
            request_limits: RequestLimits::new(config.api_rate_limit),
            callers: Callers::default(),
            totals: TotalCache::default(),
            disk,
            readiness,
        })))
    }
}
