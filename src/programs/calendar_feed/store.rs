//! Every SQL statement about calendar feeds.

use super::{CalendarFeed, CalendarReader};
use crate::{
    Error, Result,
    account::{AccountId, Viewer},
    store::Connection,
    token::SecretHash,
};

pub(super) async fn replace(
    db: &mut Connection,
    account: AccountId,
    hash: &SecretHash,
    hint: &str,
) -> Result<()> {
    sqlx::query!(
        "insert into calendar_feed (account_id, hash, hint) values ($1, $2, $3)
         on conflict (account_id) do update
         set hash = excluded.hash, hint = excluded.hint, created_at = clock_timestamp(), last_used_at = null",
        account.0,
        hash.0,
        hint
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn of_account(
    db: &mut Connection,
    account: AccountId,
) -> Result<Option<CalendarFeed>> {
    Ok(sqlx::query_as!(
        CalendarFeed,
        "select hint, created_at, last_used_at from calendar_feed where account_id = $1",
        account.0
    )
    .fetch_optional(db)
    .await?)
}

/// Deletes the account's address; true if there was one.
pub(super) async fn delete(db: &mut Connection, account: AccountId) -> Result<bool> {
    let deleted = sqlx::query!("delete from calendar_feed where account_id = $1", account.0)
        .execute(db)
        .await?;
    Ok(deleted.rows_affected() == 1)
}

/// The reader with this hash, and whether its last use should be recorded, which happens at most once a minute.
pub(super) async fn reader(
    db: &mut Connection,
    hash: &SecretHash,
) -> Result<Option<(CalendarReader, bool)>> {
    let row = sqlx::query!(
        r#"select f.account_id, f.created_at, a.role, a.name, a.email_confirmed_at is not null as "has_confirmed_email!",
                  (f.last_used_at is null or f.last_used_at < clock_timestamp() - interval '1 minute') as "note!"
           from calendar_feed f join account a on a.id = f.account_id where f.hash = $1"#,
        hash.0
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let viewer = Viewer {
            account: AccountId(row.account_id),
            role: row.role.parse().map_err(Error::unexpected)?,
            name: row.name,
            has_confirmed_email: row.has_confirmed_email,
        };
        let created_at = row.created_at;
        Ok((CalendarReader { viewer, created_at }, row.note))
    })
    .transpose()
}

pub(super) async fn note_use(db: &mut Connection, hash: &SecretHash) -> Result<()> {
    sqlx::query!(
        "update calendar_feed set last_used_at = clock_timestamp() where hash = $1",
        hash.0
    )
    .execute(db)
    .await?;
    Ok(())
}
