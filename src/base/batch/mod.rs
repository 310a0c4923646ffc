//! Batches requests: those that arrive while a task works are handled together in the next batch (coalescing).
//!
//! Invariant: every request is answered once, or its caller gets an error because a task crashed. While a request
//! waits, there is a task for it. There is no timer, so a request that arrives alone is taken at once.
//!
//! This module only schedules. The owner of the [`Backlog`] decides what a task does with a batch.

mod fifo;
mod pending_request;

pub use fifo::{Fifo, FifoLimits};
pub use pending_request::PendingRequest;

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::runtime::Handle;

/// A queue of requests that wait for a task. It is kept behind a lock, so none of its methods may block.
pub trait Backlog: Send + 'static {
    /// What a task has taken and not finished, if the backlog keeps track of that; otherwise `()`.
    type InProgress: Default + Send;

    /// True if one more task would find something to do while `busy` tasks work. It must be true while a request waits
    /// and no task is busy.
    fn has_work(&mut self, busy: usize) -> bool;

    /// Forgets what a crashed task had in hand. Its callers have already got an error.
    fn forget(&mut self, in_hand: Self::InProgress);

    /// Drops all waiting requests after a crash that left no task, so that their callers get an error at once.
    fn clear(&mut self);
}

/// A backlog and the tasks that work on it. Clones share both.
pub struct Batcher<B: Backlog> {
    state: Arc<Mutex<State<B>>>,
    /// Maximum number of concurrent tasks.
    most_tasks: usize,
    /// Where tasks run; `None` means the runtime of the caller that starts one.
    runtime: Option<Handle>,
}

struct State<B> {
    backlog: B,
    /// Tasks that work on a batch.
    busy: usize,
    /// Tasks that are about to take a batch.
    free: usize,
}

impl<B: Backlog> Batcher<B> {
    #[must_use]
    pub fn new(backlog: B, most_tasks: usize, runtime: Option<Handle>) -> Self {
        let state = State {
            backlog,
            busy: 0,
            free: 0,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            most_tasks,
            runtime,
        }
    }

    /// Changes the backlog, and starts a task if one is needed: there is work, no task is about to take it, and fewer
    /// than `most_tasks` run. `work` must loop until [`Task::continues`] returns false.
    pub fn submit<R, W>(
        &self,
        change: impl FnOnce(&mut B) -> R,
        work: impl FnOnce(Task<B>) -> W,
    ) -> R
    where
        W: Future<Output = ()> + Send + 'static,
    {
        let (result, task) = self.change(change);
        if let Some(task) = task {
            let work = work(task);
            match &self.runtime {
                Some(runtime) => runtime.spawn(work),
                None => tokio::spawn(work),
            };
        }
        result
    }

    fn change<R>(&self, change: impl FnOnce(&mut B) -> R) -> (R, Option<Task<B>>) {
        let mut state = self.state();
        let result = change(&mut state.backlog);
        let busy = state.busy;
        let starts = state.free == 0 && busy < self.most_tasks && state.backlog.has_work(busy);
        if !starts {
            return (result, None);
        }
        state.free = 1;
        let task = Task {
            batcher: self.clone(),
            phase: Phase::Free,
            in_hand: B::InProgress::default(),
        };
        (result, Some(task))
    }

    /// Locks the backlog, for changes that never need a task to be started.
    pub fn lock(&self) -> BacklogGuard<'_, B> {
        BacklogGuard(self.state())
    }

    fn state(&self) -> MutexGuard<'_, State<B>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// Not derived, because that would require `B: Clone`.
impl<B: Backlog> Clone for Batcher<B> {
    fn clone(&self) -> Self {
        Self {
            state: self.state.clone(),
            most_tasks: self.most_tasks,
            runtime: self.runtime.clone(),
        }
    }
}

/// The backlog while it is locked.
pub struct BacklogGuard<'b, B>(MutexGuard<'b, State<B>>);

impl<B> Deref for BacklogGuard<'_, B> {
    type Target = B;

    fn deref(&self) -> &B {
        &self.0.backlog
    }
}

impl<B> DerefMut for BacklogGuard<'_, B> {
    fn deref_mut(&mut self) -> &mut B {
        &mut self.0.backlog
    }
}

/// A running task's handle on its batcher. If it is dropped before [`continues`](Self::continues) has returned false,
/// the task counts as crashed: it panicked, or its runtime shut down.
pub struct Task<B: Backlog> {
    batcher: Batcher<B>,
    phase: Phase,
    /// For [`Backlog::forget`].
    pub in_hand: B::InProgress,
}

enum Phase {
    Free,
    Busy,
    Ended,
}

impl<B: Backlog> Task<B> {
    /// True if there is more to do. Otherwise the task has ended and must return.
    pub fn continues(&mut self) -> bool {
        let mut state = self.batcher.state();
        state.leave(&self.phase);
        let busy = state.busy;
        let continues = state.backlog.has_work(busy);
        state.free += usize::from(continues);
        self.phase = match continues {
            true => Phase::Free,
            false => Phase::Ended,
        };
        continues
    }

    /// Takes the next batch, which is empty if another task was quicker. Requests that arrive from now on may start
    /// another task.
    pub fn take<T>(&mut self, take: impl FnOnce(&mut B) -> T) -> T {
        let mut state = self.batcher.state();
        state.leave(&self.phase);
        state.busy += 1;
        self.phase = Phase::Busy;
        take(&mut state.backlog)
    }
}

impl<B> State<B> {
    /// Counts one task fewer in this phase.
    const fn leave(&mut self, phase: &Phase) {
        match phase {
            Phase::Free => self.free -= 1,
            Phase::Busy => self.busy -= 1,
            Phase::Ended => {}
        }
    }
}

impl<B: Backlog> Drop for Task<B> {
    fn drop(&mut self) {
        if matches!(self.phase, Phase::Ended) {
            return;
        }
        let mut state = self.batcher.state();
        state.leave(&self.phase);
        state.backlog.forget(std::mem::take(&mut self.in_hand));
        if state.busy + state.free == 0 {
            state.backlog.clear();
        }
    }
}

#[cfg(test)]
mod tests;
