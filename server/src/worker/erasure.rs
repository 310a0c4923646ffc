//! Erases accounts whose erasure is due.
//!
//! Each is erased in a transaction of its own, so a crash leaves it whole or erased, and one that fails does not hold up the
//! others. One that has obligations waits for the next pass. Any number of workers may do this: the account's row is locked.

use guildhall::{
    Result,
    account::AccountId,
    erasure::{self, CarriedOut},
    store::Tx,
};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

/// How many accounts are looked up at a time.
const BATCH: i64 = 100;

/// Erases every account that is due and free, until it is told to stop, and returns how many were erased.
///
/// # Errors
/// `Busy` or `Unexpected` if due accounts can't be read. Failures of single accounts are logged.
pub async fn pass(pool: &PgPool, stop: &CancellationToken) -> Result<usize> {
    let (mut erased, mut after) = (0, None);
    loop {
        let due = erasure::due(&mut *pool.acquire().await?, after, BATCH).await?;
        let Some(last) = due.last() else {
            return Ok(erased);
        };
        after = Some(*last);
        for account in due {
            if stop.is_cancelled() {
                return Ok(erased);
            }
            match erase(pool, account).await {
                Ok(CarriedOut::Erased) => {
                    tracing::info!(account = account.0, "an account was erased");
                    erased += 1;
                }
                Ok(CarriedOut::Waits(obligation)) => {
                    tracing::info!(account = account.0, ?obligation, "an erasure waits");
                }
                Ok(CarriedOut::Again | CarriedOut::NotDue) => {}
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    account = account.0,
                    "cannot erase an account; retrying later"
                ),
            }
        }
    }
}

async fn erase(pool: &PgPool, account: AccountId) -> Result<CarriedOut> {
    let mut tx: Tx<'_> = pool.begin().await?;
    let carried_out = erasure::carry_out(&mut tx, account).await?;
    tx.commit().await?;
    Ok(carried_out)
}
