//! Measures how long a future runs without yielding.

use rustix::time::{ClockId, clock_gettime};
use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

/// A future and its longest poll in CPU time, so that other load on the machine does not count.
pub struct MeteredFuture<F> {
    future: Pin<Box<F>>,
    longest: Duration,
}

/// Runs the future and returns its output and its longest poll.
pub fn metered<F: Future>(future: F) -> MeteredFuture<F> {
    MeteredFuture {
        future: Box::pin(future),
        longest: Duration::ZERO,
    }
}

impl<F: Future> Future for MeteredFuture<F> {
    type Output = (F::Output, Duration);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let before = thread_time();
        let polled = self.future.as_mut().poll(context);
        self.longest = self.longest.max(thread_time() - before);
        polled.map(|output| (output, self.longest))
    }
}

/// The CPU time used by this thread.
pub fn thread_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime)
        .try_into()
        .expect("CPU time is not negative")
}
