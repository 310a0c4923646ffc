//! Connections, with TLS or without: what bounds each, so that none keeps others from being served.
//!
//! Invariant: a new connection always gets a place. If that is one too many, another one is closed first: of the
//! address or network that is over its cap, otherwise of those that hold most, and idle ones before busy ones.
//!
//! | bound | value |
//! |---|---|
//! | TLS handshake, and then the first request | 10 s each |
//! | idle, HTTP/1 | 75 s, longer than proxies keep an idle connection |
//! | ping, HTTP/2 | every 20 s |
//! | requests at a time, HTTP/2 | 100 a connection |
//! | data that the client's system does not take (TCP_USER_TIMEOUT, RFC 5482) | 30 s |
//!
//! The last bound does not reach a client of HTTP/2 that opens no flow-control window. axum-server is used because
//! axum's own `serve` sets neither limits nor time-outs.

mod accept_error;
mod activity;
mod handshake;
mod registry;
mod service;
mod stream;
mod table;

pub(crate) use registry::Connection;
pub(crate) use table::Caps;

use crate::net::tls::Tls;
use accept_error::AcceptErrors;
use axum::Router;
use axum_server::{Handle, Server, accept::Accept};
use handshake::Handshakes;
use registry::Registry;
use service::{Served, Services};
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

/// How long what was sent may wait to be taken (TCP_USER_TIMEOUT, RFC 5482).
const UNTAKEN: Duration = Duration::from_secs(30);
/// How long a handshake may take, and then the first request.
const INTRODUCTION: Duration = Duration::from_secs(10);
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
    caps: Caps,
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
        .max_concurrent_streams(MOST_STREAMS)
        .max_send_buf_size(MOST_UNSENT_BYTES);
    let services = Services { router, registry };
    let serving = async {
        match tls.map(Tls::served) {
            None => server.acceptor(Settled).serve(services).await,
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

/// Settles every connection, and opens its stream.
#[derive(Clone, Copy)]
struct Settled;

impl Accept<TcpStream, Served> for Settled {
    type Stream = Stream;
    type Service = Served;
    type Future = Ready<io::Result<(Stream, Served)>>;

    fn accept(&self, stream: TcpStream, service: Served) -> Self::Future {
        settle(&stream);
        let opened = Stream::open(stream, service.connection.clone());
        ready(opened.map(|stream| (stream, service)))
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
