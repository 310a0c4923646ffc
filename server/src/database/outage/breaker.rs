//! The circuit breaker in front of the database.
//!
//! One probe per process reads the database's clock about four times per second, on a connection of its own, so that
//! requests cannot delay it. The breaker opens when the database refuses the probe, or when two probes in a row time
//! out after 1 s; after a single timeout, the machine itself may have paused. It closes at the first answer. A
//! database that refuses the probe because all its connections are taken counts as answering.

use guildhall::store;
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use std::time::{Duration, Instant};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// The pause between two probes, after an answer or a failure.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a probe waits: far longer than a busy PostgreSQL takes for `select clock_timestamp()`.
const PROBE_BOUND: Duration = Duration::from_secs(1);
/// How many consecutive probes must time out before the breaker opens. After a single one, the machine itself may have
/// paused.
const TIMEOUTS_TO_OPEN: u32 = 2;

/// Tracks whether the database answers. Cheap to clone and to query.
#[derive(Debug, Clone)]
pub(crate) struct Breaker(watch::Sender<State>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    /// The database has not answered since then.
    Open(Instant),
}

/// The result of one probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Answered,
    TimedOut,
    /// Nothing is listening, or the connection was refused or cut.
    Refused,
}

impl Default for Breaker {
    fn default() -> Self {
        Self(watch::Sender::new(State::Closed))
    }
}

impl Breaker {
    /// True while the database does not answer.
    pub fn is_open(&self) -> bool {
        matches!(*self.0.borrow(), State::Open(_))
    }

    /// Returns once the breaker is open.
    pub async fn until_open(&self) {
        let mut states = self.0.subscribe();
        let until_open = states.wait_for(|state| matches!(state, State::Open(_)));
        if until_open.await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Probes the database until `stop`.
    pub async fn watch(self, options: PgConnectOptions, stop: CancellationToken) {
        let mut probe = Probe {
            options: store::with_timeouts(options),
            connection: None,
        };
        let mut health = Health::new(Instant::now());
        loop {
            let outcome = tokio::select! {
                outcome = probe.run() => outcome,
                () = stop.cancelled() => return,
            };
            let before = *self.0.borrow();
            let state = health.record(before, outcome, Instant::now());
            if state != before {
                log(before, state);
                self.0.send_replace(state);
            }
            tokio::select! {
                () = sleep(PAUSE) => {}
                () = stop.cancelled() => return,
            }
        }
    }
}

fn log(before: State, state: State) {
    match (before, state) {
        (State::Open(since), State::Closed) => {
            let seconds = since.elapsed().as_secs_f64();
            tracing::info!(seconds, "the database answers again");
        }
        _ => tracing::error!(
            "the database does not answer; pages are served from memory and nothing is stored until it does"
        ),
    }
}

/// What the recent probes have shown.
struct Health {
    answered_at: Instant,
    timeouts: u32,
}

impl Health {
    const fn new(now: Instant) -> Self {
        Self {
            answered_at: now,
            timeouts: 0,
        }
    }

    /// The breaker's next state after a probe.
    fn record(&mut self, before: State, outcome: Outcome, now: Instant) -> State {
        match outcome {
            Outcome::Answered => {
                self.answered_at = now;
                self.timeouts = 0;
                return State::Closed;
            }
            Outcome::TimedOut => self.timeouts += 1,
            Outcome::Refused => self.timeouts = TIMEOUTS_TO_OPEN,
        }
        match before {
            State::Closed if self.timeouts >= TIMEOUTS_TO_OPEN => State::Open(self.answered_at),
            unchanged => unchanged,
        }
    }
}

/// The probe and its connection.
struct Probe {
    options: PgConnectOptions,
    connection: Option<PgConnection>,
}

impl Probe {
    /// Probes on the open connection. If that was cut, the database may already be back, so a new connection is tried
    /// at once.
    async fn run(&mut self) -> Outcome {
        if let Some(connection) = self.connection.take() {
            match self.run_on(connection).await {
                Outcome::Refused => {}
                outcome => return outcome,
            }
        }
        match timeout(PROBE_BOUND, PgConnection::connect_with(&self.options)).await {
            Ok(Ok(connection)) => self.run_on(connection).await,
            Ok(Err(error)) if is_too_many_connections(&error) => Outcome::Answered,
            Ok(Err(_)) => Outcome::Refused,
            Err(_) => Outcome::TimedOut,
        }
    }

    async fn run_on(&mut self, mut connection: PgConnection) -> Outcome {
        match timeout(PROBE_BOUND, store::now(&mut connection)).await {
            Ok(Ok(_)) => {
                self.connection = Some(connection);
                Outcome::Answered
            }
            Ok(Err(_)) => Outcome::Refused,
            Err(_) => Outcome::TimedOut,
        }
    }
}

/// True for too_many_connections (PostgreSQL, appendix A): a database without a free connection still answers.
fn is_too_many_connections(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code == "53300")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_breaker_opens_after_one_refusal_or_two_timeouts_and_closes_at_the_first_answer() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut health = Health::new(start);
        let mut record = |before, outcome, seconds| health.record(before, outcome, at(seconds));
        let (closed, open) = (State::Closed, |seconds| State::Open(at(seconds)));
        assert_eq!(record(closed, Outcome::Answered, 1), closed);
        assert_eq!(
            record(closed, Outcome::TimedOut, 2),
            closed,
            "one timeout is not enough"
        );
        assert_eq!(record(closed, Outcome::Answered, 3), closed);
        assert_eq!(record(closed, Outcome::TimedOut, 4), closed);
        assert_eq!(record(closed, Outcome::TimedOut, 5), open(3));
        assert_eq!(record(open(3), Outcome::TimedOut, 6), open(3));
        assert_eq!(record(open(3), Outcome::Answered, 7), closed);
        assert_eq!(
            record(closed, Outcome::Refused, 8),
            open(7),
            "one refusal is enough"
        );
        assert_eq!(record(open(7), Outcome::Refused, 9), open(7));
        assert_eq!(record(open(7), Outcome::Answered, 10), closed);
    }

    #[tokio::test]
    async fn waiters_are_woken_when_the_breaker_opens() {
        let breaker = Breaker::default();
        let waiting = tokio::spawn({
            let breaker = breaker.clone();
            async move { breaker.until_open().await }
        });
        tokio::task::yield_now().await;
        assert!(!breaker.is_open() && !waiting.is_finished());
        breaker.0.send_replace(State::Open(Instant::now()));
        waiting.await.expect("the waiter is woken");
        assert!(breaker.is_open());
    }
}
