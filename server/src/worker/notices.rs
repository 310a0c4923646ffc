//! The consumer `notices`, and the notices that come by the clock.
//!
//! Any number of workers poll every second for held notices, deadlines, digests, and notices to many recipients. The
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
/// How many batches of digests, and of notices to many recipients, a pass writes before it looks for deadlines again.
const BROADCASTS: usize = 20;
/// How long a pass may take: a connection that died silently must not stop the next one.
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
pub(super) async fn tell_due(pool: &PgPool, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let told = timeout(BOUND, pass(pool)).await;
        if let Err(error) = told.map_err(Error::unexpected).flatten() {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "cannot write the notices that are due; retrying"
            );
        }
        tokio::select! {
            () = sleep(POLL) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Tells everything that is due now, except for what more than 20 batches of recipients are still to be told.
///
/// # Errors
/// `Busy` or `Unexpected`; what was told before the failure stays told.
pub async fn pass(pool: &PgPool) -> Result<()> {
    loop {
        let mut tx: Tx<'_> = pool.begin().await?;
        let told = notice::tell_deadlines(&mut tx).await?;
        tx.commit().await?;
        if told == 0 {
            break;
        }
    }
    loop {
        let mut tx: Tx<'_> = pool.begin().await?;
        let released = notice::release(&mut tx).await?;
        tx.commit().await?;
        if released == 0 {
            break;
        }
    }
    for _ in 0..BROADCASTS {
        let mut tx: Tx<'_> = pool.begin().await?;
        let told = notice::tell_digests(&mut tx).await?;
        tx.commit().await?;
        if told == 0 {
            break;
        }
    }
    for _ in 0..BROADCASTS {
        let mut tx: Tx<'_> = pool.begin().await?;
        let has_more = notice::broadcast(&mut tx).await?;
        tx.commit().await?;
        if !has_more {
            break;
        }
    }
    Ok(())
}
