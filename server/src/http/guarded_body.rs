//! Responses with a guard that is dropped once the last byte of the body has been handed on, or the client has gone.

use axum::http::Response;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

pin_project! {
    /// A future response whose body will hold the guard.
    pub(crate) struct GuardedFuture<F, G> {
        #[pin]
        response: F,
        guard: Option<G>,
    }
}

impl<F, G> GuardedFuture<F, G> {
    pub const fn new(response: F, guard: G) -> Self {
        Self {
            response,
            guard: Some(guard),
        }
    }
}

impl<F, G, B, E> Future for GuardedFuture<F, G>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<GuardedBody<B, G>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.response.poll(cx))?;
        let guard = this.guard.take();
        Poll::Ready(Ok(response.map(|body| GuardedBody { body, guard })))
    }
}

pin_project! {
    /// A body that drops its guard when it ends.
    pub(crate) struct GuardedBody<B, G> {
        #[pin]
        body: B,
        guard: Option<G>,
    }
}

impl<B, G> GuardedBody<B, G> {
    pub const fn new(body: B, guard: G) -> Self {
        Self {
            body,
            guard: Some(guard),
        }
    }
}

impl<B: Body, G> Body for GuardedBody<B, G> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let frame = ready!(this.body.poll_frame(cx));
        if frame.is_none() {
            *this.guard = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
