use tokio::sync::oneshot;

/// A waiting request, and the channel for its answer. If it is dropped without an answer, its caller gets an error.
#[derive(Debug)]
pub struct PendingRequest<T, A> {
    pub request: T,
    pub answer: oneshot::Sender<A>,
}

impl<T, A> PendingRequest<T, A> {
    /// The request, and the receiver that its caller awaits. An error there means that a task crashed before it
    /// answered.
    #[must_use]
    pub fn new(request: T) -> (Self, oneshot::Receiver<A>) {
        let (answer, receiver) = oneshot::channel();
        (Self { request, answer }, receiver)
    }

    /// True if the caller has stopped waiting.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    pub fn answer(self, answer: A) {
        // Sending fails only if the caller has stopped waiting.
        let _ = self.answer.send(answer);
    }
}
