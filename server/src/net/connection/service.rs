use super::registry::{OpenConnection, Registry};
use crate::http::guarded_body::{GuardedBody, GuardedFuture};
use axum::{
    BoxError, Router,
    body::{Body, Bytes, HttpBody},
    extract::ConnectInfo,
    http::{Request, Response},
    routing::future::RouteFuture,
};
use std::{
    convert::Infallible,
    future::{Ready, ready},
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
};
use tower::Service;

/// Creates the service of each connection. It runs between two accepts, so that a connection over the limit displaces
/// another before the next is accepted.
pub(super) struct Services {
    pub router: Router,
    pub registry: Arc<Registry>,
}

impl Service<SocketAddr> for Services {
    type Response = ConnectionService;
    type Error = Infallible;
    type Future = Ready<Result<ConnectionService, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, peer: SocketAddr) -> Self::Future {
        ready(Ok(ConnectionService {
            router: self.router.clone(),
            peer,
            connection: self.registry.admit(peer.ip()),
        }))
    }
}

/// The service of one connection: the site, with the peer's address and the connection in each request's extensions.
#[derive(Clone)]
pub(super) struct ConnectionService {
    router: Router,
    peer: SocketAddr,
    pub connection: Arc<OpenConnection>,
}

impl<B> Service<Request<B>> for ConnectionService
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<GuardedBody<Body, super::registry::ActiveRequest>>;
    type Error = Infallible;
    type Future = GuardedFuture<RouteFuture<Infallible>, super::registry::ActiveRequest>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let under_way = self.connection.request();
        let extensions = request.extensions_mut();
        extensions.insert(ConnectInfo(self.peer));
        extensions.insert(self.connection.clone());
        GuardedFuture::new(self.router.call(request), under_way)
    }
}
