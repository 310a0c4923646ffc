//! Forms that were sent, each by the key it carries.
//! Invariant: a form sent twice has one effect; the second sender is led where the first was.
//! Ends where the effect is: the verb runs in the same transaction.

use crate::{Result, account::AccountId, store::Connection};
use uuid::Uuid;

/// How a form with this key stands.
#[derive(Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody sent it before; whoever sends it at the same moment waits for this transaction.
    First,
    /// It had its effect; this is where its sender was led.
    Repeated { location: String },
}

/// Claims the key inside the transaction of the effect. A second sender waits here until the first commits or gives up.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn claim(db: &mut Connection, account: AccountId, key: Uuid) -> Result<Standing> {
    let first = sqlx::query!("insert into submission (account_id, key, location) values ($1, $2, '') on conflict do nothing", account.0, key)
        .execute(&mut *db)
        .await?;
    if first.rows_affected() == 1 {
        return Ok(Standing::First);
    }
    let location = sqlx::query_scalar!("select location from submission where account_id = $1 and key = $2", account.0, key).fetch_one(db).await?;
    Ok(Standing::Repeated { location })
}

/// Notes where the sender is led.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn settle(db: &mut Connection, account: AccountId, key: Uuid, location: &str) -> Result<()> {
    sqlx::query!("update submission set location = $3 where account_id = $1 and key = $2", account.0, key, location).execute(db).await?;
    Ok(())
}

/// Forgets what was sent more than a day ago; answers how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_old(db: &mut Connection) -> Result<u64> {
    let gone = sqlx::query!("delete from submission where submitted_at < clock_timestamp() - interval '1 day'").execute(db).await?;
    Ok(gone.rows_affected())
}
