//! How a thread of its own is told to stop, and waits without missing it.

use std::convert::Infallible;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// Held by whoever started the thread. Dropping it tells the thread to stop.
#[derive(Debug)]
pub(crate) struct Stopper {
    _sender: Sender<Infallible>,
}

/// Asked by the thread, again and again.
#[derive(Debug)]
pub(crate) struct Stop(Receiver<Infallible>);

pub(crate) fn pair() -> (Stopper, Stop) {
    let (sender, receiver) = channel();
    (Stopper { _sender: sender }, Stop(receiver))
}

impl Stop {
    /// Waits so long at most. True as soon as the holder is gone, and from then on.
    pub(crate) fn is_told_within(&self, wait: Duration) -> bool {
        self.0.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected)
    }
}
