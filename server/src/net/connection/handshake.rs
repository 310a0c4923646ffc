//! TLS handshakes run concurrently, so that one that never ends delays no other.
//!
//! When 16,384 are in progress, a new one displaces the oldest.

use super::{ConfiguringAcceptor, INTRODUCTION, service::ConnectionService};
use axum_server::{
    accept::Accept,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use std::{
    collections::VecDeque,
    convert::Infallible,
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{net::TcpStream, sync::oneshot};

/// The maximum number of handshakes in progress; a further one cancels the oldest. Each takes some 10 kB.
const MAX_HANDSHAKES: usize = 16_384;

/// Runs handshakes concurrently, each bounded in time. Their number is bounded too: an attacker who starts many and
/// finishes none displaces their own, while an honest handshake takes milliseconds.
#[derive(Clone)]
pub(super) struct Handshakes {
    tls: RustlsAcceptor<ConfiguringAcceptor>,
    under_way: Arc<ActiveHandshakes>,
}

impl Handshakes {
    pub fn new(tls: RustlsConfig) -> Self {
        Self {
            tls: RustlsAcceptor::new(tls)
                .handshake_timeout(INTRODUCTION)
                .acceptor(ConfiguringAcceptor),
            under_way: Arc::new(ActiveHandshakes::new(MAX_HANDSHAKES)),
        }
    }
}

impl Accept<TcpStream, ConnectionService> for Handshakes {
    type Stream =
        <RustlsAcceptor<ConfiguringAcceptor> as Accept<TcpStream, ConnectionService>>::Stream;
    type Service =
        <RustlsAcceptor<ConfiguringAcceptor> as Accept<TcpStream, ConnectionService>>::Service;
    type Future = Pin<Box<dyn Future<Output = io::Result<(Self::Stream, Self::Service)>> + Send>>;

    fn accept(&self, stream: TcpStream, service: ConnectionService) -> Self::Future {
        let displaced = self.under_way.begin();
        let accepted = self.tls.accept(stream, service);
        Box::pin(async move {
            tokio::select! {
                accepted = accepted => accepted,
                _ = displaced => Err(io::Error::other("it was displaced by a later handshake")),
            }
        })
    }
}

/// Handshakes in progress, oldest first; dropping a sender cancels its handshake.
struct ActiveHandshakes {
    most: usize,
    begun: Mutex<VecDeque<oneshot::Sender<Infallible>>>,
}

impl ActiveHandshakes {
    fn new(most: usize) -> Self {
        Self {
            most,
            begun: Mutex::default(),
        }
    }

    /// Adds a handshake; the receiver is notified when the handshake is cancelled.
    fn begin(&self) -> oneshot::Receiver<Infallible> {
        let (keep, displaced) = oneshot::channel();
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.len() >= self.most {
            begun.retain(|keep| !keep.is_closed());
        }
        if begun.len() >= self.most {
            begun.pop_front();
        }
        begun.push_back(keep);
        displaced
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot::error::TryRecvError;

    #[test]
    fn the_oldest_handshake_is_displaced_and_finished_ones_do_not_count() {
        let under_way = ActiveHandshakes::new(3);
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
