//! Combines bids that arrive at the same time into one transaction.
//!
//! There is no timer: a bid that arrives alone is decided at once. Bids that arrive while transactions run, or while a
//! task waits for its connection, go into the next transaction. They may be on different projects, so the cost of a
//! transaction is paid once for everybody who bids at that moment.
//!
//! - An answer is sent only after the commit. A caller that stops waiting may find later that its bid was accepted.
//! - In the server, the combiner has two connections of its own. It shares its runtime only with awards and the
//!   database probe, so bids and pages can't take each other's connections or threads.
//! - A transaction may take 12 s by the server's own clock, because a database that hangs does not enforce its timeouts.
//! - If a transaction fails before its commit was requested, each half of its projects is decided in a transaction of
//!   its own, and so on, for up to 2 s. So one failing project does not fail the others.
//! - If the commit fails or the transaction times out, its bids may or may not have been stored, so nothing is retried.
//!   They get `Busy`.
//! - If a task panics, its pending bids get `Busy`, and the next bid starts another task.

use super::{
    Offer, Outcome,
    decide::{self, BidRequest, ProjectBids},
    queues::{BidQueues, PendingBid},
};
use crate::{
    Error, Result,
    account::{Role, Viewer},
    batch::{Batcher, PendingRequest, Task},
    project::ProjectId,
    receipt::Mark,
    store::Tx,
};
use sqlx::{Connection, PgConnection, PgPool, Postgres, pool::PoolConnection};
use std::time::{Duration, Instant};
use tokio::{runtime::Handle, sync::oneshot, time::timeout};

/// Maximum number of concurrent transactions. The fewer there are, the more bids share the cost of each. Half of them
/// may block on row locks.
const MAX_TASKS: u32 = 2;
/// How long a transaction may take by the server's own clock: longer than the database's timeouts, which a database that
/// hangs does not enforce.
const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(12);
/// How long the parts of a failed transaction are retried.
const MAX_RETRY_TIME: Duration = Duration::from_secs(2);

/// Batches bids into transactions; each project's bids are decided in order of arrival. Clones share the queues.
#[derive(Clone)]
pub struct Combiner {
    pool: PgPool,
    queues: Batcher<BidQueues>,
}

