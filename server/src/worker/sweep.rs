//! Deletes expired rows, erases accounts that are due, shortens waits after the clock was set back, and folds the counts of
//! projects into sums.
//!
//! Rows are deleted at startup and every 10 minutes, up to about 1,000 of a kind at a time, so that no lock is held for long.
//! Accounts that are due are erased after that, one transaction each. Counts are folded every 5 s. Any number of workers may do both.

use super::erasure;
use guildhall::{
    Result, account, account_mail, autosave, device, identity, kept_mail, notice, oauth, passkey,
    project, quota, receipt, saved_form, saved_search, session, sign_in_log, store::Connection,
    token, watch, webhook,
};
use sqlx::PgPool;
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// The interval between sweeps.
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// The maximum number of rows that each statement of a sweep deletes; some kinds have two statements.
const SWEPT_AT_ONCE: u64 = 1000;

/// How often the project counts are folded. Every reader of a count has to add up all changes since the last fold.
const FOLD_EVERY: Duration = Duration::from_secs(5);

/// Folds the project counts until `stop`.
pub(super) async fn fold_all(pool: &PgPool, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = fold(pool).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "cannot fold the project counts; retrying later"
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

/// Sweeps at startup and every ten minutes.
pub(super) async fn sweep_all(pool: &PgPool, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        bound_waits(pool).await;
        while sweep(pool).await && !stop.is_cancelled() {}
        if let Err(error) = erasure::pass(pool, stop).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "cannot read which accounts are to be erased; retrying later"
            );
        }
        tokio::select! {
            () = sleep(SWEEP_EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Shortens the waits of queued messages that became too long because the database's clock was set back.
async fn bound_waits(pool: &PgPool) {
    for (queue, shortened) in [
        ("mail of notices", bound(pool, notice::bound_waits).await),
        ("webhooks", bound(pool, webhook::bound_waits).await),
        (
            "letters to accounts",
            bound(pool, account_mail::bound_waits).await,
        ),
    ] {
        match shortened {
            Ok(0) => {}
            Ok(shortened) => tracing::warn!(
                queue,
                shortened,
                "the database's clock was set back: waits were shortened"
            ),
            Err(error) => tracing::warn!(
                queue,
                error = &error as &dyn std::error::Error,
                "cannot shorten waits after the clock was set back; retrying later"
            ),
        }
    }
}

async fn bound(
    pool: &PgPool,
    waits: impl AsyncFnOnce(&mut Connection) -> Result<u64>,
) -> Result<u64> {
    waits(&mut *pool.acquire().await?).await
}

/// Deletes a batch of expired rows of every kind; true if there may be more of any kind.
async fn sweep(pool: &PgPool) -> bool {
    match delete_expired(pool).await {
        Ok(deleted) => {
            tracing::debug!(?deleted, "swept expired rows");
            may_be_more(&deleted)
        }
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "cannot sweep expired rows; retrying later"
            );
            false
        }
    }
}

fn may_be_more(deleted: &[(&str, u64)]) -> bool {
    deleted.iter().any(|(_, dropped)| *dropped >= SWEPT_AT_ONCE)
}

/// Deletes expired rows and returns the count of each kind.
async fn delete_expired(pool: &PgPool) -> Result<Vec<(&'static str, u64)>> {
    let db = &mut *pool.acquire().await?;
    let mut deleted = vec![
        ("sessions", session::end_expired(db).await?),
        ("failed sign-ins", account::forget_old_failures(db).await?),
        ("receipts", receipt::forget_old(db).await?),
        (
            "provider sign-in flows",
            identity::end_expired_flows(db).await?,
        ),
        (
            "challenges of passkeys",
            passkey::end_expired_challenges(db).await?,
        ),
        ("tokens", token::end_expired(db).await?),
        ("devices", device::end_expired(db).await?),
        ("saved forms", saved_form::forget_old(db).await?),
        ("autosaves", autosave::forget_old(db).await?),
        ("quotas", quota::forget_old(db).await?),
        ("sign-ins", sign_in_log::forget_old(db).await?),
        ("letters to accounts", account_mail::forget_old(db).await?),
        ("kept mail", kept_mail::forget_old(db).await?),
        ("notices", notice::forget_old(db).await?),
        ("attempts to post", webhook::forget_old(db).await?),
        ("lost browsers", webhook::forget_lost(db).await?),
        (
            "matches of saved searches",
            saved_search::forget_old(db).await?,
        ),
        ("watched projects", watch::forget_old(db).await?),
    ];
    deleted.extend(oauth::end_expired(db).await?);
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use super::may_be_more;

    #[test]
    fn a_sweep_repeats_while_any_kind_may_have_more() {
        assert!(may_be_more(&[("codes", 3), ("grants", 1000)]));
        assert!(may_be_more(&[("grants", 1700), ("codes", 0)]));
        assert!(!may_be_more(&[("codes", 999), ("grants", 999)]));
        assert!(!may_be_more(&[]));
    }
}
