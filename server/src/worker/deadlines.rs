//! Awards projects at their deadlines.
//!
//! Invariant: one award per project, however many workers run. The worker that locks the project's row awards it, and
//! the primary key of `award` makes a second award impossible.
//!
//! - The worker sleeps until the next deadline. A notification wakes it when a project opens or ends. It polls every
//!   250 ms in any case, because a lost connection loses notifications.
//! - Due projects are ended in transactions of at most 200 each, which skip locked rows (`skip locked`).
//! - Projects that were skipped are then ended one by one, waiting for the row lock: a project whose row is always
//!   skipped would never end. If a batch fails, its projects are ended one by one too, so that one of them can't keep
//!   the others open.
//! - A pass may take 10 s, measured with our own clock: a connection that died silently must not stop the awards.

use guildhall::{Result, award, award::EndedProject, event, project::ProjectId, store::Tx};
use sqlx::{PgPool, postgres::PgListener};
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// The longest sleep: the fallback for notifications lost with a connection.
const POLL: Duration = Duration::from_millis(250);
/// How many projects are ended in one transaction.
const BATCH: i64 = 200;
/// How long a pass may take: a silently dead connection must not stop the awards.
const BOUND: Duration = Duration::from_secs(10);

/// Awards every project at its deadline until `stop`.
pub(super) async fn award_all(pool: &PgPool, stop: &CancellationToken) {
    let mut listener = None;
    while !stop.is_cancelled() {
        if listener.is_none() {
            listener = timeout(BOUND, listen(pool)).await.ok().flatten();
        }
        let wait = match timeout(BOUND, pass(pool)).await {
            Ok(Ok(wait)) => wait,
            Ok(Err(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a pass over due projects failed; retrying"
                );
                POLL
            }
            Err(_) => {
                tracing::error!("the database did not answer a pass over due projects; retrying");
                POLL
            }
        };
        tokio::select! {
            () = sleep(wait) => {}
            () = stop.cancelled() => {}
            () = wait_for_notification(&mut listener) => {}
        }
    }
}

async fn listen(pool: &PgPool) -> Option<PgListener> {
    let mut listener = PgListener::connect_with(pool).await.ok()?;
    listener.listen(event::CHANNEL).await.ok()?;
    Some(listener)
}

/// Returns when a project opens or ends. Without a listener it never returns: polling is enough until there is one
/// again.
async fn wait_for_notification(listener: &mut Option<PgListener>) {
    match listener {
        Some(active) => {
            if active.recv().await.is_err() {
                *listener = None;
            }
        }
        None => std::future::pending().await,
    }
}

/// Ends all due projects and returns the time until the next deadline. It ends them in batches, skipping locked rows,
/// and then one by one those that were skipped or failed in a batch, so that a failing one does not block the others.
///
/// # Errors
/// `Busy` or `Unexpected`; projects that ended before the failure stay ended.
pub async fn pass(pool: &PgPool) -> Result<Duration> {
    loop {
        match end_free(pool).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "cannot end a batch of due projects; ending them one by one"
                );
                break;
            }
        }
    }
    let left = award::due(&mut *pool.acquire().await?, BATCH).await?;
    for project in left {
        if let Err(error) = end_one(pool, project).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                project = project.0,
                "cannot end a due project; retrying"
            );
        }
    }
    let (deadline, now) = award::next_deadline(&mut *pool.acquire().await?).await?;
    Ok(match deadline {
        Some(deadline) if deadline > now => POLL.min((deadline - now).unsigned_abs()),
        _ => POLL,
    })
}

async fn end_free(pool: &PgPool) -> Result<usize> {
    let mut tx: Tx<'_> = pool.begin().await?;
    let ended = award::close_due(&mut tx, BATCH).await?;
    tx.commit().await?;
    ended.iter().for_each(log);
    Ok(ended.len())
}

async fn end_one(pool: &PgPool, project: ProjectId) -> Result<()> {
    let mut tx: Tx<'_> = pool.begin().await?;
    let ended = award::close_one(&mut tx, project).await?;
    tx.commit().await?;
    ended.iter().for_each(log);
    Ok(())
}

fn log(ended: &EndedProject) {
    let late_ms = (ended.decided_at - ended.deadline).whole_milliseconds();
    tracing::info!(
        project = ended.project.0,
        awarded = ended.awarded,
        late_ms = i64::try_from(late_ms).unwrap_or(i64::MAX),
        "a project ended"
    );
}