impl Combiner {
    /// A combiner that shares `pool` with the rest of the server. It uses at most half of the connections, so that
    /// sessions and pages get some too.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        let tasks = pool.options().get_max_connections() / 2;
        Self::with_tasks(pool, tasks, None)
    }

    /// A combiner with a pool of its own, and a runtime that it shares only with awards and the database probe, so that
    /// nothing else can take its connections or threads. The pool's connections must have been opened on that runtime.
    #[must_use]
    pub fn on_runtime(pool: PgPool, runtime: Handle) -> Self {
        let tasks = pool.options().get_max_connections();
        Self::with_tasks(pool, tasks, Some(runtime))
    }

    fn with_tasks(pool: PgPool, tasks: u32, runtime: Option<Handle>) -> Self {
        let tasks = tasks.clamp(1, MAX_TASKS).try_into().unwrap_or(1);
        Self {
            pool,
            queues: Batcher::new(BidQueues::new(tasks), tasks, runtime),
        }
    }

    /// See [`super::place`].
    pub(super) async fn place(
        &self,
        viewer: &Viewer,
        project: ProjectId,
        offer: Offer,
        mark: Option<Mark>,
    ) -> Result<Outcome> {
        viewer.must_be(Role::Buyer)?;
        viewer.must_have_confirmed_email()?;
        offer.must_be_short()?;
        let (pending, decided) = PendingRequest::new(BidRequest {
            buyer: viewer.account,
            offer,
            mark,
        });
        self.queues.submit(
            |queues| queues.push(project, pending),
            |task| self.clone().work(task),
        )?;
        decided.await.unwrap_or_else(|_| Err(busy()))
    }

    /// Decides bids as long as this task has work.
    async fn work(self, mut task: Task<BidQueues>) {
        while task.continues() {
            // Bids that arrive while this task waits for a connection join its batch.
            let connection = self.pool.acquire().await;
            let batch = task.take(BidQueues::take);
            task.in_hand = batch.lots.iter().map(|(project, _)| *project).collect();
            let (lots, answers): (Vec<ProjectBids>, Vec<Vec<_>>) = batch
                .lots
                .into_iter()
                .map(|(project, pending)| {
                    let split = |PendingRequest { request, answer }| (request, answer);
                    let (bids, answers) = pending.into_iter().map(split).unzip();
                    (ProjectBids { project, bids }, answers)
                })
                .unzip();
            let decided = self.decide_all(connection, &lots, batch.wait).await;
            for ((lot, answers), decided) in lots.into_iter().zip(answers).zip(decided) {
                task.in_hand.pop_front();
                self.settle(lot, answers, decided);
            }
        }
    }

    /// Decides all lots in one transaction. If that fails, each half gets a transaction of its own, and so on, so that
    /// one project does not fail the others. This stops after [`MAX_RETRY_TIME`], so as not to add to the load of a
    /// struggling database.
    async fn decide_all(
        &self,
        connection: sqlx::Result<PoolConnection<Postgres>>,
        lots: &[ProjectBids],
        wait: bool,
    ) -> BatchOutcomes {
        let began = Instant::now();
        let mut connection = Some(connection);
        let mut decided = BatchOutcomes::with_capacity(lots.len());
        let mut parts = if lots.is_empty() {
            Vec::new()
        } else {
            vec![lots]
        };
        while let Some(part) = parts.pop() {
            let acquired = match connection.take() {
                Some(acquired) => acquired,
                None => self.pool.acquire().await,
            };
            let failure = match acquired {
                Ok(mut acquired) => {
                    match with_timeout(decide_together(&mut acquired, part, wait)).await {
                        Ok(outcomes) => {
                            decided.extend(outcomes);
                            connection = Some(Ok(acquired));
                            continue;
                        }
                        Err(failure) => {
                            acquired.close_on_drop();
                            failure
                        }
                    }
                }
                Err(error) => BatchFailure {
                    error: error.into(),
                    may_retry: false,
                },
            };
            tracing::error!(
                error = &failure.error as &dyn std::error::Error,
                projects = part.len(),
                first = part[0].project.0,
                "bids could not be decided"
            );
            if failure.may_retry && part.len() > 1 && began.elapsed() < MAX_RETRY_TIME {
                let (first, second) = part.split_at(part.len() / 2);
                parts.extend([second, first]);
            } else {
                let refuse = || match &failure.error {
                    Error::NoSpace { what, retry_after } => Error::NoSpace {
                        what,
                        retry_after: *retry_after,
                    },
                    _ => busy(),
                };
                let refuse_all =
                    |lot: &ProjectBids| Some(lot.bids.iter().map(|_| Err(refuse())).collect());
                decided.extend(part.iter().map(refuse_all));
            }
        }
        decided
    }

    /// Answers the bids on a project, or queues them again if its row was locked.
    fn settle(
        &self,
        lot: ProjectBids,
        answers: Vec<oneshot::Sender<Result<Outcome>>>,
        decided: Option<Vec<Result<Outcome>>>,
    ) {
        let pending = lot.bids.into_iter().zip(answers);
        let pending = pending.map(|(request, answer)| PendingRequest { request, answer });
        let pending: Vec<PendingBid> = pending.collect();
        let Some(decided) = decided else {
            return self.queues.lock().release(lot.project, pending);
        };
        self.queues.lock().release(lot.project, Vec::new());
        for (pending, decided) in pending.into_iter().zip(decided) {
            pending.answer(decided);
        }
    }
}

/// The outcomes of several projects' bids; `None` for a project that was skipped because its row was locked.
type BatchOutcomes = Vec<Option<Vec<Result<Outcome>>>>;

/// Why bids were not decided.
struct BatchFailure {
    error: Error,
    /// True if the transaction was rolled back, so that its halves can be tried again. False if it may have been
    /// committed, or if there was no connection for it.
    may_retry: bool,
}

/// Gives up on a transaction after [`TRANSACTION_TIMEOUT`], when it may or may not have been committed.
async fn with_timeout<T>(
    decided: impl Future<Output = std::result::Result<T, BatchFailure>>,
) -> std::result::Result<T, BatchFailure> {
    let decided = timeout(TRANSACTION_TIMEOUT, decided).await;
    decided.unwrap_or_else(|_| {
        Err(BatchFailure {
            error: busy(),
            may_retry: false,
        })
    })
}

/// Decides all lots in one transaction.
async fn decide_together(
    connection: &mut PgConnection,
    lots: &[ProjectBids],
    wait: bool,
) -> std::result::Result<BatchOutcomes, BatchFailure> {
    let rolled_back = |error| BatchFailure {
        error,
        may_retry: true,
    };
    let mut tx: Tx<'_> = connection
        .begin()
        .await
        .map_err(|e| rolled_back(e.into()))?;
    let decided = decide::place_all(&mut tx, lots, wait)
        .await
        .map_err(rolled_back)?;
    let committed = tx.commit().await;
    committed.map_err(|error| BatchFailure {
        error: error.into(),
        may_retry: false,
    })?;
    Ok(decided)
}

pub(super) fn busy() -> Error {
    Error::Busy {
        retry_after: Duration::from_secs(1),
    }
}
