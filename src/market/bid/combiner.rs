//! Combines bids that arrive at the same time into one transaction.
//!
//! There is no timer: a bid that comes alone is decided at once. Bids that arrive while transactions run, or while a
//! task waits for its connection, go into the next transaction. They may be on different projects: the cost of a
//! transaction is then paid once for everybody who bids at that moment.
//!
//! - An answer is sent only after the commit. A caller that stops waiting may find later that its bid was accepted.
//! - In the server, the combiner has two connections of its own. It shares its runtime with awards and the database
//!   probe alone, so neither bids nor pages can take the other's connections or threads.
//! - A transaction has 12 s by our own clock, because a database that hangs does not keep its statement time-out.
//! - If a transaction fails before its commit was requested, each half of its projects is decided in a transaction of
//!   its own, and so on, for up to 2 s. So one failing project does not fail the others.
//! - Once the commit was requested, nobody knows whether it was stored, so nothing is retried. Its bids get `Busy`.
//! - If a task panics, its pending bids get `Busy`, and the next bid starts another task.

use super::{
    Offer, Outcome,
    decide::{self, BidRequest, Lot},
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

/// How many transactions run at the same time at most. The fewer, the more bids share what each costs; half of them may block on
/// projects' locks.
const MOST_TASKS: u32 = 2;
/// How long a transaction may take by our own clock: longer than the database's own limits, which a database that hangs does
/// not keep.
const BOUND: Duration = Duration::from_secs(12);
/// For how long projects are retried after another one failed their common transaction.
const RETRIES: Duration = Duration::from_secs(2);

/// Batches bids. There is no timer: a bid that comes alone is decided at once, and whatever comes while transactions run is
/// decided together in the next one, each project's bids in the order in which they came.
#[derive(Clone)]
pub struct Combiner {
    pool: PgPool,
    queues: Batcher<BidQueues>,
}

impl Combiner {
    /// One that decides bids on connections of this pool: on half of them at most, so that sessions and pages get some too.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        let tasks = pool.options().get_max_connections() / 2;
        Self::with_tasks(pool, tasks, None)
    }

    /// One that has a pool and a runtime for itself and the awards, so that nothing else can take its connections or its
    /// processor. The pool's connections must have been made on that runtime.
    #[must_use]
    pub fn apart(pool: PgPool, runtime: Handle) -> Self {
        let tasks = pool.options().get_max_connections();
        Self::with_tasks(pool, tasks, Some(runtime))
    }

    fn with_tasks(pool: PgPool, tasks: u32, runtime: Option<Handle>) -> Self {
        let tasks = tasks.clamp(1, MOST_TASKS).try_into().unwrap_or(1);
        Self {
            pool,
            queues: Batcher::new(BidQueues::new(tasks), tasks, runtime),
        }
    }

    /// As [`super::place`].
    pub(super) async fn place(
        &self,
        viewer: &Viewer,
        project: ProjectId,
        offer: Offer,
        mark: Option<Mark>,
    ) -> Result<Outcome> {
        viewer.must_be(Role::Buyer)?;
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

    /// Decides bids until none is left to decide.
    async fn work(self, mut task: Task<BidQueues>) {
        while task.continues() {
            // What arrives while this one waits for a connection is decided with it.
            let connection = self.pool.acquire().await;
            let batch = task.take(BidQueues::take);
            task.in_hand = batch.lots.iter().map(|(project, _)| *project).collect();
            let (lots, answers): (Vec<Lot>, Vec<Vec<_>>) = batch
                .lots
                .into_iter()
                .map(|(project, pending)| {
                    let split = |PendingRequest { request, answer }| (request, answer);
                    let (bids, answers) = pending.into_iter().map(split).unzip();
                    (Lot { project, bids }, answers)
                })
                .unzip();
            let decided = self.decide_all(connection, &lots, batch.wait).await;
            for ((lot, answers), decided) in lots.into_iter().zip(answers).zip(decided) {
                task.in_hand.pop_front();
                self.settle(lot, answers, decided);
            }
        }
    }

    /// Decides all of these in one transaction. If that fails, each half gets one of its own, and so on, so that a project fails
    /// no other; but only for a while, because an overloaded database must not be retried for ever.
    async fn decide_all(
        &self,
        connection: sqlx::Result<PoolConnection<Postgres>>,
        lots: &[Lot],
        wait: bool,
    ) -> Decided {
        let began = Instant::now();
        let mut connection = Some(connection);
        let mut decided = Decided::with_capacity(lots.len());
        let mut parts = if lots.is_empty() {
            Vec::new()
        } else {
            vec![lots]
        };
        while let Some(part) = parts.pop() {
            let lent = match connection.take() {
                Some(lent) => lent,
                None => self.pool.acquire().await,
            };
            let failed = match lent {
                Ok(mut lent) => match in_time(decide_together(&mut lent, part, wait)).await {
                    Ok(of_part) => {
                        decided.extend(of_part);
                        connection = Some(Ok(lent));
                        continue;
                    }
                    Err(failed) => {
                        lent.close_on_drop();
                        failed
                    }
                },
                Err(error) => Failed {
                    error: error.into(),
                    is_undone: false,
                },
            };
            tracing::error!(
                error = &failed.error as &dyn std::error::Error,
                projects = part.len(),
                first = part[0].project.0,
                "bids could not be decided"
            );
            if failed.is_undone && part.len() > 1 && began.elapsed() < RETRIES {
                let (first, second) = part.split_at(part.len() / 2);
                parts.extend([second, first]);
            } else {
                let refuse = || match &failed.error {
                    Error::NoSpace { what, retry_after } => Error::NoSpace {
                        what,
                        retry_after: *retry_after,
                    },
                    _ => busy(),
                };
                let refuse_all = |lot: &Lot| Some(lot.bids.iter().map(|_| Err(refuse())).collect());
                decided.extend(part.iter().map(refuse_all));
            }
        }
        decided
    }

    /// Answers the bids on a project, or leaves them pending where its row was locked.
    fn settle(
        &self,
        lot: Lot,
        answers: Vec<oneshot::Sender<Result<Outcome>>>,
        decided: Option<Vec<Result<Outcome>>>,
    ) {
        let pending = lot.bids.into_iter().zip(answers);
        let pending = pending.map(|(request, answer)| PendingRequest { request, answer });
        let pending: Vec<PendingBid> = pending.collect();
        let Some(decided) = decided else {
            return self.queues.lock().put_back(lot.project, pending);
        };
        self.queues.lock().put_back(lot.project, Vec::new());
        for (pending, decided) in pending.into_iter().zip(decided) {
            pending.answer(decided);
        }
    }
}

/// The outcomes of several projects' bids; `None` for a project whose row somebody else had locked.
type Decided = Vec<Option<Vec<Result<Outcome>>>>;

/// Why bids were not decided.
struct Failed {
    error: Error,
    /// Nothing of them is stored. Without an answer to its end, nobody knows that of a transaction.
    is_undone: bool,
}

/// Gives up on a transaction that takes too long. Nobody knows what came of it then.
async fn in_time<T>(
    decided: impl Future<Output = std::result::Result<T, Failed>>,
) -> std::result::Result<T, Failed> {
    let decided = timeout(BOUND, decided).await;
    decided.unwrap_or_else(|_| {
        Err(Failed {
            error: busy(),
            is_undone: false,
        })
    })
}

/// Decides all of these in one transaction.
async fn decide_together(
    connection: &mut PgConnection,
    lots: &[Lot],
    wait: bool,
) -> std::result::Result<Decided, Failed> {
    let undone = |error| Failed {
        error,
        is_undone: true,
    };
    let mut tx: Tx<'_> = connection.begin().await.map_err(|e| undone(e.into()))?;
    let decided = decide::place_all(&mut tx, lots, wait)
        .await
        .map_err(undone)?;
    let ended = tx.commit().await;
    ended.map_err(|error| Failed {
        error: error.into(),
        is_undone: false,
    })?;
    Ok(decided)
}

pub(super) fn busy() -> Error {
    Error::Busy {
        retry_after: Duration::from_secs(1),
    }
}
