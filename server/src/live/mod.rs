//! Pages that stay open and are told what changed. One task a process looks at the database while somebody wants to know; what
//! it reads is rendered once and shared by everybody who watches the same page.

mod dashboard;
mod feed;
mod frame;
mod page;
mod places;
mod unchanged;
mod watched;

pub(crate) use dashboard::Dashboard;
pub(crate) use frame::News;
pub(crate) use page::Page;
pub(crate) use places::{Place, Places};

use frame::{HEART_BEAT, LOST};
use guildhall::{Error, Result, live::Topic, project::ProjectId};
use sqlx::PgPool;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    sync::{Notify, Semaphore, oneshot, watch},
    time::timeout,
};
use unchanged::{Since, Unchanged};
use watched::{Mailbox, Watched};

/// How long somebody waits for a look.
const PATIENCE: Duration = Duration::from_secs(5);
/// No page is told more often than once in this time: four times a second.
const PACE: Duration = Duration::from_millis(250);
/// How long a stream is silent at most: proxies cut off what looks dead.
const BEAT: Duration = Duration::from_secs(15);

/// How many dashboards are read at the same time: should all of them be due at once, requests have connections still.
const READERS: usize = 4;

/// What every stream of the process shares.
#[derive(Clone)]
pub(crate) struct Live(Arc<Shared>);

struct Shared {
    pool: PgPool,
    watched: Mutex<Watched>,
    unchanged: Unchanged,
    /// Somebody came, so the next look is not to be waited for.
    wake: Notify,
    readers: Semaphore,
    /// How long a dashboard's stream lasts at least. Then the viewer asks again, and has to be signed in still.
    signed_in: Duration,
}

impl Live {
    /// Dashboards last as long as `signed_in` and up to twice as long, so that not all end at once.
    pub fn new(pool: PgPool, signed_in: Duration) -> Self {
        Self(Arc::new(Shared {
            pool,
            watched: Mutex::default(),
            unchanged: Unchanged::default(),
            wake: Notify::new(),
            readers: Semaphore::new(READERS),
            signed_in,
        }))
    }

    /// Ends every stream and begins no other: the server stops.
    pub fn close(&self) {
        self.0.lock().close();
        self.0.wake.notify_one();
    }

    /// What becomes of one project, beginning with how it stands at this moment. However many come at once, they share one
    /// look at the database, and it begins after they came: nobody is told less than its own page knew.
    ///
    /// # Errors
    /// `NotFound` for drafts too, `Busy`.
    pub async fn project(&self, id: ProjectId) -> Result<watch::Receiver<Option<Arc<News>>>> {
        let (news, answer) = {
            let mut watched = self.0.lock();
            let topic = Topic::Project(id);
            let news = watched.watch(topic)?;
            (news, self.ask(&mut watched, vec![topic]))
        };
        answered(answer).await?;
        if news.borrow().is_none() {
            return Err(Error::NotFound);
        }
        Ok(news)
    }

    /// Lets the mailbox hear of the new ones until it leaves them. When this returns, how they and the others stand at this
    /// moment is known.
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
        let answer = {
            let mut watched = self.0.lock();
            for topic in &topics {
                watched.subscribe(*topic, mailbox)?;
            }
            self.ask(&mut watched, topics)
        };
        answered(answer).await
    }

    /// Notifies the mailbox of this topic from now on.
    fn follow(&self, topic: Topic, mailbox: &Arc<Mailbox>) -> Result<()> {
        self.0.lock().subscribe(topic, mailbox)
    }

    /// Until when nothing has changed about a project since `began`, if that is known. Whoever asks keeps the feed going.
    pub fn unchanged(&self, id: ProjectId, began: Instant) -> Option<Instant> {
        match self.0.unchanged.since(id, began, Instant::now()) {
            Since::Unchanged(until) => Some(until),
            Since::Changed => None,
            Since::NotKnown => {
                self.start(&mut self.0.lock());
                None
            }
        }
    }

    /// What is said when there is nothing new: that the line is not broken, and whether more than that is known.
    fn beat(&self) -> &'static str {
        let mut watched = self.0.lock();
        self.start(&mut watched);
        if watched.is_current() {
            HEART_BEAT
        } else {
            LOST
        }
    }

    /// Starts the feed unless it runs.
    fn start(&self, watched: &mut Watched) {
        if watched.start() {
            tokio::spawn(feed::run(self.0.clone()));
        }
    }

    fn ask(&self, watched: &mut Watched, topics: Vec<Topic>) -> oneshot::Receiver<()> {
        let answer = watched.ask(topics);
        self.start(watched);
        self.0.wake.notify_one();
        answer
    }
}

async fn answered(answer: oneshot::Receiver<()>) -> Result<()> {
    match timeout(PATIENCE, answer).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(busy()),
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn busy() -> Error {
    Error::Busy {
        retry_after: Duration::from_secs(5),
    }
}
