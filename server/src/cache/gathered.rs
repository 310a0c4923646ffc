//! Projects that are looked up at the same moment are read together: while one statement runs, the next one gathers. There is no
//! timer, so a look that comes alone waits for nothing.

use crate::cache::fresh::shared;
use guildhall::{
    Error, Result,
    project::{self, Project, ProjectId},
};
use sqlx::PgPool;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::oneshot, time::timeout};

/// How many are read by one statement, and how many statements run at the same time: another begins only when more wait than one
/// can read, because what a statement costs is then shared by as many as possible.
const TOGETHER: usize = 100;
const STATEMENTS: usize = 3;

/// How long a statement may take by our own clock: a database that hangs does not keep its own limits.
const BOUND: Duration = Duration::from_secs(5);

/// Reads projects for all who ask.
#[derive(Clone)]
pub(crate) struct Gathered {
    pool: PgPool,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Default)]
struct Waiting {
    asked: Vec<Asked>,
    /// How many tasks read.
    readers: usize,
}

/// A project that is asked for, and where the answer goes.
type Asked = (
    ProjectId,
    oneshot::Sender<Result<Option<Project>, Arc<Error>>>,
);

impl Gathered {
    pub fn new(pool: PgPool) -> Self {
        Self {
            pool,
            waiting: Arc::default(),
        }
    }

    /// A published project, by a statement that begins after this was asked.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn project(&self, id: ProjectId) -> Result<Option<Project>> {
        let (answer, answered) = oneshot::channel();
        let is_needed = {
            let mut waiting = self.waiting();
            waiting.asked.push((id, answer));
            let readers = waiting.readers;
            let is_much = readers < STATEMENTS && waiting.asked.len() > TOGETHER;
            let is_needed = readers == 0 || is_much;
            waiting.readers += usize::from(is_needed);
            is_needed
        };
        if is_needed {
            tokio::spawn(self.clone().read());
        }
        let answered = answered.await.map_err(Error::unexpected)?;
        answered.map_err(shared)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads until nobody waits any more.
    async fn read(self) {
        let mut reader = Reader {
            gathered: &self,
            has_ended: false,
        };
        loop {
            let connection = self.pool.acquire().await;
            let asked = {
                let mut waiting = self.waiting();
                // Who does not wait any more needs nothing.
                waiting.asked.retain(|(_, answer)| !answer.is_closed());
                if waiting.asked.is_empty() {
                    waiting.readers -= 1;
                    reader.has_ended = true;
                    return;
                }
                let rest = waiting.asked.len().min(TOGETHER);
                let rest = waiting.asked.split_off(rest);
                std::mem::replace(&mut waiting.asked, rest)
            };
            let ids: Vec<ProjectId> = asked.iter().map(|(id, _)| *id).collect();
            let found = match connection {
                Ok(mut connection) => {
                    let found = timeout(BOUND, project::find_all(&mut connection, &ids)).await;
                    found.unwrap_or_else(|late| {
                        // It may still wait for an answer that nobody wants.
                        connection.close_on_drop();
                        Err(Error::unexpected(late))
                    })
                }
                Err(error) => Err(error.into()),
            };
            answer(asked, found);
        }
    }
}

fn answer(asked: Vec<Asked>, found: Result<Vec<Project>>) {
    let found = found.map_err(Arc::new).map(|found| {
        let found = found.into_iter().map(|project| (project.id, project));
        found.collect::<HashMap<_, _>>()
    });
    for (id, answer) in asked {
        let found = match &found {
            Ok(found) => Ok(found.get(&id).cloned()),
            Err(error) => Err(error.clone()),
        };
        // Whoever stopped waiting needs no answer.
        let _ = answer.send(found);
    }
}

/// A task that reads. Should it fall over, all who wait are told, and the next who asks begins another.
struct Reader<'g> {
    gathered: &'g Gathered,
    has_ended: bool,
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            let mut waiting = self.gathered.waiting();
            waiting.readers -= 1;
            waiting.asked.clear();
        }
    }
}
