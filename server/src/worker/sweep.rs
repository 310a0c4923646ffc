//! Deletes expired rows, and folds the counts of projects into sums.
//!
//! Rows are deleted at the start and every 10 minutes, up to about 1,000 of a kind at a time, so that no lock is held
//! for long. Counts are folded every 5 s. Any number of workers may do both.

use guildhall::{
    Result, account, device, identity, oauth, project, quota, receipt, saved_form, session, token,
};
use sqlx::PgPool;
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How often it is done.
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// How many of a kind a sweep takes, or more where two statements take as many each; each capability's statement says so.
const SWEPT_AT_ONCE: u64 = 1000;

/// How often the counts of projects are added up. Whoever counts reads all that has changed since.
const FOLD_EVERY: Duration = Duration::from_secs(5);

/// Adds the counts of projects up until `stop`.
pub(super) async fn fold_all(pool: &PgPool, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = fold(pool).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the counts of projects could not be added up; trying again later"
            );
        }
        tokio::select! {
            () = sleep(FOLD_EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn fold(pool: &PgPool) -> Result<()> {
    let db = &mut *pool.acquire().await?;
    while project::fold_tally(db).await? >= project::FOLDED_AT_ONCE {}
    Ok(())
}

/// Sweeps at the start and every ten minutes. A sweep has a limit, so that it never holds anything for long.
pub(super) async fn sweep_all(pool: &PgPool, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        while sweep(pool).await && !stop.is_cancelled() {}
        tokio::select! {
            () = sleep(SWEEP_EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Drops some of everything that has expired; answers whether there may be more of something than a sweep takes.
async fn sweep(pool: &PgPool) -> bool {
    match swept(pool).await {
        Ok(swept) => {
            tracing::debug!(?swept, "swept what has expired");
            may_be_more(&swept)
        }
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "what has expired could not be swept; trying again later"
            );
            false
        }
    }
}

fn may_be_more(swept: &[(&str, u64)]) -> bool {
    swept.iter().any(|(_, dropped)| *dropped >= SWEPT_AT_ONCE)
}

/// How many of each kind were dropped.
async fn swept(pool: &PgPool) -> Result<Vec<(&'static str, u64)>> {
    let db = &mut *pool.acquire().await?;
    let mut swept = vec![
        ("sessions", session::end_expired(db).await?),
        ("failed sign-ins", account::forget_old_failures(db).await?),
        ("receipts", receipt::forget_old(db).await?),
        ("ways to a provider", identity::end_expired_flows(db).await?),
        ("tokens", token::end_expired(db).await?),
        ("devices", device::end_expired(db).await?),
        ("saved forms", saved_form::forget_old(db).await?),
        ("quotas", quota::forget_old(db).await?),
    ];
    swept.extend(oauth::end_expired(db).await?);
    Ok(swept)
}

#[cfg(test)]
mod tests {
    use super::may_be_more;

    #[test]
    fn it_goes_on_while_there_may_be_more_of_any_kind() {
        assert!(may_be_more(&[("codes", 3), ("grants", 1000)]));
        assert!(may_be_more(&[("grants", 1700), ("codes", 0)]));
        assert!(!may_be_more(&[("codes", 999), ("grants", 999)]));
        assert!(!may_be_more(&[]));
    }
}
