//! Streams for pages that stay open: a project's page for everybody, and a dashboard and the bell for their viewer.
//!
//! One task per process polls the outbox while somebody watches or programs read projects. What it reads is rendered
//! once, and shared by all watchers of the same project.
//!
//! - A stream follows topics (`live::Topic`): a project, or an account. A project has a state that all watchers share.
//!   An account has none: an event for it makes its dashboards and bells read the database again.
//! - A new watcher waits for a poll that begins after its request, and shares it with all who arrived meanwhile. So a
//!   page is never sent an older state than it was rendered with.
//! - A stream is never silent for more than 15 s, and sends an update at most four times per second.
//! - While the database does not answer, streams say so (`event: lost`) instead of presenting an old state as current.
//! - All streams end at once when the server stops.
//!
//! The outbox is polled because `NOTIFY` takes a global lock at commit. A poll that finds nothing costs very little.

mod account_stream;
mod bell;
mod dashboard;
mod feed;
mod frame;
mod page;
mod places;
mod presence;
mod recent_changes;
mod watched_topics;

pub(crate) use bell::BellStream;
pub(crate) use dashboard::Dashboard;
pub(crate) use frame::ProjectUpdate;
pub(crate) use page::ProjectStream;
pub(crate) use places::{StreamPlace, StreamPlaces};

use frame::{HEART_BEAT, LOST};
use guildhall::{
    Error, Result,
    batch::{BacklogGuard, Batcher},
    live::Topic,
    project::ProjectId,
};
use presence::Presences;
use recent_changes::{RecentChanges, Validity};
use sqlx::PgPool;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{Notify, Semaphore, oneshot, watch},
    time::timeout,
};
use watched_topics::{Mailbox, WatchedTopics};

/// How long a caller waits for its topics to be read.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The shortest time between two updates of a page.
const PACE: Duration = Duration::from_millis(250);
/// How long a stream may be silent: proxies close idle connections.
const BEAT: Duration = Duration::from_secs(15);

/// How many dashboards and bells are read at the same time: if all are due at once, requests still get connections.
const READERS: usize = 4;

/// What every stream of the process shares.
#[derive(Clone)]
pub(crate) struct LiveStreams(Arc<LiveShared>);

struct LiveShared {
    pool: PgPool,
    watched: Batcher<WatchedTopics>,
    changes: Arc<RecentChanges>,
    /// Notified when a watcher waits for a read, so that the next poll comes early.
    wake: Notify,
    readers: Semaphore,
    presences: Presences,
    /// The minimum duration of a dashboard's stream. To open it again, the viewer must still be signed in.
    signed_in: Duration,
}

impl LiveStreams {
    /// A dashboard's stream lasts one to two times `signed_in`, so that not all end at once.
    pub fn new(pool: PgPool, signed_in: Duration) -> Self {
        let changes = Arc::<RecentChanges>::default();
        let watched = WatchedTopics::new(changes.clone());
        Self(Arc::new(LiveShared {
            pool,
            watched: Batcher::new(watched, 1, None),
            changes,
            wake: Notify::new(),
            readers: Semaphore::new(READERS),
            presences: Presences::default(),
            signed_in,
        }))
    }

    /// Ends every stream and refuses new ones, because the server is stopping.
    pub fn close(&self) {
        self.0.lock().close();
        self.0.wake.notify_one();
    }

    /// The states of one project, beginning with the current one. Concurrent callers share one read of the database,
    /// which begins after their calls, so no page gets an older state than it was rendered with.
    ///
    /// # Errors
    /// `NotFound`, also for drafts; `Busy`.
    pub async fn project(
        &self,
        id: ProjectId,
    ) -> Result<watch::Receiver<Option<Arc<ProjectUpdate>>>> {
        let topic = Topic::Project(id);
        let (news, read) = self.request_read(|watched| {
            let news = watched.watch(topic)?;
            Ok((news, watched.request(vec![topic])))
        })?;
        within_bound(read).await?;
        if news.borrow().is_none() {
            return Err(Error::NotFound);
        }
        Ok(news)
    }

    /// Subscribes the mailbox to all these projects. When this returns, their current states have been read.
    async fn projects(
        &self,
        new: &[ProjectId],
        others: &[ProjectId],
        mailbox: &Arc<Mailbox>,
    ) -> Result<()> {
        let ids = new.iter().chain(others).copied();
        let topics: Vec<Topic> = ids.map(Topic::Project).collect();
        if topics.is_empty() {
            return Ok(());
        }
        let read = self.request_read(|watched| {
            for topic in &topics {
                watched.subscribe(*topic, mailbox)?;
            }
            Ok(watched.request(topics))
        })?;
        within_bound(read).await
    }

    /// Subscribes the mailbox to this topic, and keeps the feed running for it.
    fn follow(&self, topic: Topic, mailbox: &Arc<Mailbox>) -> Result<()> {
        self.change(|watched| watched.subscribe(topic, mailbox))
    }

    /// Until when the project is known to be unchanged since `began`, if at all. Every call keeps the feed running.
    pub fn unchanged_until(&self, id: ProjectId, began: Instant) -> Option<Instant> {
        match self.0.changes.validity(id, began, Instant::now()) {
            Validity::Until(until) => Some(until),
            Validity::Changed => None,
            Validity::Unknown => {
                self.change(|_| ());
                None
            }
        }
    }

    /// The event to send when nothing is new: the connection is alive, and the page's state is current or may not be.
    fn beat(&self) -> &'static str {
        if self.change(|watched| watched.is_current()) {
            HEART_BEAT
        } else {
            LOST
        }
    }

    /// What every stream begins with.
    fn opening(&self) -> String {
        frame::opening(self.change(|watched| watched.now()))
    }

    /// Changes what is watched, and starts the feed unless it is running.
    fn change<R>(&self, change: impl FnOnce(&mut WatchedTopics) -> R) -> R {
        let shared = &self.0;
        shared
            .watched
            .submit(change, |task| feed::run(shared.clone(), task))
    }

    /// Like `change`, but also wakes the feed for a read.
    fn request_read<R>(&self, request: impl FnOnce(&mut WatchedTopics) -> Result<R>) -> Result<R> {
        let receiver = self.change(request)?;
        self.0.wake.notify_one();
        Ok(receiver)
    }
}

async fn within_bound(read: oneshot::Receiver<()>) -> Result<()> {
    match timeout(TIMEOUT, read).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(busy()),
    }
}

impl LiveShared {
    fn lock(&self) -> BacklogGuard<'_, WatchedTopics> {
        self.watched.lock()
    }
}

fn busy() -> Error {
    Error::Busy {
        retry_after: Duration::from_secs(5),
    }
}
