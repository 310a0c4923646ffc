//! The task that polls the outbox, one per process.
//!
//! It polls every 100 ms while somebody watches a topic or programs read projects, and up to every 20 ms while new
//! watchers are waiting. Changed projects and those of new watchers are read together, up to 1,000 per statement.
//! Waiting watchers are answered as soon as their projects have been read.
//!
//! Each statement may take 5 s. If one fails, the next poll reads what it should have read. While the database does not
//! answer, polls back off to one every 5 s. If the task panics, the next caller starts it again.

use super::{
    LiveShared,
    watched_topics::{PollRound, WatchedTopics},
};
use guildhall::{
    Error, Result,
    batch::Task,
    live::{self, Snapshot, Topic},
    notice,
    project::ProjectId,
    store::Connection,
};
use sqlx::{PgPool, Postgres, pool::PoolConnection};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};

/// The time between polls.
const PERIOD: Duration = Duration::from_millis(100);
/// The shortest time between polls while a watcher is waiting.
const MIN_PERIOD: Duration = Duration::from_millis(20);
/// How long one statement may take: a connection that died silently must not freeze open pages.
const BOUND: Duration = Duration::from_secs(5);
/// The longest pause while the database does not answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How often open pages are reported. A buyer whose page was reported in the last 40 s gets no notice of being outbid.
const REPORT_PERIOD: Duration = Duration::from_secs(15);
/// How many topics one statement reads.
const MAX_TOPICS_PER_READ: usize = 1_000;

/// Polls until nobody watches or reads projects any more, or the server stops.
pub(super) async fn run(shared: Arc<LiveShared>, mut task: Task<WatchedTopics>) {
    let mut feed = Feed::new(&shared.pool);
    let mut pause = PERIOD;
    while task.continues() {
        let mut round = task.take(WatchedTopics::begin);
        match feed.poll(&shared, &mut round).await {
            Ok(()) => {
                if pause > PERIOD {
                    tracing::info!("the outbox can be polled again");
                }
                pause = PERIOD;
                shared.lock().record_poll();
            }
            Err(error) => {
                if pause == PERIOD {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "polling the outbox failed; open pages get no updates until a poll succeeds"
                    );
                }
                pause = LONGEST_PAUSE.min(pause * 2);
                shared.lock().requeue(round);
            }
        }
        tokio::select! {
            () = sleep(pause) => {}
            () = wait_for_watcher(&shared, pause) => {}
            () = shared.pool.close_event() => return,
        }
    }
}

/// Returns when a watcher is waiting; never during a back-off, so that new watchers do not cause more polls.
async fn wait_for_watcher(shared: &LiveShared, pause: Duration) {
    if pause > PERIOD {
        std::future::pending::<()>().await;
    }
    sleep(MIN_PERIOD).await;
    shared.wake.notified().await;
}

struct Feed<'p> {
    pool: &'p PgPool,
    /// Kept between polls, so that the feed never queues behind requests for a connection.
    connection: Option<PoolConnection<Postgres>>,
    /// `None` at first and after a failed poll. Everything is then read again, because an outage of any length may have
    /// produced more changes than are worth searching for.
    since: Option<Snapshot>,
    /// When the open pages were last reported.
    reported_at: Option<Instant>,
}

impl<'p> Feed<'p> {
    const fn new(pool: &'p PgPool) -> Self {
        Self {
            pool,
            connection: None,
            since: None,
            reported_at: None,
        }
    }

    async fn poll(&mut self, shared: &LiveShared, round: &mut PollRound) -> Result<()> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.pool.acquire().await?,
        };
        let result = self.poll_by(&mut connection, shared, round).await;
        match result {
            Ok(()) => self.connection = Some(connection),
            Err(_) => {
                // The connection may still be executing the abandoned statement. The next one may reach another
                // database, where the snapshot means nothing.
                connection.close_on_drop();
                self.since = None;
            }
        }
        result
    }

    async fn poll_by(
        &mut self,
        db: &mut Connection,
        shared: &LiveShared,
        round: &mut PollRound,
    ) -> Result<()> {
        let began = Instant::now();
        let poll = bounded(live::poll(db, self.since.as_ref())).await?;
        let projects: Vec<_> = poll
            .topics
            .iter()
            .filter_map(|topic| topic.project())
            .collect();
        // Which cached answers contain the old name is not tracked, because names rarely change.
        let all = poll.all || poll.has_new_name;
        shared.changes.record(began, Instant::now(), &projects, all);
        // Mark the changes and list what is due under one lock. If anything fails later, topics that are marked stale
        // stay so until they have been read.
        let due = {
            let mut watched = shared.lock();
            watched.changed(&poll);
            self.since = Some(poll.snapshot);
            watched.due(round)
        };
        let mut read = 0;
        round.answer(read);
        for topics in due.chunks(MAX_TOPICS_PER_READ) {
            publish(db, shared, topics).await?;
            read += topics.len();
            round.answer(read);
        }
        self.report(db, shared).await
    }

    /// Reports which buyers have which projects' pages open.
    async fn report(&mut self, db: &mut Connection, shared: &LiveShared) -> Result<()> {
        if self
            .reported_at
            .is_some_and(|at| at.elapsed() < REPORT_PERIOD)
        {
            return Ok(());
        }
        let open = shared.presences.all();
        if !open.is_empty() {
            bounded(notice::mark_seen(db, &open)).await?;
            self.reported_at = Some(Instant::now());
        }
        Ok(())
    }
}

async fn publish(db: &mut Connection, shared: &LiveShared, topics: &[Topic]) -> Result<()> {
    let projects: Vec<ProjectId> = topics.iter().filter_map(|topic| topic.project()).collect();
    let figures = bounded(live::figures(db, &projects)).await?;
    shared.lock().publish(topics, figures);
    Ok(())
}

async fn bounded<T>(statement: impl Future<Output = Result<T>>) -> Result<T> {
    let answered = timeout(BOUND, statement).await;
    answered.map_err(Error::unexpected)?
}
