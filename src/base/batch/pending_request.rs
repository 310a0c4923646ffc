use tokio::sync::oneshot;

/// A request that waits, and where its answer goes. Dropped without an answer, its caller learns that there is none.
#[derive(Debug)]
pub struct PendingRequest<T, A> {
    pub request: T,
    pub answer: oneshot::Sender<A>,
}

impl<T, A> PendingRequest<T, A> {
    /// The request, and what its caller awaits; an error there means that the task that had it is gone.
    #[must_use]
    pub fn new(request: T) -> (Self, oneshot::Receiver<A>) {
        let (answer, answered) = oneshot::channel();
        (Self { request, answer }, answered)
    }

    /// Whether the caller has stopped waiting.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    pub fn answer(self, answer: A) {
        // A caller that has stopped waiting needs no answer.
        let _ = self.answer.send(answer);
    }
}
