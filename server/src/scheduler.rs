//! Waits for deadlines and awards. Any number of these may run, in `serve` and in `worker` processes: who locks a project's
//! row awards it, and the award's key makes a second one impossible.

use crate::{
    config::DatabaseConfig,
    database::{Database, runtime},
    telemetry::say,
};
use guildhall::{
    Result, account, award,
    award::Ended,
    event, session,
    store::{self, Tx},
    submission,
};
use sqlx::{PgPool, postgres::PgListener};
use std::{process::ExitCode, time::Duration};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// How long it sleeps at most: the safety net below notifications, which a lost connection loses.
const POLL: Duration = Duration::from_millis(250);
/// How many projects it ends in one transaction.
const BATCH: i64 = 200;
/// How often what has expired is swept away.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// `guildhall worker`: runs until it is told to stop.
///
/// # Errors
/// One sentence on why it can't start.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a command owns its configuration"
)]
pub fn run_alone(config: DatabaseConfig) -> anyhow::Result<ExitCode> {
    let database = Database::open(&config)?;
    runtime()?.block_on(async {
        let pool = database.connect().await?;
        store::migrate(&pool).await?;
        let stop = CancellationToken::new();
        let running = tokio::spawn(run(pool.clone(), stop.clone()));
        say("Awarding projects at their deadlines. Ctrl-C stops.");
        crate::serve::told_to_stop().await;
        stop.cancel();
        running.await?;
        pool.close().await;
        anyhow::Ok(())
    })?;
    database.close()?;
    Ok(ExitCode::SUCCESS)
}

/// Awards every project at its deadline until `stop`.
pub async fn run(pool: PgPool, stop: CancellationToken) {
    let mut listener = None;
    let mut swept_at: Option<Instant> = None;
    while !stop.is_cancelled() {
        if listener.is_none() {
            listener = listen(&pool).await;
        }
        let wait = match pass(&pool).await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a pass over due projects failed; trying again"
                );
                POLL
            }
        };
        if swept_at.is_none_or(|at| at.elapsed() >= SWEEP_EVERY) {
            swept_at = Some(Instant::now());
            sweep(&pool).await;
        }
        tokio::select! {
            () = sleep(wait) => {}
            () = stop.cancelled() => {}
            () = woken(&mut listener) => {}
        }
    }
}

async fn listen(pool: &PgPool) -> Option<PgListener> {
    let mut listener = PgListener::connect_with(pool).await.ok()?;
    listener.listen(event::CHANNEL).await.ok()?;
    Some(listener)
}

/// Returns when a project opened or ended. Without a listener it never does: the poll is enough until there is one again.
async fn woken(listener: &mut Option<PgListener>) {
    match listener {
        Some(active) => {
            if active.recv().await.is_err() {
                *listener = None;
            }
        }
        None => std::future::pending().await,
    }
}

/// Ends all that is due and answers how long nothing more is.
///
/// # Errors
/// `Busy` or `Unexpected`; what was ended before stays ended.
pub async fn pass(pool: &PgPool) -> Result<Duration> {
    while end(pool, Pick::Free).await? > 0 {}
    let (deadline, now) = award::next_deadline(&mut *pool.acquire().await?).await?;
    match deadline {
        // Somebody held it while the others were ended; being passed by for ever is no end, so wait for it.
        Some(deadline) if deadline <= now => {
            end(pool, Pick::Oldest).await?;
            Ok(Duration::ZERO)
        }
        Some(deadline) => Ok(POLL.min((deadline - now).unsigned_abs())),
        None => Ok(POLL),
    }
}

/// Which due projects are taken.
#[derive(Clone, Copy)]
enum Pick {
    /// Those nobody holds.
    Free,
    /// The one due the longest, waiting for its holder.
    Oldest,
}

async fn end(pool: &PgPool, pick: Pick) -> Result<usize> {
    let mut tx: Tx<'_> = pool.begin().await?;
    let ended = match pick {
        Pick::Free => award::close_due(&mut tx, BATCH).await?,
        Pick::Oldest => award::close_oldest(&mut tx).await?,
    };
    tx.commit().await?;
    ended.iter().for_each(log);
    Ok(ended.len())
}

fn log(ended: &Ended) {
    let late_ms = (ended.decided_at - ended.deadline).whole_milliseconds();
    tracing::info!(
        project = ended.project.0,
        awarded = ended.awarded,
        late_ms = i64::try_from(late_ms).unwrap_or(i64::MAX),
        "a project ended"
    );
}

/// Drops what has expired: sessions, counts of failed sign-ins, keys of forms.
async fn sweep(pool: &PgPool) {
    let swept = async {
        let sessions = session::end_expired(&mut *pool.acquire().await?).await?;
        let failures = account::forget_old_failures(pool).await?;
        let submissions = submission::forget_old(&mut *pool.acquire().await?).await?;
        Ok::<_, guildhall::Error>((sessions, failures, submissions))
    };
    match swept.await {
        Ok((sessions, failures, submissions)) => {
            tracing::debug!(sessions, failures, submissions, "swept what has expired")
        }
        Err(error) => tracing::warn!(
            error = &error as &dyn std::error::Error,
            "what has expired could not be swept; trying again later"
        ),
    }
}
