//! Connections, with or without TLS, and the limits on each, so that no connection keeps others from being served.
//!
//! Invariant: a new connection always gets a place. If that exceeds a limit, another one is closed first: one of the
//! address or network that is over its cap, otherwise one of the network, and in it of the address, that holds the
//! most. Idle connections are closed before busy ones.
//!
//! | bound | value |
//! |---|---|
//! | TLS handshake, and then the first request | 10 s each |
//! | idle, HTTP/1 | 75 s, longer than proxies keep an idle connection |
//! | ping, HTTP/2 | every 20 s |
//! | requests at a time, HTTP/2 | 100 per connection |
//! | data that the client's system does not acknowledge (TCP_USER_TIMEOUT, RFC 5482) | 30 s |
//!
//! The last bound does not apply to an HTTP/2 client that opens no flow-control window. axum-server is used because
//! axum's own `serve` sets neither limits nor timeouts.

mod accept_error;
mod activity;
mod handshake;
mod registry;
mod service;
mod stream;
mod table;

pub(crate) use registry::OpenConnection;
pub(crate) use table::ConnectionLimits;

use crate::net::tls::Tls;
use accept_error::AcceptErrors;
use axum::Router;
use axum_server::{Handle, Server, accept::Accept};
use handshake::Handshakes;
use registry::Registry;
use service::{ConnectionService, Services};
use socket2::SockRef;
use std::{
    future::{Ready, pending, ready},
    io,
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};
use stream::Stream;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// How long sent data may remain unacknowledged (TCP_USER_TIMEOUT, RFC 5482).
const UNTAKEN: Duration = Duration::from_secs(30);
/// The time limit for the handshake, and then again for the first request.
const INTRODUCTION: Duration = Duration::from_secs(10);
/// How long an HTTP/1 connection may be idle, and how long a request's head may take. Longer than proxies keep idle
/// connections, usually 60 s; otherwise a proxy could send a request just as the connection closes.
const IDLE: Duration = Duration::from_secs(75);
/// The interval of HTTP/2 pings; a connection is closed if one is not answered within the same time.
const PING: Duration = Duration::from_secs(20);
/// The maximum number of concurrent requests on an HTTP/2 connection. Hyper's own limits apply too: 16 kB of headers,
/// and 20 requests cancelled before they were handled (rapid reset, CVE-2023-44487).
const MAX_STREAMS: u32 = 100;
/// How much of an answer is buffered for a client that does not read, per HTTP/2 request.
const MAX_UNSENT_BYTES: usize = 64 * 1024;

/// Serves until `stop` is cancelled, and then until the requests in progress have finished.
///
/// # Errors
/// If the listener fails.
pub async fn serve(
    listener: TcpListener,
    tls: Option<&Tls>,
    router: Router,
    caps: ConnectionLimits,
    stop: &CancellationToken,
) -> io::Result<()> {
    let registry = Arc::new(Registry::new(caps));
    let handle = Handle::new();
    let mut server = Server::<SocketAddr>::from_listener(listener)
        .handle(handle.clone())
        .first_request_timeout(INTRODUCTION)
        .accept_error_handler(AcceptErrors::new(registry.clone()).handler());
    let builder = server.http_builder();
    builder.http1().header_read_timeout(IDLE);
    builder
        .http2()
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .max_concurrent_streams(MAX_STREAMS)
        .max_send_buf_size(MAX_UNSENT_BYTES);
    let services = Services { router, registry };
    let serving = async {
        match tls.map(Tls::served) {
            None => server.acceptor(ConfiguringAcceptor).serve(services).await,
            Some(tls) => server.acceptor(Handshakes::new(tls)).serve(services).await,
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

/// Configures every connection's socket and opens its stream.
#[derive(Clone, Copy)]
struct ConfiguringAcceptor;

impl Accept<TcpStream, ConnectionService> for ConfiguringAcceptor {
    type Stream = Stream;
    type Service = ConnectionService;
    type Future = Ready<io::Result<(Stream, ConnectionService)>>;

    fn accept(&self, stream: TcpStream, service: ConnectionService) -> Self::Future {
        set_options(&stream);
        let opened = Stream::open(stream, service.connection.clone());
        ready(opened.map(|stream| (stream, service)))
    }
}

/// Disconnects a client that does not read, so that no answer stays in memory forever, and disables Nagle's algorithm
/// so that short answers are sent at once.
fn set_options(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let result = socket
        .set_tcp_user_timeout(Some(UNTAKEN))
        .and_then(|()| socket.set_tcp_nodelay(true));
    if let Err(error) = result {
        tracing::debug!(
            error = &error as &dyn std::error::Error,
            "cannot configure a connection's socket"
        );
    }
}
