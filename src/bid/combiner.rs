//! Bids on one project that arrive at the same time share a transaction: while one commits, the next one fills.

use super::{Offer, Once, Outcome, once::Asked, verbs};
use crate::{
    Error, Result,
    account::{Role, Viewer},
    project::ProjectId,
    store::Tx,
};
use sqlx::{Connection, PgPool, Postgres, pool::PoolConnection};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{Semaphore, oneshot};

/// How many bids share a transaction at most, and how many of them with a key: each takes a lock of the database's, which has a
/// few thousand.
const TOGETHER: usize = 500;
const KEYED_TOGETHER: usize = 100;
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
    /// Half of the pool: however many projects are bid on, sessions and pages get connections too.
    deciding: Arc<Semaphore>,
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
        let places = (pool.options().get_max_connections() / 2).max(1);
        Self {
            deciding: Arc::new(Semaphore::new(places.try_into().unwrap_or(1))),
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
        let offer = offer.into();
        offer.must_be_short()?;
        let (answer, decided) = oneshot::channel();
        let asked = Asked {
            buyer: viewer.account,
            offer,
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

    /// Whether nothing waits in a project's lane; it is taken away then.
    fn is_done(&self, project: ProjectId) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_done = waiting.lanes.get(&project).is_none_or(Vec::is_empty);
        if is_done {
            waiting.lanes.remove(&project);
        }
        is_done
    }

    /// The next bids of a project.
    fn next(&self, project: ProjectId) -> Vec<Waits> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(lane) = waiting.lanes.get_mut(&project) else {
            return Vec::new();
        };
        let keyed = lane
            .iter()
            .enumerate()
            .filter(|(_, (asked, _))| matches!(asked.once, Once::Keyed { .. }));
        let most = keyed
            .map(|(place, _)| place)
            .nth(KEYED_TOGETHER)
            .unwrap_or(TOGETHER);
        let rest = lane.split_off(lane.len().min(most).min(TOGETHER));
        std::mem::replace(lane, rest)
    }

    /// So many were answered.
    fn answered(&self, how_many: usize) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.in_all -= how_many;
    }

    async fn work(self, project: ProjectId) {
        let mut lane = Lane {
            combiner: &self,
            project,
            under_way: 0,
            has_ended: false,
        };
        while !self.is_done(project) {
            // What arrives while this one waits for its turn is decided with it.
            let _place = self.deciding.acquire().await;
            let connection = self.pool.acquire().await;
            let waiting = self.next(project);
            lane.under_way = waiting.len();
            let (asked, answers): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
            let decided = match decide(connection, project, asked).await {
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
            self.answered(answers.len());
            lane.under_way = 0;
            for (answer, decided) in answers.into_iter().zip(decided) {
                // Whoever stopped waiting needs no answer.
                let _ = answer.send(decided);
            }
        }
        lane.has_ended = true;
    }
}

/// Decides bids on one project in a transaction of their own.
async fn decide(
    connection: sqlx::Result<PoolConnection<Postgres>>,
    project: ProjectId,
    asked: Vec<Asked>,
) -> Result<Vec<Result<Outcome>>> {
    let mut connection = connection?;
    let mut tx: Tx<'_> = connection.begin().await?;
    let decided = verbs::place_all(&mut tx, project, asked).await?;
    tx.commit().await?;
    Ok(decided)
}

/// A lane that somebody works in. Should that one fall over, the lane goes with it, and those who wait there are told that
/// we are busy; the next bid opens a new one.
struct Lane<'c> {
    combiner: &'c Combiner,
    project: ProjectId,
    /// So many were taken out of it and not answered yet.
    under_way: usize,
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
        let left = waiting.lanes.remove(&self.project);
        waiting.in_all -= left.map_or(0, |lane| lane.len()) + self.under_way;
    }
}

pub(super) fn busy() -> Error {
    Error::Busy {
        retry_after: Duration::from_secs(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::AccountId,
        money::{Currency, Money},
    };

    #[tokio::test]
    async fn those_who_wait_are_bounded_over_all_projects() {
        let pool = PgPool::connect_lazy("postgres://nobody@127.0.0.1:1/nothing").unwrap();
        let combiner = Combiner::new(pool);
        let ask = |project| {
            let asked = Asked {
                buyer: AccountId(1),
                offer: Money::from_minor(1, Currency::Eur).into(),
                once: Once::Never,
            };
            combiner.queue(ProjectId(project), (asked, oneshot::channel().0))
        };
        for project in 0..20_000 {
            assert!(ask(project).is_ok());
        }
        assert!(matches!(ask(20_000), Err(Error::Busy { .. })));
        // What is taken out to be decided still counts; what is answered does not.
        assert_eq!(combiner.next(ProjectId(7)).len(), 1);
        assert!(ask(20_000).is_err());
        combiner.answered(1);
        assert!(ask(20_000).is_ok());
    }
}
