//! Bids that arrive at the same time share a transaction: while one commits, the next one fills.

use super::{
    Offer, Once, Outcome,
    decide::{self, Lot},
    lanes::{Lanes, Waits},
    once::Asked,
};
use crate::{
    Error, Result,
    account::{Role, Viewer},
    project::ProjectId,
    store::Tx,
};
use sqlx::{Connection, PgConnection, PgPool, Postgres, pool::PoolConnection};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::oneshot;

/// Gathers bids. There is no timer: a bid that comes alone is decided at once, and whatever comes while transactions run is
/// decided together in the next one, each project's bids in the order in which they came.
#[derive(Clone)]
pub struct Combiner {
    pool: PgPool,
    lanes: Arc<Mutex<Lanes>>,
}

impl Combiner {
    /// One that decides bids on connections of this pool: on half of them, so that sessions and pages get some too.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        let workers = (pool.options().get_max_connections() / 2).max(1);
        let lanes = Lanes::new(workers.try_into().unwrap_or(1));
        Self {
            pool,
            lanes: Arc::new(Mutex::new(lanes)),
        }
    }

    /// A buyer bids; the answer comes when the bid is durable. Whoever stops waiting may find that it was accepted.
    ///
    /// # Errors
    /// As [`super::place`], and `Busy` at once while too many wait.
    pub async fn place(
        &self,
        viewer: &Viewer,
        project: ProjectId,
        offer: impl Into<Offer>,
        once: Once,
    ) -> Result<Outcome> {
        viewer.must_be(Role::Buyer)?;
        let offer = offer.into();
        offer.must_be_short()?;
        let (answer, decided) = oneshot::channel();
        let asked = Asked {
            buyer: viewer.account,
            offer,
            once,
        };
        let needs_worker = self.lanes().push(project, (asked, answer))?;
        if needs_worker {
            tokio::spawn(self.clone().work());
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
            taken: Vec::new(),
            has_ended: false,
        };
        while !self.lanes().is_done() {
            // What arrives while this one waits for a connection is decided with it.
            let connection = self.pool.acquire().await;
            let taken = self.lanes().take();
            worker.taken = taken.iter().map(|(id, bids)| (*id, bids.len())).collect();
            let (lots, answers): (Vec<Lot>, Vec<Vec<_>>) = taken
                .into_iter()
                .map(|(project, waits)| {
                    let (asked, answers) = waits.into_iter().unzip();
                    (Lot { project, asked }, answers)
                })
                .unzip();
            let decided = decide_all(connection, &lots).await;
            worker.taken.clear();
            for ((lot, answers), decided) in lots.into_iter().zip(answers).zip(decided) {
                self.answer(lot, answers, decided);
            }
        }
        worker.has_ended = true;
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

/// Decides all of these in one transaction. Should a project spoil it for the others, each has one of its own.
async fn decide_all(
    connection: sqlx::Result<PoolConnection<Postgres>>,
    lots: &[Lot],
) -> Vec<Option<Vec<Result<Outcome>>>> {
    let mut connection = match connection {
        Ok(connection) => connection,
        Err(error) => {
            let error = error.into();
            return lots.iter().map(|lot| failed(lot, &error)).collect();
        }
    };
    if lots.is_empty() {
        return Vec::new();
    }
    match decide_together(&mut connection, lots).await {
        Ok(decided) => decided,
        Err(Error::Unexpected(error)) if lots.len() > 1 => {
            tracing::error!(
                error = &*error as &dyn std::error::Error,
                projects = lots.len(),
                "bids on several projects could not be decided together; each project's are decided alone"
            );
            let mut all = Vec::with_capacity(lots.len());
            for lot in lots {
                let alone = decide_together(&mut connection, std::slice::from_ref(lot)).await;
                match alone {
                    Ok(decided) => all.extend(decided),
                    Err(error) => all.push(failed(lot, &error)),
                }
            }
            all
        }
        Err(error) => lots.iter().map(|lot| failed(lot, &error)).collect(),
    }
}

async fn decide_together(
    connection: &mut PgConnection,
    lots: &[Lot],
) -> Result<Vec<Option<Vec<Result<Outcome>>>>> {
    let mut tx: Tx<'_> = connection.begin().await?;
    let decided = decide::place_all(&mut tx, lots).await?;
    tx.commit().await?;
    Ok(decided)
}

/// Nothing was stored, and all who bid on the project are told that we are busy.
fn failed(lot: &Lot, error: &Error) -> Option<Vec<Result<Outcome>>> {
    tracing::error!(
        error = error as &dyn std::error::Error,
        project = lot.project.0,
        bids = lot.asked.len(),
        "bids could not be decided"
    );
    Some(lot.asked.iter().map(|_| Err(busy())).collect())
}

/// Somebody who decides bids. Should that one fall over, those whose bids it had are told that we are busy, and the next bid
/// finds another.
struct Worker<'c> {
    combiner: &'c Combiner,
    /// How many bids it has of which projects.
    taken: Vec<(ProjectId, usize)>,
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
