//! Cached reads for pages: projects with their histories, lists, the front page, the clock, descriptions.
//!
//! Invariant: a project's page shows a single moment. The project and its history are read in one repeatable-read
//! transaction, for all viewers at once, so the count, the lowest bid and the list agree.
//!
//! A signed-in viewer gets a read that began after its request; all others get one that is at most 250 ms old. A
//! project that has ended is not read again while it is known to be unchanged. The archive is the same for all viewers.
//! Descriptions are rendered once, because a published text never changes. Projects, pictures of bid histories, lists,
//! the archive and descriptions take up to 64 MB each.

use super::visit::Visit;
use crate::{
    cache::read_cache::{Freshness, ReadCache, shared_error},
    database::outage,
    live::LiveStreams,
    markdown,
};
use app::pages::Home;
use guildhall::{
    Error, Result,
    archive::{ArchivePage, PriceStatistics},
    bid::{self, History, Staircase, StaircaseStep},
    cpu::CpuPool,
    fairness::Submitter,
    project::{self, Listing, Project, ProjectId, State},
    store,
};
use moka::future::Cache;
use sqlx::PgPool;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use time::OffsetDateTime;

/// The maximum sizes, in bytes, of the caches of projects, of lists and of descriptions.
const PROJECTS_BYTES: u64 = 64 * 1024 * 1024;
const LISTS_BYTES: u64 = 64 * 1024 * 1024;
const DESCRIPTIONS_BYTES: u64 = 64 * 1024 * 1024;
/// The approximate size of a bid in a history, and of a project in a list.
const BID_BYTES: usize = 120;
const SUMMARY_BYTES: usize = 800;
/// How far behind the price statistics may be: they cover thousands of auctions, and few more end within a minute.
const STATISTICS_LIFE: Duration = Duration::from_mins(1);

/// A project and its history, both as of one moment.
pub(super) struct ProjectView {
    /// When its read began.
    pub as_of: Instant,
    pub project: Project,
    pub history: History,
}

/// Recently read contents of pages.
pub(super) struct PageCache {
    projects: ReadCache<ProjectId, Option<Arc<ProjectView>>>,
    /// Keyed by filter, order and page.
    pub lists: ReadCache<String, Arc<Listing>>,
    /// Pages and files of the archive, by filter, order, start and length.
    pub archive: ReadCache<String, Arc<ArchivePage>>,
    pub statistics: ReadCache<(), Arc<PriceStatistics>>,
    pub staircases: ReadCache<ProjectId, Option<Arc<Staircase>>>,
    /// With the moment its read began.
    pub home: ReadCache<(), (Instant, Arc<Home>)>,
    clock: ReadCache<(), ClockReading>,
    descriptions: Cache<ProjectId, Arc<str>>,
}

/// A reading of the database's clock, and when it was taken according to this server's own.
#[derive(Debug, Clone, Copy)]
struct ClockReading {
    at: OffsetDateTime,
    read_at: Instant,
}

impl Default for PageCache {
    fn default() -> Self {
        let weigh = |_: &ProjectId, html: &Arc<str>| u32::try_from(html.len()).unwrap_or(u32::MAX);
        Self {
            projects: ReadCache::new(PROJECTS_BYTES, |_, view: &Option<Arc<ProjectView>>| {
                view.as_ref().map_or(0, |view| {
                    view.project.description.len() + SUMMARY_BYTES + view.history.len() * BID_BYTES
                })
            }),
            lists: ReadCache::new(LISTS_BYTES, |key: &String, listing: &Arc<Listing>| {
                key.len() + listing.projects.len() * SUMMARY_BYTES
            }),
            archive: ReadCache::new(LISTS_BYTES, |key: &String, page: &Arc<ArchivePage>| {
                key.len() + page.auctions.len() * SUMMARY_BYTES
            }),
            staircases: ReadCache::new(PROJECTS_BYTES, |_, staircase: &Option<Arc<Staircase>>| {
                staircase.as_ref().map_or(0, |staircase| {
                    staircase.project.description.len()
                        + SUMMARY_BYTES
                        + staircase.steps.len() * size_of::<StaircaseStep>()
                })
            }),
            statistics: ReadCache::new(1_000_000, |(), _| 1).for_up_to(STATISTICS_LIFE),
            home: ReadCache::new(1_000_000, |(), _| 1),
            clock: ReadCache::new(1_000_000, |(), _| 1),
            descriptions: Cache::builder()
                .max_capacity(DESCRIPTIONS_BYTES)
                .weigher(weigh)
                .build(),
        }
    }
}

impl PageCache {
    /// A published project with its history. An open project's page counts down from the moment of the read, so an open
    /// project is read again whenever its entry has expired. An ended project stays cached as long as `live` knows of
    /// no change.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn project(
        &self,
        pool: &PgPool,
        live: &LiveStreams,
        id: ProjectId,
        freshness: Freshness,
    ) -> Result<Arc<ProjectView>> {
        let read = async || {
            let as_of = Instant::now();
            let db = &mut *pool.acquire().await?;
            // One snapshot, so that the figures agree with the history.
            let mut tx = store::snapshot(db).await?;
            let project = match project::find(&mut tx, id).await {
                Err(Error::NotFound) => return Ok(None),
                found => found?,
            };
            let history = bid::history(&mut tx, &project).await?;
            tx.commit().await?;
            Ok(Some(Arc::new(ProjectView {
                as_of,
                project,
                history,
            })))
        };
        let confirmed = |found: &Option<Arc<ProjectView>>, began| {
            let has_ended = |view: &&Arc<ProjectView>| view.project.state() != State::Open;
            found.as_ref().filter(has_ended)?;
            live.unchanged_until(id, began)
        };
        let found = self
            .projects
            .get_confirmed(&id, freshness, confirmed, read)
            .await?;
        found.ok_or(Error::NotFound)
    }

    /// The description of a published project as HTML. A published text never changes, so it is rendered once.
    ///
    /// # Errors
    /// `Busy` if the description is long and too much else is being rendered.
    pub async fn description(
        &self,
        heavy: &CpuPool,
        client: Submitter,
        project: &Project,
    ) -> Result<Arc<str>> {
        let render = async {
            let text = project.description.clone();
            markdown::rendered(heavy, client, text)
                .await
                .map(Into::into)
        };
        let rendered = self.descriptions.try_get_with(project.id, render).await;
        rendered.map_err(shared_error)
    }

    /// The database's clock: a recent reading, plus the time that has passed since on this server's own clock.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn clock(&self, pool: &PgPool) -> Result<OffsetDateTime> {
        if outage::is_memory_only() {
            let clock = self.last_clock().await;
            return clock.ok_or_else(|| outage::unreachable(false));
        }
        let read = async || {
            let at = store::now(&mut *pool.acquire().await?).await?;
            // Taken after the answer, so the clock may be late by the round trip but is never early.
            let read_at = Instant::now();
            Ok(ClockReading { at, read_at })
        };
        let reading = self.clock.get(&(), Freshness::Recent, read).await?;
        Ok(reading.at + reading.read_at.elapsed())
    }

    /// The clock according to the last reading, however old.
    pub async fn last_clock(&self) -> Option<OffsetDateTime> {
        let reading = self.clock.last(&()).await?;
        Some(reading.at + reading.read_at.elapsed())
    }
}

impl Visit {
    /// How fresh the page must be. A signed-in viewer may have just written something, perhaps through another server,
    /// and must see it.
    pub fn freshness(&self) -> Freshness {
        match self.viewer {
            Some(_) => Freshness::Now,
            None => Freshness::Recent,
        }
    }
}
