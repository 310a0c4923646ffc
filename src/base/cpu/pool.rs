//! The pool's threads and its queue. The threads run at a low priority, so they get the CPU time that the threads for
//! bids and requests leave.
//!
//! The queue is fair (`fairness`) and bounded: 100 jobs per thread, but at most 48 jobs per network and 16 per address.
//! When it is full, the job that is last in line gets `Busy`. A job waits at most 5 s.

use crate::{
    Error, Result,
    fairness::{Admission, Queue, QueueLimits, Submitter, Ticket},
};
use rustix::{
    process::setpriority_process,
    time::{ClockId, clock_gettime},
};
use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};
use tokio::{sync::oneshot, time::timeout};

/// The nice value of the pool's threads (sched(7)): next to a thread at the default 0, one at 10 gets a tenth of a
/// core.
const NICENESS: i32 = 10;
/// The queue's capacity per thread.
const WAITING_PER_THREAD: usize = 100;
/// Maximum number of waiting jobs per network.
const WAITING_PER_NETWORK: usize = 48;
/// Maximum number of waiting jobs per address. A whole company behind one address may sign in at nine o'clock.
const WAITING_PER_CUSTOMER: usize = 16;
/// How long a caller waits for a thread.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The assumed cost of a job while it runs, in seconds of CPU: about one hash.
const EXPECTED_SECS: f64 = 0.02;

/// Low-priority threads behind a queue that is fair between addresses: known clients first, then those that used the
/// least CPU recently. Clones share the threads, which exit with the last clone.
#[derive(Clone)]
pub struct CpuPool(Arc<Handle>);

/// Stops the threads when dropped.
struct Handle(Arc<Shared>);

struct Shared {
    name: &'static str,
    started: Instant,
    state: Mutex<State>,
    /// Signaled for every job and on shutdown.
    changed: Condvar,
}

struct State {
    queue: Queue<Job>,
    closed: bool,
}

/// A job, to be run or answered `Busy`.
type Job = Box<dyn FnOnce(Turn) + Send>;

enum Turn {
    Run,
    GiveWay,
}

impl CpuPool {
    /// Starts `threads` threads with this name, of which the system shows at most 15 bytes.
    ///
    /// # Errors
    /// When the system cannot start the threads.
    pub fn new(name: &'static str, threads: usize) -> std::io::Result<Self> {
        let limits = QueueLimits {
            in_all: threads * WAITING_PER_THREAD,
            per_network: WAITING_PER_NETWORK,
            per_customer: WAITING_PER_CUSTOMER,
        };
        Self::with_limits(name, threads, limits)
    }

    fn with_limits(
        name: &'static str,
        threads: usize,
        limits: QueueLimits,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            name,
            started: Instant::now(),
            state: Mutex::new(State {
                queue: Queue::new(limits),
                closed: false,
            }),
            changed: Condvar::new(),
        });
        let pool = Self(Arc::new(Handle(shared.clone())));
        for _ in 0..threads {
            let shared = shared.clone();
            thread::Builder::new()
                .name(name.to_owned())
                .spawn(move || shared.work())?;
        }
        Ok(pool)
    }

    /// Runs the work on one of the threads when the client's turn comes. Dropping the future cancels work that has not
    /// started.
    ///
    /// # Errors
    /// `Busy` if the wait took too long or the queue was full and the client ranked last; `Unexpected` if the work
    /// panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        client: &Submitter,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let (answer, mut answered) = oneshot::channel();
        let job: Job = Box::new(move |turn| {
            // Skip the work if the caller has gone.
            let _ = match turn {
                Turn::Run if answer.is_closed() => return,
                Turn::Run => answer.send(Ok(work())),
                Turn::GiveWay => answer.send(Err(busy())),
            };
        });
        let shared = &*self.0.0;
        let waiting = shared.push(client, job)?;
        let answer = match timeout(TIMEOUT, &mut answered).await {
            Ok(answer) => answer,
            Err(_) if waiting.remove() => return Err(busy()),
            // The work has started, so wait until it finishes.
            Err(_) => answered.await,
        };
        answer
            .map_err(|_| Error::unexpected(format!("work in the pool {} panicked", shared.name)))?
    }
}

const fn busy() -> Error {
    Error::Busy {
        retry_after: TIMEOUT,
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No job runs under this lock, so a panic leaves the state consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, client: &Submitter, job: Job) -> Result<QueuePlace<'_>> {
        let place = self
            .state()
            .queue
            .push(*client, job, self.started.elapsed());
        match place {
            Admission::Admitted(ticket, displaced) => {
                self.changed.notify_one();
                if let Some(displaced) = displaced {
                    displaced(Turn::GiveWay);
                }
                Ok(QueuePlace {
                    shared: self,
                    ticket,
                })
            }
            Admission::Refused(_) => Err(busy()),
        }
    }

    /// The loop of each thread, until the pool is closed.
    fn work(&self) {
        // On Linux this affects only the calling thread (setpriority(2), C library/kernel differences).
        if let Err(error) = setpriority_process(None, NICENESS) {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                pool = self.name,
                "failed to lower a thread's priority; heavy work may delay bids"
            );
        }
        while let Some((client, job)) = self.next() {
            let before = processor_time();
            // A panic drops the answer's sender, which notifies the caller.
            let _ = catch_unwind(AssertUnwindSafe(|| job(Turn::Run)));
            let took = processor_time().saturating_sub(before).as_secs_f64();
            let now = self.started.elapsed();
            self.state()
                .queue
                .charge(&client, took - EXPECTED_SECS, now);
        }
    }

    /// Blocks until the next job; `None` once the pool is closed.
    fn next(&self) -> Option<(Submitter, Job)> {
        let mut state = self.state();
        loop {
            if state.closed {
                return None;
            }
            if let Some(next) = state.queue.pop(EXPECTED_SECS, self.started.elapsed()) {
                return Some(next);
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The CPU time this thread has used.
fn processor_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime)
        .try_into()
        .unwrap_or_default()
}

/// A place in the queue, released when dropped.
struct QueuePlace<'a> {
    shared: &'a Shared,
    ticket: Ticket,
}

impl QueuePlace<'_> {
    /// Removes the job from the queue; `false` if it has started.
    fn remove(&self) -> bool {
        let job = self.shared.state().queue.remove(self.ticket);
        job.is_some()
    }
}

impl Drop for QueuePlace<'_> {
    fn drop(&mut self) {
        self.remove();
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.state().closed = true;
        self.0.changed.notify_all();
    }
}

impl fmt::Debug for CpuPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CpuPool").field(&self.0.0.name).finish()
    }
}

#[cfg(test)]
mod tests;
