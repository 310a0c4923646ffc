//! Connections: what each is bound by, whatever it speaks, so that none of them keeps others from being served.

use crate::tls::Tls;
use axum::Router;
use axum_server::{
    Handle, Server,
    accept::Accept,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use socket2::SockRef;
use std::{
    collections::VecDeque,
    convert::Infallible,
    future::{Ready, pending, ready},
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
};
use tokio_util::sync::CancellationToken;

/// How long what was sent may wait to be taken (TCP_USER_TIMEOUT, RFC 5482).
const UNTAKEN: Duration = Duration::from_secs(30);
/// How long a handshake may take, and then the first request.
const INTRODUCTION: Duration = Duration::from_secs(10);
/// How many handshakes may be under way; the oldest gives way to one more. It takes some 10 kB each.
const MOST_HANDSHAKES: usize = 16_384;
/// How long a connection of HTTP/1 may be idle, and how long a request's head may take: longer than proxies keep an idle
/// connection, usually 60 s, because they would send a request into one that closes at that moment.
const IDLE: Duration = Duration::from_secs(75);
/// A connection of HTTP/2 is asked for a sign of life this often, and closed without one as long after.
const PING: Duration = Duration::from_secs(20);
/// How many requests of one connection of HTTP/2 may be under way. Hyper's own limits hold beside it: 16 kB of headers, and 20
/// requests taken back before they were looked at (rapid reset, CVE-2023-44487).
const MOST_STREAMS: u32 = 100;
/// How much of an answer may wait in memory for a client that takes nothing, each request of HTTP/2.
const MOST_UNSENT_BYTES: usize = 64 * 1024;

/// Serves until it is told to stop, and then until the requests under way have ended.
///
/// # Errors
/// When the listener is none any more.
pub async fn serve(
    listener: TcpListener,
    tls: Option<&Tls>,
    router: Router,
    stop: &CancellationToken,
) -> io::Result<()> {
    let handle = Handle::new();
    let mut server = Server::<SocketAddr>::from_listener(listener)
        .handle(handle.clone())
        .first_request_timeout(INTRODUCTION)
        .accept_error_handler(complain);
    let builder = server.http_builder();
    builder.http1().header_read_timeout(IDLE);
    builder
        .http2()
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .max_concurrent_streams(MOST_STREAMS)
        .max_send_buf_size(MOST_UNSENT_BYTES);
    let doors = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = async {
        match tls.map(Tls::served) {
            None => server.acceptor(Settled).serve(doors).await,
            Some(tls) => server.acceptor(Handshakes::new(tls)).serve(doors).await,
        }
    };
    let stopping = async {
        stop.cancelled().await;
        handle.graceful_shutdown(None);
        pending().await
    };
    tokio::select! {
        served = serving => served,
        never = stopping => match never {},
    }
}

/// A client that goes away or speaks something else is not worth a line; no more connections at all is.
fn complain(client: Option<&SocketAddr>, error: &io::Error) {
    let error = error as &dyn std::error::Error;
    match client {
        Some(client) => tracing::debug!(%client, error, "a connection was not made"),
        None => tracing::warn!(error, "no connection can be accepted at this moment"),
    }
}

/// Settles every connection.
#[derive(Clone, Copy)]
struct Settled;

impl<S> Accept<TcpStream, S> for Settled {
    type Stream = TcpStream;
    type Service = S;
    type Future = Ready<io::Result<(TcpStream, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        settle(&stream);
        ready(Ok((stream, service)))
    }
}

/// Who does not take what it asked for is cut off, so that no answer waits for ever in memory; and a short answer is sent at
/// once.
fn settle(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let settled = socket
        .set_tcp_user_timeout(Some(UNTAKEN))
        .and_then(|()| socket.set_tcp_nodelay(true));
    if let Err(error) = settled {
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "a connection could not be settled"
        );
    }
}

/// Handshakes, each beside all others and bounded in time. Their number is bounded too: whoever begins many and finishes none
/// pushes out its own, while an honest one is done in milliseconds.
#[derive(Clone)]
struct Handshakes {
    tls: RustlsAcceptor<Settled>,
    under_way: Arc<UnderWay>,
}

impl Handshakes {
    fn new(tls: RustlsConfig) -> Self {
        Self {
            tls: RustlsAcceptor::new(tls)
                .handshake_timeout(INTRODUCTION)
                .acceptor(Settled),
            under_way: Arc::new(UnderWay::new(MOST_HANDSHAKES)),
        }
    }
}

impl<S: Send + 'static> Accept<TcpStream, S> for Handshakes {
    type Stream = <RustlsAcceptor<Settled> as Accept<TcpStream, S>>::Stream;
    type Service = <RustlsAcceptor<Settled> as Accept<TcpStream, S>>::Service;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let gave_way = self.under_way.begin();
        let accepted = self.tls.accept(stream, service);
        Box::pin(async move {
            tokio::select! {
                accepted = accepted => accepted,
                _ = gave_way => Err(io::Error::other("it gave way to a later handshake")),
            }
        })
    }
}

/// What has begun, the oldest first; each ends when its sender is dropped.
struct UnderWay {
    most: usize,
    begun: Mutex<VecDeque<oneshot::Sender<Infallible>>>,
}

impl UnderWay {
    fn new(most: usize) -> Self {
        Self {
            most,
            begun: Mutex::default(),
        }
    }

    /// One more begins; the receiver hears when it has to give way.
    fn begin(&self) -> oneshot::Receiver<Infallible> {
        let (keep, gave_way) = oneshot::channel();
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.len() >= self.most {
            begun.retain(|keep| !keep.is_closed());
        }
        if begun.len() >= self.most {
            begun.pop_front();
        }
        begun.push_back(keep);
        gave_way
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot::error::TryRecvError;

    #[test]
    fn the_oldest_handshake_gives_way_and_finished_ones_do_not_count() {
        let under_way = UnderWay::new(3);
        let mut oldest = under_way.begin();
        drop([under_way.begin(), under_way.begin()]);
        let mut others = [under_way.begin(), under_way.begin()];
        assert_eq!(oldest.try_recv(), Err(TryRecvError::Empty));
        let mut newest = under_way.begin();
        assert_eq!(oldest.try_recv(), Err(TryRecvError::Closed));
        for kept in others.iter_mut().chain([&mut newest]) {
            assert_eq!(kept.try_recv(), Err(TryRecvError::Empty));
        }
    }
}
