//! Failures to accept a connection.
//!
//! If the system has no descriptor left, one connection is closed, an idle one if there is any, and axum-server tries
//! again after 50 ms. At most one warning per minute is logged.

use super::registry::Registry;
use std::{
    error::Error,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The interval between warnings. A failing listener fails up to twenty times per second.
const BETWEEN_LINES: Duration = Duration::from_secs(60);

/// Handles connections that could not be established.
pub(super) struct AcceptErrors {
    registry: Arc<Registry>,
    unreported: Mutex<UnreportedErrors>,
}

#[derive(Default)]
struct UnreportedErrors {
    reported_at: Option<Instant>,
    count: u64,
}

impl AcceptErrors {
    pub fn new(registry: Arc<Registry>) -> Self {
        Self {
            registry,
            unreported: Mutex::default(),
        }
    }

    pub fn handler(self) -> impl Fn(Option<&SocketAddr>, &io::Error) + Send + Sync + 'static {
        move |client, error| self.handle(client, error)
    }

    /// A client that disconnects or speaks another protocol is not worth a warning. If the listener fails, the system
    /// is most likely out of open files, so one connection is closed; axum-server retries 50 ms later.
    fn handle(&self, client: Option<&SocketAddr>, error: &io::Error) {
        let source = error as &dyn Error;
        if let Some(client) = client {
            tracing::debug!(%client, error = source, "a connection was not established");
            return;
        }
        // A client that left before it was accepted took no open file (accept(2)).
        if error.kind() == io::ErrorKind::ConnectionAborted {
            return;
        }
        self.registry.make_room();
        if let Some(times) = self.times_to_report(Instant::now()) {
            tracing::warn!(
                error = source,
                times,
                "cannot accept connections at the moment; closing another one to make room"
            );
        }
    }

    /// The number of failures since the last warning, if another one is due.
    fn times_to_report(&self, now: Instant) -> Option<u64> {
        let mut unreported = self
            .unreported
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        unreported.count += 1;
        let is_due = unreported
            .reported_at
            .is_none_or(|at| now.saturating_duration_since(at) >= BETWEEN_LINES);
        is_due.then(|| {
            unreported.reported_at = Some(now);
            std::mem::take(&mut unreported.count)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::connection::ConnectionLimits;

    #[test]
    fn a_failing_listener_logs_one_warning_per_minute() {
        let caps = ConnectionLimits {
            places: 1,
            per_customer: 1,
            per_network: 1,
        };
        let errors = AcceptErrors::new(Arc::new(Registry::new(caps)));
        let now = Instant::now();
        assert_eq!(errors.times_to_report(now), Some(1));
        for _ in 0..20 {
            assert_eq!(errors.times_to_report(now + Duration::from_secs(30)), None);
        }
        assert_eq!(errors.times_to_report(now + BETWEEN_LINES), Some(21));
    }
}
