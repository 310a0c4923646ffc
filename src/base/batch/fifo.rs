use super::{Backlog, PendingRequest};
use crate::{Error, Result};
use std::{collections::VecDeque, time::Duration};

/// Maximum number of waiting requests, and of requests in a batch.
#[derive(Debug, Clone, Copy)]
pub struct FifoLimits {
    pub max_waiting: usize,
    pub max_batch: usize,
}

/// Requests in order of arrival. While a task is busy, another task starts only if more requests wait than one batch
/// holds, so that as many as possible share the cost of a batch.
#[derive(Debug)]
pub struct Fifo<T, A> {
    waiting: VecDeque<PendingRequest<T, A>>,
    limits: FifoLimits,
}

impl<T, A> Fifo<T, A> {
    #[must_use]
    pub const fn new(limits: FifoLimits) -> Self {
        Self {
            waiting: VecDeque::new(),
            limits,
        }
    }

    /// Queues a request.
    ///
    /// # Errors
    /// `Busy` at once when the queue is full.
    pub fn push(&mut self, pending: PendingRequest<T, A>) -> Result<()> {
        if self.waiting.len() >= self.limits.max_waiting {
            return Err(Error::Busy {
                retry_after: Duration::from_secs(1),
            });
        }
        self.waiting.push_back(pending);
        Ok(())
    }

    /// How many requests are queued, including abandoned ones.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes the next batch, leaving out requests whose callers have stopped waiting.
    pub fn take(&mut self) -> Vec<PendingRequest<T, A>> {
        let mut batch = Vec::new();
        while batch.len() < self.limits.max_batch
            && let Some(pending) = self.waiting.pop_front()
        {
            if !pending.is_abandoned() {
                batch.push(pending);
            }
        }
        batch
    }
}

impl<T: Send + 'static, A: Send + 'static> Backlog for Fifo<T, A> {
    type InProgress = ();

    fn has_work(&mut self, busy: usize) -> bool {
        let enough = if busy == 0 {
            1
        } else {
            self.limits.max_batch + 1
        };
        self.waiting.len() >= enough
    }

    fn forget(&mut self, (): ()) {}

    fn clear(&mut self) {
        self.waiting.clear();
    }
}
