//! Bids that arrive at the same time share a transaction: while one commits, the next one fills.

use super::{
    Offer, Outcome,
    decide::{self, Asked, Lot},
    lanes::{Lanes, Waits},
};
use crate::{
    Error, Result,
    account::{Role, Viewer},
    project::ProjectId,
    receipt::Mark,
    store::Tx,
};
use sqlx::{Connection, PgConnection, PgPool, Postgres, pool::PoolConnection};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::{runtime::Handle, sync::oneshot, time::timeout};

/// How many transactions run at the same time at most. The fewer, the more bids share what each costs; half of them may wait for
/// projects that somebody holds.
const WORKERS: u32 = 2;
/// How long a transaction may take by our own clock: longer than the database's own limits, which a database that hangs does
/// not keep.
const BOUND: Duration = Duration::from_secs(12);
/// How long projects that were spoilt by others are tried again.
const RETRIES: Duration = Duration::from_secs(2);

/// Gathers bids. There is no timer: a bid that comes alone is decided at once, and whatever comes while transactions run is
/// decided together in the next one, each project's bids in the order in which they came.
#[derive(Clone)]
pub struct Combiner {
    pool: PgPool,
    /// Where the workers run; with none, where the bids come from.
    runtime: Option<Handle>,
    lanes: Arc<Mutex<Lanes>>,
}

impl Combiner {
    /// One that decides bids on connections of this pool: on half of them at most, so that sessions and pages get some too.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        let workers = pool.options().get_max_connections() / 2;
        Self::with_workers(pool, workers, None)
    }

    /// One that has a pool and a runtime for itself and the awards, so that nothing else can take its connections or its
    /// processor. The pool's connections must have been made on that runtime.
    #[must_use]
    pub fn apart(pool: PgPool, runtime: Handle) -> Self {
        let workers = pool.options().get_max_connections();
        Self::with_workers(pool, workers, Some(runtime))
    }

    fn with_workers(pool: PgPool, workers: u32, runtime: Option<Handle>) -> Self {
        let workers = workers.clamp(1, WORKERS).try_into().unwrap_or(1);
        Self {
            pool,
            runtime,
            lanes: Arc::new(Mutex::new(Lanes::new(workers))),
        }
    }

    /// A buyer bids; the answer comes when the bid is durable. Whoever stops waiting may find that it was accepted. By its
    /// `mark`, a bid that is sent again is recognised.
    ///
    /// # Errors
    /// As [`super::place`], and `Busy` at once while too many wait.
    pub async fn place(
        &self,
        viewer: &Viewer,
        project: ProjectId,
        offer: impl Into<Offer>,
        mark: Option<Mark>,
    ) -> Result<Outcome> {
        viewer.must_be(Role::Buyer)?;
        let offer = offer.into();
        offer.must_be_short()?;
        let (answer, decided) = oneshot::channel();
        let asked = Asked {
            buyer: viewer.account,
            offer,
            mark,
        };
        let needs_worker = self.lanes().push(project, (asked, answer))?;
        if needs_worker {
            let work = self.clone().work();
            match &self.runtime {
                Some(runtime) => runtime.spawn(work),
                None => tokio::spawn(work),
            };
        }
        decided.await.unwrap_or_else(|_| Err(busy()))
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides what waits until nothing does.
    async fn work(self) {
        let mut worker = Worker {
            combiner: &self,
            taken: VecDeque::new(),
            has_ended: false,
        };
        while !self.lanes().is_done() {
            // What arrives while this one waits for a connection is decided with it.
            let connection = self.pool.acquire().await;
            let taken = self.lanes().take();
            let sizes = taken.bids.iter().map(|(id, bids)| (*id, bids.len()));
            worker.taken = sizes.collect();
            let (lots, answers): (Vec<Lot>, Vec<Vec<_>>) = taken
                .bids
                .into_iter()
                .map(|(project, waits)| {
                    let (asked, answers) = waits.into_iter().unzip();
                    (Lot { project, asked }, answers)
                })
                .unzip();
            let decided = self.decide_all(connection, &lots, taken.waits).await;
            for ((lot, answers), decided) in lots.into_iter().zip(answers).zip(decided) {
                worker.taken.pop_front();
                self.answer(lot, answers, decided);
            }
        }
        worker.has_ended = true;
    }

    /// Decides all of these in one transaction. Should one of them spoil it for the others, each half has one of its own, and so
    /// on, for a while: a database that is out of breath is not asked for ever.
    async fn decide_all(
        &self,
        connection: sqlx::Result<PoolConnection<Postgres>>,
        lots: &[Lot],
        waits: bool,
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
                Ok(mut lent) => match in_time(decide_together(&mut lent, part, waits)).await {
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
                let refuse_all =
                    |lot: &Lot| Some(lot.asked.iter().map(|_| Err(refuse())).collect());
                decided.extend(part.iter().map(refuse_all));
            }
        }
        decided
    }

    /// Tells those who bid on a project, or lets them wait for it where somebody else holds it.
    fn answer(
        &self,
        lot: Lot,
        answers: Vec<oneshot::Sender<Result<Outcome>>>,
        decided: Option<Vec<Result<Outcome>>>,
    ) {
        let Some(decided) = decided else {
            let waits: Vec<Waits> = lot.asked.into_iter().zip(answers).collect();
            return self.lanes().put_back(lot.project, 0, waits);
        };
        self.lanes()
            .put_back(lot.project, answers.len(), Vec::new());
        for (answer, decided) in answers.into_iter().zip(decided) {
            // Whoever stopped waiting needs no answer.
            let _ = answer.send(decided);
        }
    }
}

/// What was decided of several projects' bids; nothing for a project that somebody else holds.
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
    waits: bool,
) -> std::result::Result<Decided, Failed> {
    let undone = |error| Failed {
        error,
        is_undone: true,
    };
    let mut tx: Tx<'_> = connection.begin().await.map_err(|e| undone(e.into()))?;
    let decided = decide::place_all(&mut tx, lots, waits)
        .await
        .map_err(undone)?;
    let ended = tx.commit().await;
    ended.map_err(|error| Failed {
        error: error.into(),
        is_undone: false,
    })?;
    Ok(decided)
}

/// Somebody who decides bids. Should that one fall over, those whose bids it had are told that we are busy, and the next bid
/// finds another.
struct Worker<'c> {
    combiner: &'c Combiner,
    /// How many bids it has of which projects.
    taken: VecDeque<(ProjectId, usize)>,
    has_ended: bool,
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.combiner.lanes().fell_over(&self.taken);
        }
    }
}

pub(super) fn busy() -> Error {
    Error::Busy {
        retry_after: Duration::from_secs(1),
    }
}
