//! The consumer `notices`, and the notices that depend on the time instead of an event.
//!
//! Any number of workers poll every second for held notices, deadlines, digests, held mail, and notices to many
//! recipients. The domain's advisory lock lets one of them write at a time; the next one finds only what is left. None of
//! these notices waits for the outbox's backlog.

use super::Consumer;
use guildhall::{
    Error, Result,
    event::{EventKind, consumer::Event},
    notice,
    store::Tx,
};
use sqlx::PgPool;
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How often to poll for due notices.
const POLL: Duration = Duration::from_secs(1);
/// How many batches a step writes before it is the next one's turn.
const BATCHES: usize = 20;
/// How long a step may take: a connection that died silently must not stop the next one.
const BOUND: Duration = Duration::from_secs(10);

/// Writes notices about people's projects, bids and accounts.
pub struct Notices;

impl Consumer for Notices {
    fn name(&self) -> &'static str {
        "notices"
    }

    fn kinds(&self) -> &[EventKind] {
        notice::EVENTS
    }

    async fn handle(&self, tx: &mut Tx<'_>, events: &[Event]) -> Result<()> {
        notice::tell(tx, events).await
    }
}

/// Writes the notices that are due, until `stop`.
pub(super) async fn tell_all(pool: &PgPool, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        for step in Step::ALL {
            let told = timeout(BOUND, step.tell(pool)).await;
            if let Err(error) = told.map_err(Error::unexpected).flatten() {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    step = ?step,
                    "cannot write the notices that are due; retrying"
                );
            }
        }
        tokio::select! {
            () = sleep(POLL) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Runs each step once, with up to 20 batches: writes the notices that are due.
///
/// # Errors
/// `Busy` or `Unexpected`; notices that were written before the failure remain.
pub async fn pass(pool: &PgPool) -> Result<()> {
    for step in Step::ALL {
        step.tell(pool).await?;
    }
    Ok(())
}

/// A kind of notices that are due at a time. A step that fails or takes long does not stop the others.
#[derive(Debug, Clone, Copy)]
enum Step {
    Deadlines,
    Held,
    Digests,
    Mail,
    Broadcasts,
}

impl Step {
    const ALL: [Self; 5] = [
        Self::Deadlines,
        Self::Held,
        Self::Digests,
        Self::Mail,
        Self::Broadcasts,
    ];

    /// Writes batch after batch, each in a transaction of its own, until nothing is left or it is another step's turn.
    async fn tell(self, pool: &PgPool) -> Result<()> {
        for _ in 0..BATCHES {
            let mut tx: Tx<'_> = pool.begin().await?;
            let has_more = match self {
                Self::Deadlines => notice::tell_deadlines(&mut tx).await? > 0,
                Self::Held => notice::release(&mut tx).await? > 0,
                Self::Digests => notice::tell_digests(&mut tx).await? > 0,
                Self::Mail => notice::release_mail(&mut tx).await? > 0,
                Self::Broadcasts => notice::broadcast(&mut tx).await?,
            };
            tx.commit().await?;
            if !has_more {
                break;
            }
        }
        Ok(())
    }
}
