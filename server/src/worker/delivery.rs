//! Sends notices by mail.
//!
//! - A worker claims queues that have something to send, up to ten at a time, and sends the lowest notice of each. A slow
//!   or dead receiver takes one of the places until its attempt ends, and no other queue waits for it.
//! - No transaction is open while something is sent: the claim is a lease in the queue's row. A worker that dies leaves
//!   it, and three minutes later another sends the same notice again, with the same id.
//! - A failed notice is tried again after a growing wait, before any later one of its queue. After the last try, or if
//!   the address does not exist, the queue is parked until its owner or an operator has it sent again.

use super::letter::LetterWriter;
use crate::mail::{MAX_CONNECTIONS, SendError};
use guildhall::{
    Error, Result,
    notice::{
        self,
        delivery::{Delivery, DeliveryOutcome},
    },
};
use sqlx::PgPool;
use std::time::Duration;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// How often an idle worker polls for something to send.
const POLL: Duration = Duration::from_millis(500);
/// How many notices are sent at the same time: as many as there are connections to the relay, so that none waits for one.
const PLACES: usize = MAX_CONNECTIONS;
/// How long one attempt may take, including its letter: less than the claim's lease.
const BOUND: Duration = Duration::from_secs(120);
/// How long a worker waits for the database: a silently dead connection must not stop it.
const DATABASE_BOUND: Duration = Duration::from_secs(10);

/// Sends until `stop`, and then lets the attempts in progress end.
pub(super) async fn deliver_all(pool: &PgPool, letters: LetterWriter, stop: &CancellationToken) {
    let sender = NoticeSender::new(pool.clone(), letters);
    let mut running = JoinSet::new();
    while !stop.is_cancelled() {
        while running.try_join_next().is_some() {}
        let free = PLACES - running.len();
        let begun = sender.begin(&mut running, free).await;
        if let Err(error) = &begun {
            tracing::error!(
                error = error as &dyn std::error::Error,
                "cannot read what is to be sent; retrying"
            );
        }
        tokio::select! {
            () = sleep(POLL) => {}
            Some(_) = running.join_next() => {}
            () = stop.cancelled() => {}
        }
    }
    running.join_all().await;
}

/// Sends notices of many queues at the same time.
pub struct NoticeSender {
    pool: PgPool,
    letters: LetterWriter,
}

impl NoticeSender {
    #[must_use]
    pub const fn new(pool: PgPool, letters: LetterWriter) -> Self {
        Self { pool, letters }
    }

    /// Claims up to `most` queues, and begins to send the next notice of each. Returns how many.
    async fn begin(&self, running: &mut JoinSet<()>, most: usize) -> Result<usize> {
        if most == 0 {
            return Ok(0);
        }
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let claimed = timeout(DATABASE_BOUND, async {
            notice::claim(&mut *self.pool.acquire().await?, most).await
        });
        let claimed = claimed.await.map_err(Error::unexpected)??;
        let count = claimed.len();
        for delivery in claimed {
            let (pool, letters) = (self.pool.clone(), self.letters.clone());
            running.spawn(async move { send(&pool, &letters, &delivery).await });
        }
        Ok(count)
    }

    /// Sends the next notice of up to ten queues that are due, and returns how many once all attempts have ended.
    ///
    /// # Errors
    /// `Busy` or `Unexpected` if the database does not answer.
    pub async fn pass(&self) -> Result<usize> {
        let mut running = JoinSet::new();
        let count = self.begin(&mut running, PLACES).await?;
        running.join_all().await;
        Ok(count)
    }
}

/// Sends one notice and records the outcome. If that fails, the claim ends with its lease, and the notice is sent again.
async fn send(pool: &PgPool, letters: &LetterWriter, delivery: &Delivery) {
    let attempt = match timeout(BOUND, attempt(pool, letters, delivery)).await {
        Ok(attempt) => attempt,
        Err(_) => DeliveryOutcome::Failed(format!("it took longer than {} s", BOUND.as_secs())),
    };
    let recorded = timeout(DATABASE_BOUND, async {
        notice::record(&mut *pool.acquire().await?, &delivery.claim, &attempt).await
    });
    let recorded = recorded.await.map_err(Error::unexpected).flatten();
    match recorded {
        Ok(true) => {}
        Ok(false) => tracing::warn!(
            account = delivery.claim.account.0,
            "another worker has taken over a queue of notices; one may be sent twice"
        ),
        Err(error) => tracing::error!(
            error = &error as &dyn std::error::Error,
            account = delivery.claim.account.0,
            "cannot record what came of sending a notice; it will be sent again"
        ),
    }
}

async fn attempt(pool: &PgPool, letters: &LetterWriter, delivery: &Delivery) -> DeliveryOutcome {
    let letter = match letters.of(pool, delivery).await {
        Ok(letter) => letter,
        Err(refused) => return refused,
    };
    match letters.mailer().send(&letter).await {
        Ok(_) => DeliveryOutcome::Sent,
        Err(error @ SendError::Temporary(_)) => DeliveryOutcome::Failed(error.to_string()),
        Err(error @ SendError::Misconfigured(_)) => DeliveryOutcome::Postponed(error.to_string()),
        Err(error @ SendError::AddressRefused(_)) => {
            DeliveryOutcome::Unreachable(error.to_string())
        }
        Err(error @ SendError::LetterRefused(_)) => DeliveryOutcome::Refused(error.to_string()),
    }
}
