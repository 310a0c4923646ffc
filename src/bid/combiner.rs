//! Bids on one project that arrive at the same time share a transaction: while one commits, the next one fills.

use super::{Offer, Once, Outcome, once::Asked, verbs};
use crate::{
    Error, Result,
    account::{Role, Viewer},
    project::ProjectId,
    store::Tx,
};
use sqlx::PgPool;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::oneshot;

/// How many bids share a transaction at most.
const TOGETHER: usize = 500;
/// How many bids wait for one project, and for all of them, at most; the next is told at once that we are busy.
const WAITING: usize = 5_000;
const WAITING_IN_ALL: usize = 20_000;

/// A bid that waits to be decided, and where its answer goes.
type Waits = (Asked, oneshot::Sender<Result<Outcome>>);

/// Gathers bids by project. There is no timer: a bid that comes alone is decided at once, and whatever comes while that
/// transaction runs is decided together in the next one, in the order in which it came.
#[derive(Clone)]
pub struct Combiner {
    pool: PgPool,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Default)]
struct Waiting {
    /// A project is in here while a task works for it.
    lanes: HashMap<ProjectId, Vec<Waits>>,
    in_all: usize,
}

impl Combiner {
    /// One that decides bids on connections of this pool.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self {
            pool,
            waiting: Arc::default(),
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
        let (answer, decided) = oneshot::channel();
        let asked = Asked {
            buyer: viewer.account,
            offer: offer.into(),
            once,
        };
        if self.queue(project, (asked, answer))? {
            tokio::spawn(self.clone().work(project));
        }
        decided.await.unwrap_or_else(|_| Err(busy()))
    }

    /// Puts a bid into its project's lane; answers whether nobody works there yet.
    fn queue(&self, project: ProjectId, waits: Waits) -> Result<bool> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.in_all >= WAITING_IN_ALL {
            return Err(busy());
        }
        let is_new = !waiting.lanes.contains_key(&project);
        let lane = waiting.lanes.entry(project).or_default();
        if lane.len() >= WAITING {
            return Err(busy());
        }
        lane.push(waits);
        waiting.in_all += 1;
        Ok(is_new)
    }

    /// The next bids of a project; none ends the lane.
    fn next(&self, project: ProjectId) -> Vec<Waits> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(lane) = waiting.lanes.get_mut(&project) else {
            return Vec::new();
        };
        let rest = lane.split_off(lane.len().min(TOGETHER));
        let next = std::mem::replace(lane, rest);
        if next.is_empty() {
            waiting.lanes.remove(&project);
        }
        waiting.in_all -= next.len();
        next
    }

    async fn work(self, project: ProjectId) {
        let mut lane = Lane {
            combiner: &self,
            project,
            has_ended: false,
        };
        loop {
            let waiting = self.next(project);
            if waiting.is_empty() {
                lane.has_ended = true;
                return;
            }
            let (asked, answers): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
            let decided = match self.decide(project, asked).await {
                Ok(decided) => decided,
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        project = project.0,
                        bids = answers.len(),
                        "bids could not be decided"
                    );
                    answers.iter().map(|_| Err(busy())).collect()
                }
            };
            for (answer, decided) in answers.into_iter().zip(decided) {
                // Whoever stopped waiting needs no answer.
                let _ = answer.send(decided);
            }
        }
    }

    async fn decide(&self, project: ProjectId, asked: Vec<Asked>) -> Result<Vec<Result<Outcome>>> {
        let mut tx: Tx<'_> = self.pool.begin().await?;
        let decided = verbs::place_all(&mut tx, project, asked).await?;
        tx.commit().await?;
        Ok(decided)
    }
}

/// A lane that somebody works in. Should that one fall over, the lane goes with it, and those who wait there are told that
/// we are busy; the next bid opens a new one.
struct Lane<'c> {
    combiner: &'c Combiner,
    project: ProjectId,
    has_ended: bool,
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        let mut waiting = self
            .combiner
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = waiting.lanes.remove(&self.project) {
            waiting.in_all -= lane.len();
        }
    }
}

pub(super) fn busy() -> Error {
    Error::Busy {
        retry_after: Duration::from_secs(1),
    }
}
