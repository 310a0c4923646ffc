//! The task that polls the outbox, one a process.
//!
//! It runs every 100 ms while somebody watches a topic or programs read projects, and at most every 20 ms when new
//! watchers wait. Changed projects and those of new watchers are read together, up to 1,000 a statement. Waiting
//! watchers are answered as soon as their projects were read.
//!
//! Each statement has 5 s. If one fails, the next poll reads what it was to read. While the database does not answer,
//! polls back off to 5 s. If the task panics, the next watcher starts it again.

use super::{Shared, watched::Turn};
use guildhall::{
    Error, Result,
    live::{self, Snapshot, Topic},
    project::ProjectId,
    store::Connection,
};
use sqlx::{PgPool, Postgres, pool::PoolConnection};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};

/// How often it looks.
const PERIOD: Duration = Duration::from_millis(100);
/// How often at most, when people come.
const LEAST_PERIOD: Duration = Duration::from_millis(20);
/// How long one statement may take: a connection that died without a word must not stop the pages.
const BOUND: Duration = Duration::from_secs(5);
/// The longest pause while the database does not answer.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How many topics are read by one statement.
const TOGETHER: usize = 1_000;

/// Looks until nobody wants to know any more, or the server stops.
pub(super) async fn run(shared: Arc<Shared>) {
    // Should it fall over, the next who comes starts it again.
    let mut running = Running {
        shared: &shared,
        has_ended: false,
    };
    let mut feed = Feed::new(&shared.pool);
    let mut pause = PERIOD;
    loop {
        let Some(mut turn) = shared
            .lock()
            .begin(shared.unchanged.is_wanted(Instant::now()))
        else {
            running.has_ended = true;
            return;
        };
        match feed.look(&shared, &mut turn).await {
            Ok(()) => {
                if pause > PERIOD {
                    tracing::info!("the database tells again what changed");
                }
                pause = PERIOD;
                shared.lock().looked();
            }
            Err(error) => {
                if pause == PERIOD {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the database does not tell what changed; open pages wait, and it is asked again"
                    );
                }
                pause = LONGEST_PAUSE.min(pause * 2);
                shared.lock().ask_again(turn);
            }
        }
        tokio::select! {
            () = sleep(pause) => {}
            () = woken(&shared, pause) => {}
            () = shared.pool.close_event() => return,
        }
    }
}

/// Returns when somebody came. While the database does not answer it is not asked more often for that.
async fn woken(shared: &Shared, pause: Duration) {
    if pause > PERIOD {
        std::future::pending::<()>().await;
    }
    sleep(LEAST_PERIOD).await;
    shared.wake.notified().await;
}

struct Running<'s> {
    shared: &'s Shared,
    /// By itself, and those who come know it.
    has_ended: bool,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.shared.lock().stopped();
        }
    }
}

struct Feed<'p> {
    pool: &'p PgPool,
    /// Kept from look to look, so that no crowd of requests is in front of it.
    connection: Option<PoolConnection<Postgres>>,
    /// None at first and after a look that failed: however long that lasted, what happened meanwhile is not looked through,
    /// and everything is asked for anew.
    since: Option<Snapshot>,
}

impl<'p> Feed<'p> {
    const fn new(pool: &'p PgPool) -> Self {
        Self {
            pool,
            connection: None,
            since: None,
        }
    }

    async fn look(&mut self, shared: &Shared, turn: &mut Turn) -> Result<()> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.pool.acquire().await?,
        };
        let looked = self.look_by(&mut connection, shared, turn).await;
        match looked {
            Ok(()) => self.connection = Some(connection),
            Err(_) => {
                // It may still wait for an answer that nobody wants, and the next may lead to another database.
                connection.close_on_drop();
                self.since = None;
            }
        }
        looked
    }

    async fn look_by(
        &mut self,
        db: &mut Connection,
        shared: &Shared,
        turn: &mut Turn,
    ) -> Result<()> {
        let began = Instant::now();
        let look = bounded(live::look(db, self.since.as_ref())).await?;
        let projects: Vec<_> = look
            .topics
            .iter()
            .filter_map(|topic| topic.project())
            .collect();
        shared
            .unchanged
            .looked(began, Instant::now(), &projects, look.all);
        // Marked and gone on from in one step: whatever fails after it, what is marked stays so until it was read.
        let due = {
            let mut watched = shared.lock();
            watched.changed(&look);
            self.since = Some(look.snapshot);
            watched.due(turn)
        };
        let mut read = 0;
        turn.answer(read);
        for topics in due.chunks(TOGETHER) {
            publish(db, shared, topics).await?;
            read += topics.len();
            turn.answer(read);
        }
        Ok(())
    }
}

async fn publish(db: &mut Connection, shared: &Shared, topics: &[Topic]) -> Result<()> {
    let projects: Vec<ProjectId> = topics.iter().filter_map(|topic| topic.project()).collect();
    let figures = bounded(live::figures(db, &projects)).await?;
    shared.lock().publish(topics, figures);
    Ok(())
}

async fn bounded<T>(statement: impl Future<Output = Result<T>>) -> Result<T> {
    let answered = timeout(BOUND, statement).await;
    answered.map_err(Error::unexpected)?
}
