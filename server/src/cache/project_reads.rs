//! Batches reads of single projects: while statements run, the next batch fills.
//!
//! There is no timer, so a read that arrives alone is issued at once.
//!
//! A statement reads up to 100 projects. Up to three statements run at a time. Another one starts only when more than
//! 100 reads are waiting, so that as many as possible share its cost. A statement may take 5 s by our own clock,
//! because a database that hangs does not enforce its own timeouts. If the last task panics, all waiting callers get
//! an error, and the next call starts another task.

use super::read_cache::shared_error;
use guildhall::{
    Error, Result,
    batch::{Batcher, Fifo, FifoLimits, PendingRequest, Task},
    project::{self, Project, ProjectId},
};
use sqlx::PgPool;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::time::timeout;

/// How many projects one statement reads, and how many callers may wait. Each caller is a request, and other limits
/// admit fewer requests than that.
const LIMITS: FifoLimits = FifoLimits {
    max_waiting: 50_000,
    max_batch: 100,
};
/// How many statements run at the same time.
const MAX_STATEMENTS: usize = 3;

/// How long a statement may take by our own clock: a database that hangs does not enforce its own timeouts.
const BOUND: Duration = Duration::from_secs(5);

/// Reads projects in batches.
#[derive(Clone)]
pub(crate) struct ProjectReads {
    pool: PgPool,
    queue: Batcher<ReadQueue>,
}

type ReadQueue = Fifo<ProjectId, SharedResult>;

/// The result for one caller. Callers of one batch share the error of a failed statement.
type SharedResult = Result<Option<Project>, Arc<Error>>;

impl ProjectReads {
    pub fn new(pool: PgPool) -> Self {
        Self {
            pool,
            queue: Batcher::new(Fifo::new(LIMITS), MAX_STATEMENTS, None),
        }
    }

    /// Reads a published project with a statement that begins after this call.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn project(&self, id: ProjectId) -> Result<Option<Project>> {
        let (pending, found) = PendingRequest::new(id);
        self.queue
            .submit(|queue| queue.push(pending), |task| self.clone().read(task))?;
        found
            .await
            .map_err(Error::unexpected)?
            .map_err(shared_error)
    }

    async fn read(self, mut task: Task<ReadQueue>) {
        while task.continues() {
            // Requests that arrive while this task waits for a connection join its batch.
            let connection = self.pool.acquire().await;
            let batch = task.take(Fifo::take);
            if batch.is_empty() {
                continue;
            }
            let ids: Vec<ProjectId> = batch.iter().map(|pending| pending.request).collect();
            let found = match connection {
                Ok(mut connection) => {
                    let found = timeout(BOUND, project::find_all(&mut connection, &ids)).await;
                    found.unwrap_or_else(|late| {
                        // The connection may still be executing the abandoned statement.
                        connection.close_on_drop();
                        Err(Error::unexpected(late))
                    })
                }
                Err(error) => Err(error.into()),
            };
            answer(batch, found);
        }
    }
}

fn answer(batch: Vec<PendingRequest<ProjectId, SharedResult>>, found: Result<Vec<Project>>) {
    let found = found.map_err(Arc::new).map(|found| {
        let found = found.into_iter().map(|project| (project.id, project));
        found.collect::<HashMap<_, _>>()
    });
    for pending in batch {
        let found = match &found {
            Ok(found) => Ok(found.get(&pending.request).cloned()),
            Err(error) => Err(error.clone()),
        };
        pending.answer(found);
    }
}
