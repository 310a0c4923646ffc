//! Every SQL statement about second factors and recovery codes.

use super::{RecoveryCode, SecondFactor, Seed};
use crate::{Result, account::AccountId, store::Connection};
use time::OffsetDateTime;

/// True if the account's sign-in needs a second factor.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn is_on(db: &mut Connection, account: AccountId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from second_factor where account_id = $1) as "is!""#,
        account.0
    )
    .fetch_one(db)
    .await?)
}

/// The account's second factor, for its owner; `None` if it has none.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn state(db: &mut Connection, account: AccountId) -> Result<Option<SecondFactor>> {
    Ok(sqlx::query_as!(
        SecondFactor,
        r#"select f.enabled_at, (select count(*) from recovery_code c where c.account_id = $1 and c.used_at is null) as "recovery_codes_left!"
           from second_factor f where f.account_id = $1"#,
        account.0
    )
    .fetch_optional(db)
    .await?)
}

pub(super) async fn seed(db: &mut Connection, account: AccountId) -> Result<Option<Seed>> {
    let seed = sqlx::query_scalar!(
        "select seed from second_factor where account_id = $1",
        account.0
    )
    .fetch_optional(db)
    .await?;
    Ok(seed.map(Seed))
}

/// Turns the second factor on; `false` if it is on.
pub(super) async fn insert(
    db: &mut Connection,
    account: AccountId,
    seed: Seed,
    used_step: i64,
) -> Result<bool> {
    let inserted = sqlx::query!(
        "insert into second_factor (account_id, seed, used_step) values ($1, $2, $3) on conflict do nothing",
        account.0,
        seed.0,
        used_step
    )
    .execute(db)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Turns the second factor off if it was turned on after `since`, or at any time; `false` if nothing changes.
pub(super) async fn delete_since(
    db: &mut Connection,
    account: AccountId,
    since: Option<OffsetDateTime>,
) -> Result<bool> {
    let deleted = sqlx::query!(
        "delete from second_factor where account_id = $1 and ($2::timestamptz is null or enabled_at > $2)",
        account.0,
        since
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Records that the code of this time step is used; `false` if this one or a later one was used before.
pub(super) async fn use_step(
    db: &mut Connection,
    account: AccountId,
    seed: Seed,
    step: i64,
) -> Result<bool> {
    let used = sqlx::query!(
        "update second_factor set used_step = $3 where account_id = $1 and seed = $2 and used_step < $3",
        account.0,
        seed.0,
        step
    )
    .execute(db)
    .await?;
    Ok(used.rows_affected() == 1)
}

/// Replaces the account's recovery codes.
pub(super) async fn set_recovery_codes(
    db: &mut Connection,
    account: AccountId,
    codes: &[RecoveryCode],
) -> Result<()> {
    sqlx::query!("delete from recovery_code where account_id = $1", account.0)
        .execute(&mut *db)
        .await?;
    let hashes: Vec<Vec<u8>> = codes.iter().map(RecoveryCode::hash).collect();
    sqlx::query!(
        "insert into recovery_code (account_id, hash) select $1, unnest($2::bytea[])",
        account.0,
        &hashes
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Uses a recovery code up; `false` if the account has none like it left.
pub(super) async fn use_recovery_code(
    db: &mut Connection,
    account: AccountId,
    code: &RecoveryCode,
) -> Result<bool> {
    let used = sqlx::query!(
        "update recovery_code set used_at = clock_timestamp() where account_id = $1 and hash = $2 and used_at is null",
        account.0,
        code.hash()
    )
    .execute(db)
    .await?;
    Ok(used.rows_affected() == 1)
}
