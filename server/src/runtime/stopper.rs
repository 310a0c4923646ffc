//! Tells a dedicated thread to stop. The thread can sleep without missing the signal.

use std::convert::Infallible;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// Held by the owner of a thread. Dropping it tells the thread to stop.
#[derive(Debug)]
pub(crate) struct Stopper {
    _sender: Sender<Infallible>,
}

/// Polled by the thread.
#[derive(Debug)]
pub(crate) struct Stop(Receiver<Infallible>);

pub(crate) fn pair() -> (Stopper, Stop) {
    let (sender, receiver) = channel();
    (Stopper { _sender: sender }, Stop(receiver))
}

impl Stop {
    /// Waits up to `wait`. True as soon as the [`Stopper`] is dropped, and from then on.
    pub(crate) fn stops_within(&self, wait: Duration) -> bool {
        self.0.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected)
    }
}
