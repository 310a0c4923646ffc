//! The consumer `notices`, and the notices that come by the clock.
//!
//! Any number of workers poll every second for held notices, deadlines, digests, held mail, and notices to many recipients. The
//! domain's advisory lock lets one of them write at a time, and the next no longer finds what it wrote. None of these waits for
//! the outbox's backlog.

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

/// Tells people what happened to their projects, bids and accounts.
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

/// Tells what is due by the clock, until `stop`.
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

/// Runs each step once: tells what is due by the clock, up to 20 batches of each kind.
///
/// # Errors
/// `Busy` or `Unexpected`; what was told before the failure stays told.
pub async fn pass(pool: &PgPool) -> Result<()> {
    for step in Step::ALL {
        step.tell(pool).await?;
    }
    Ok(())
}

/// What is told by the clock. A step that fails or takes long does not stop the others.
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

    /// Tells batch by batch, each in a transaction of its own, until nothing is left or it is the others' turn.
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
