//! A few slots for work that holds a scarce resource. Each address and each account has at most one slot at a time.
//!
//! Publishing, saving or previewing a project takes a slot before it takes a connection. There is one slot for every
//! ten connections, three at most. Without slots, a flood of such requests would take every connection and both cores:
//! PostgreSQL splits each text into words, and requests of one account wait for the lock on the same quota.

use super::{Admission, Queue, QueueLimits, Submitter, Ticket};
use crate::{Error, Result};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::{sync::oneshot, time::timeout};

/// How many clients may wait.
const WAITING: QueueLimits = QueueLimits {
    in_all: 256,
    per_network: 48,
    per_customer: 16,
};
/// How long a client waits for a turn.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The duration that a turn is charged for while it runs, in seconds.
const EXPECTED_SECS: f64 = 0.01;

/// Limits how many turns run at once: in all, and to one per address and account. A turn is for work that holds a shared
/// resource such as a database connection. Clones share the limit.
#[derive(Clone)]
pub struct Turns(Arc<Shared>);

struct Shared {
    started: Instant,
    timeout_after: Duration,
    state: Mutex<State>,
}

struct State {
    max_running: usize,
    /// Clients that have a turn.
    running: Vec<Submitter>,
    queue: Queue<oneshot::Sender<Turn>>,
}

/// A turn, which ends when dropped.
#[must_use]
pub struct Turn {
    shared: Arc<Shared>,
    client: Submitter,
    began: Instant,
}

impl Turns {
    /// Allows up to `max_running` turns at once.
    #[must_use]
    pub fn new(max_running: usize) -> Self {
        Self::with_limits(max_running, WAITING, TIMEOUT)
    }

    fn with_limits(max_running: usize, limits: QueueLimits, timeout_after: Duration) -> Self {
        Self(Arc::new(Shared {
            started: Instant::now(),
            timeout_after,
            state: Mutex::new(State {
                max_running,
                running: Vec::new(),
                queue: Queue::new(limits),
            }),
        }))
    }

    /// Waits for the client's turn.
    ///
    /// # Errors
    /// `Busy` if the wait took too long, or if a limit of the queue was exceeded while the client ranked last.
    pub async fn take(&self, client: &Submitter) -> Result<Turn> {
        let shared = &self.0;
        let (sender, receiver) = oneshot::channel();
        let now = shared.started.elapsed();
        let place = shared.state().queue.push(*client, sender, now);
        let Admission::Admitted(ticket, displaced) = place else {
            return Err(busy());
        };
        // A client that gives way is notified by the drop of its sender.
        drop(displaced);
        let _waiting = QueuePlace { shared, ticket };
        shared.grant_turns();
        match timeout(shared.timeout_after, receiver).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(busy()),
        }
    }
}

const fn busy() -> Error {
    Error::Busy {
        retry_after: TIMEOUT,
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code that holds this lock panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Grants free turns to waiting clients.
    fn grant_turns(self: &Arc<Self>) {
        while let Some((client, waiting)) = self.next() {
            // If the client has gone, the turn ends here and the next client gets it.
            let _ = waiting.send(Turn {
                shared: Arc::clone(self),
                client,
                began: Instant::now(),
            });
        }
    }

    fn next(&self) -> Option<(Submitter, oneshot::Sender<Turn>)> {
        let state = &mut *self.state();
        if state.running.len() == state.max_running {
            return None;
        }
        let running = &state.running;
        let is_eligible =
            |client: &Submitter| !running.iter().any(|other| other.shares_with(client));
        let now = self.started.elapsed();
        let next = state.queue.pop_where(is_eligible, EXPECTED_SECS, now)?;
        state.running.push(next.0);
        Some(next)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let lasted = self.began.elapsed().as_secs_f64();
        let now = self.shared.started.elapsed();
        let mut state = self.shared.state();
        let own = state.running.iter().position(|c| *c == self.client);
        if let Some(own) = own {
            state.running.swap_remove(own);
        }
        state
            .queue
            .charge(&self.client, lasted - EXPECTED_SECS, now);
        drop(state);
        self.shared.grant_turns();
    }
}

/// A place in the queue, released when dropped.
struct QueuePlace<'a> {
    shared: &'a Shared,
    ticket: Ticket,
}

