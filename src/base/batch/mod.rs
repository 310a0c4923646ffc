//! Requests that arrive while a task works are handled together in its next round (coalescing).
//! Invariant: every request is answered once, or its caller learns that no task is left to answer it. While something waits, a
//! task is there for it; there is no timer, so a request that comes alone waits for nothing.
//! Ends where the work is done: whoever owns the [`Backlog`] says what a task does with a batch.

mod fifo;
mod pending_request;

pub use fifo::{Fifo, FifoLimits};
pub use pending_request::PendingRequest;

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::runtime::Handle;

/// What waits for a task. It is kept behind a lock, so nothing in it may block.
pub trait Backlog: Send + 'static {
    /// What a task has taken and not finished, as far as the backlog keeps account of it; `()` where it does not.
    type InHand: Default + Send;

    /// Whether a task would find something to do, beside so many that are busy. It must be true while something waits and no
    /// task is busy.
    fn has_work(&mut self, busy: usize) -> bool;

    /// Forgets what a crashed task had in hand; those who wait for it have learned that.
    fn forget(&mut self, in_hand: Self::InHand);

    /// No task is left after a crash: drops whatever waits, so that its callers learn it at once.
    fn clear(&mut self);
}

/// A backlog and the tasks that work on it. Copies share both.
pub struct Batcher<B: Backlog> {
    state: Arc<Mutex<State<B>>>,
    /// How many tasks run at the same time at most.
    most_tasks: usize,
    /// Where they run; with none, on the runtime of the caller that starts one.
    runtime: Option<Handle>,
}

struct State<B> {
    backlog: B,
    /// Tasks that have taken a batch and not come back for the next.
    busy: usize,
    /// Tasks that are about to take one.
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

    /// Changes the backlog, and starts a task if that needs one: something can be done, nobody is about to take it, and not
    /// all tasks run. The task does its `work` until [`Task::continues`] says no.
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
            in_hand: B::InHand::default(),
        };
        (result, Some(task))
    }

    /// The backlog itself, for changes that give a task nothing to do.
    pub fn lock(&self) -> Locked<'_, B> {
        Locked(self.state())
    }

    fn state(&self) -> MutexGuard<'_, State<B>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// Derived, it would ask for a backlog that can be copied.
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
pub struct Locked<'b, B>(MutexGuard<'b, State<B>>);

impl<B> Deref for Locked<'_, B> {
    type Target = B;

    fn deref(&self) -> &B {
        &self.0.backlog
    }
}

impl<B> DerefMut for Locked<'_, B> {
    fn deref_mut(&mut self) -> &mut B {
        &mut self.0.backlog
    }
}

/// What makes a running task one of the batcher's. Dropped before [`continues`](Self::continues) has said no, it is taken for
/// crashed: a panic, or a runtime that shuts down.
pub struct Task<B: Backlog> {
    batcher: Batcher<B>,
    phase: Phase,
    /// For [`Backlog::forget`].
    pub in_hand: B::InHand,
}

enum Phase {
    Free,
    Busy,
    Ended,
}

impl<B: Backlog> Task<B> {
    /// Whether there is something to do. Where there is not, the task has ended and returns.
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

    /// Takes the next batch, which may be empty where another task was quicker. What arrives from now on may start another task.
    pub fn take<T>(&mut self, take: impl FnOnce(&mut B) -> T) -> T {
        let mut state = self.batcher.state();
        state.leave(&self.phase);
        state.busy += 1;
        self.phase = Phase::Busy;
        take(&mut state.backlog)
    }
}

impl<B> State<B> {
    /// One task is in this phase no more.
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
