//! Every SQL statement about the log.

use super::{KEPT_DAYS, LONGEST_AGENT, MAX_KEPT, NewSignIn, SignIn};
use crate::{Result, account::AccountId, store::Connection};

/// Logs a sign-in, and drops those of the account beyond [`MAX_KEPT`].
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn record(
    db: &mut Connection,
    account: AccountId,
    sign_in: &NewSignIn<'_>,
) -> Result<()> {
    let user_agent: String = sign_in.user_agent.chars().take(LONGEST_AGENT).collect();
    sqlx::query!(
        "insert into sign_in_log (account_id, address, user_agent, provider, is_known) values ($1, $2::text::inet, $3, $4, $5)",
        account.0,
        sign_in.address.to_string(),
        user_agent,
        sign_in.method.name(),
        sign_in.is_known
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "delete from sign_in_log where account_id = $1
           and id <= (select id from sign_in_log where account_id = $1 order by id desc offset $2 limit 1)",
        account.0,
        MAX_KEPT
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The account's newest sign-ins, the newest first.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn recent(db: &mut Connection, account: AccountId, most: i64) -> Result<Vec<SignIn>> {
    Ok(sqlx::query_as!(
        SignIn,
        r#"select happened_at, host(address) as "address!", user_agent, provider, is_known
           from sign_in_log where account_id = $1 order by id desc limit $2"#,
        account.0,
        most
    )
    .fetch_all(db)
    .await?)
}

/// Deletes up to a thousand entries older than [`KEPT_DAYS`] days and returns how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_old(db: &mut Connection) -> Result<u64> {
    let forgotten = sqlx::query!(
        "delete from sign_in_log where id = any (array(
             select id from sign_in_log where happened_at < (select clock_timestamp()) - make_interval(days => $1)
             order by happened_at limit 1000))",
        KEPT_DAYS
    )
    .execute(db)
    .await?;
    Ok(forgotten.rows_affected())
}