impl Drop for QueuePlace<'_> {
    fn drop(&mut self) {
        let _item = self.shared.state().queue.remove(self.ticket);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use tokio::task::{JoinHandle, yield_now};

    const FEW: QueueLimits = QueueLimits {
        in_all: 3,
        per_network: 3,
        per_customer: 2,
    };

    fn client(host: u8) -> Submitter {
        Submitter::stranger(Ipv4Addr::new(192, 0, 2, host).into())
    }

    /// Asks for a turn and waits until it is granted or queued.
    async fn request_turn(turns: &Turns, host: u8) -> JoinHandle<Result<Turn>> {
        let turns = turns.clone();
        let task = tokio::spawn(async move { turns.take(&client(host)).await });
        yield_now().await;
        task
    }

    fn waiting(turns: &Turns) -> usize {
        turns.0.state().queue.len()
    }

    #[tokio::test]
    async fn two_turns_run_at_once_and_the_third_waits_for_one_to_end() {
        let turns = Turns::new(2);
        let first = turns.take(&client(1)).await.expect("is free");
        let _second = turns.take(&client(2)).await.expect("is free");
        let third = request_turn(&turns, 3).await;
        assert!(!third.is_finished());
        drop(first);
        assert!(third.await.expect("ends").is_ok());
    }

    #[tokio::test]
    async fn a_newcomer_comes_before_an_address_that_has_had_a_turn() {
        let turns = Turns::new(1);
        let running = turns.take(&client(1)).await.expect("is free");
        let again = request_turn(&turns, 1).await;
        let new = request_turn(&turns, 2).await;
        drop(running);
        let turn = new.await.expect("ends").expect("has its turn");
        assert!(!again.is_finished());
        drop(turn);
        assert!(again.await.expect("ends").is_ok());
    }

    #[tokio::test]
    async fn an_address_at_its_limit_is_refused_and_its_waiting_requests_still_get_a_turn() {
        let turns = Turns::with_limits(1, FEW, TIMEOUT);
        let running = turns.take(&client(1)).await.expect("is free");
        let (one, two) = (request_turn(&turns, 1).await, request_turn(&turns, 1).await);
        let three = request_turn(&turns, 1).await.await.expect("ends");
        assert!(matches!(three, Err(Error::Busy { .. })));
        drop(running);
        drop(one.await.expect("ends").expect("has its turn"));
        assert!(two.await.expect("ends").is_ok());
    }

    #[tokio::test]
    async fn an_address_has_one_turn_at_a_time_and_others_overtake_it() {
        let turns = Turns::new(3);
        let running = turns.take(&client(1)).await.expect("is free");
        let again = request_turn(&turns, 1).await;
        let _other = turns.take(&client(2)).await.expect("is free");
        assert!(!again.is_finished());
        drop(running);
        assert!(again.await.expect("ends").is_ok());
    }

    #[tokio::test]
    async fn a_client_that_gives_way_is_notified_at_once() {
        let turns = Turns::with_limits(1, FEW, TIMEOUT);
        let _running = turns.take(&client(1)).await.expect("is free");
        let waiting = [
            request_turn(&turns, 1).await,
            request_turn(&turns, 1).await,
            request_turn(&turns, 2).await,
        ];
        let _new = request_turn(&turns, 3).await;
        let displaced = waiting.iter().filter(|waiter| waiter.is_finished());
        yield_now().await;
        assert_eq!(displaced.count(), 1);
    }

    #[tokio::test]
    async fn a_client_that_stops_waiting_leaves_its_turn_to_the_next() {
        let turns = Turns::new(1);
        let running = turns.take(&client(1)).await.expect("is free");
        let abandoned = request_turn(&turns, 2).await;
        let next = request_turn(&turns, 3).await;
        abandoned.abort();
        assert!(abandoned.await.is_err());
        assert_eq!(waiting(&turns), 1);
        drop(running);
        assert!(next.await.expect("ends").is_ok());
        assert!(turns.take(&client(4)).await.is_ok());
    }

    #[tokio::test]
    async fn no_client_waits_forever() {
        let turns = Turns::with_limits(1, FEW, Duration::from_millis(1));
        let _running = turns.take(&client(1)).await.expect("is free");
        let waited = turns.take(&client(2)).await;
        assert!(matches!(waited, Err(Error::Busy { .. })));
        assert_eq!(waiting(&turns), 0);
    }
}
