//! Failures to accept a connection.
//!
//! If the system has no descriptor left, an idle connection is closed, and axum-server tries again after 50 ms. The log
//! has one line a minute.

use super::registry::Registry;
use std::{
    error::Error,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Connections can't be accepted twenty times a second where they can't be at all; one line in as long says so.
const BETWEEN_LINES: Duration = Duration::from_secs(60);

/// What becomes of connections that are not made.
pub(super) struct AcceptErrors {
    registry: Arc<Registry>,
    unsaid: Mutex<Unsaid>,
}

#[derive(Default)]
struct Unsaid {
    said_at: Option<Instant>,
    count: u64,
}

impl AcceptErrors {
    pub fn new(registry: Arc<Registry>) -> Self {
        Self {
            registry,
            unsaid: Mutex::default(),
        }
    }

    pub fn handler(self) -> impl Fn(Option<&SocketAddr>, &io::Error) + Send + Sync + 'static {
        move |client, error| self.handle(client, error)
    }

    /// A client that goes away or speaks something else is not worth a line. Where the listener fails, the system has most
    /// likely no open file left, so one connection is closed; axum-server tries again 50 ms later.
    fn handle(&self, client: Option<&SocketAddr>, error: &io::Error) {
        let source = error as &dyn Error;
        if let Some(client) = client {
            tracing::debug!(%client, error = source, "a connection was not made");
            return;
        }
        // A client that was gone before it was accepted took no open file (accept(2)).
        if error.kind() == io::ErrorKind::ConnectionAborted {
            return;
        }
        self.registry.make_room();
        if let Some(times) = self.times_to_say(Instant::now()) {
            tracing::warn!(
                error = source,
                times,
                "no connection can be accepted at this moment; an idle one is closed for the next"
            );
        }
    }

    /// How often it happened since the last line, where it is time for another one.
    fn times_to_say(&self, now: Instant) -> Option<u64> {
        let mut unsaid = self.unsaid.lock().unwrap_or_else(PoisonError::into_inner);
        unsaid.count += 1;
        let is_due = unsaid
            .said_at
            .is_none_or(|at| now.saturating_duration_since(at) >= BETWEEN_LINES);
        is_due.then(|| {
            unsaid.said_at = Some(now);
            std::mem::take(&mut unsaid.count)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::connection::Caps;

    #[test]
    fn a_listener_that_fails_again_and_again_is_worth_a_line_a_minute() {
        let caps = Caps {
            places: 1,
            per_customer: 1,
            per_network: 1,
        };
        let errors = AcceptErrors::new(Arc::new(Registry::new(caps)));
        let now = Instant::now();
        assert_eq!(errors.times_to_say(now), Some(1));
        for _ in 0..20 {
            assert_eq!(errors.times_to_say(now + Duration::from_secs(30)), None);
        }
        assert_eq!(errors.times_to_say(now + BETWEEN_LINES), Some(21));
    }
}
