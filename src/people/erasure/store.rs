//! Every SQL statement about erasures.
//!
//! Lock order: the advisory lock of all writers of notices, then the account, then what belongs to it.

use super::{AGAIN_HOURS, rules::Obligations};
use crate::{
    Result,
    account::{AccountId, Contact},
    account_mail::MailKind,
    store::Connection,
};
use time::OffsetDateTime;

/// Locks an account against changes and new references. `None` if it no longer exists.
pub(super) async fn lock_account(
    db: &mut Connection,
    account: AccountId,
) -> Result<Option<Contact>> {
    Ok(sqlx::query_as!(
        Contact,
        "select name, email from account where id = $1 for update",
        account.0
    )
    .fetch_optional(db)
    .await?)
}

/// When an erasure that has not been carried out is due.
pub(super) async fn scheduled(
    db: &mut Connection,
    account: AccountId,
) -> Result<Option<OffsetDateTime>> {
    Ok(sqlx::query_scalar!(
        "select due_at from erasure where account_id = $1 and erased_at is null",
        account.0
    )
    .fetch_optional(db)
    .await?)
}

/// True if an erasure is scheduled, or was carried out.
pub(super) async fn exists(db: &mut Connection, account: AccountId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from erasure where account_id = $1) as "exists!""#,
        account.0
    )
    .fetch_one(db)
    .await?)
}

/// What is to be done about an erasure.
pub(super) enum DueErasure {
    /// It is due.
    First,
    /// It was carried out in the last hour.
    Again,
}

pub(super) async fn lock_due(
    db: &mut Connection,
    account: AccountId,
) -> Result<Option<DueErasure>> {
    let is_erased = sqlx::query_scalar!(
        r#"select erased_at is not null as "is!" from erasure
           where account_id = $1 and (erased_at is null and due_at <= clock_timestamp() or erased_at > clock_timestamp() - make_interval(hours => $2))
           for update"#,
        account.0,
        AGAIN_HOURS
    )
    .fetch_optional(db)
    .await?;
    Ok(is_erased.map(|is_erased| match is_erased {
        true => DueErasure::Again,
        false => DueErasure::First,
    }))
}

pub(super) async fn due(
    db: &mut Connection,
    after: Option<AccountId>,
    most: i64,
) -> Result<Vec<AccountId>> {
    let accounts = sqlx::query_scalar!(
        "select account_id from erasure
         where (erased_at is null and due_at <= (select clock_timestamp())
                or erased_at > (select clock_timestamp()) - make_interval(hours => $3))
           and account_id > $1 order by account_id limit $2",
        after.map_or(0, |account| account.0),
        most,
        AGAIN_HOURS
    )
    .fetch_all(db)
    .await?;
    Ok(accounts.into_iter().map(AccountId).collect())
}

/// A project counts as open until its award has been decided, whatever its deadline.
pub(super) async fn obligations(db: &mut Connection, account: AccountId) -> Result<Obligations> {
    Ok(sqlx::query_as!(
        Obligations,
        r#"select exists (select from project where seller_id = $1 and state = 'open') as "has_open_project!",
                  exists (select from bid b join project p on p.id = b.project_id
                          where b.buyer_id = $1 and b.state = 'live' and p.state = 'open') as "has_active_bid!",
                  exists (select from account_mail where account_id = $1 and kind = $2 and used_at is null
                          and coalesce(expires_at, created_at + make_interval(secs => $3)) > clock_timestamp()) as "has_undo!""#,
        account.0,
        MailKind::EmailChanged.name(),
        MailKind::EmailChanged.lasts().unwrap_or_default().as_secs_f64()
    )
    .fetch_one(db)
    .await?)
}

/// Returns when the erasure is due.
pub(super) async fn insert(
    db: &mut Connection,
    account: AccountId,
    days: i32,
) -> Result<OffsetDateTime> {
    Ok(sqlx::query_scalar!(
        "insert into erasure (account_id, requested_at, due_at)
         select $1, at, at + make_interval(days => $2) from clock_timestamp() as at
         returning due_at",
        account.0,
        days
    )
    .fetch_one(db)
    .await?)
}

/// Deletes a scheduled erasure; false if there is none.
pub(super) async fn delete(db: &mut Connection, account: AccountId) -> Result<bool> {
    let deleted = sqlx::query!(
        "delete from erasure where account_id = $1 and erased_at is null",
        account.0
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected() == 1)
}

pub(super) async fn finish(db: &mut Connection, account: AccountId) -> Result<()> {
    sqlx::query!(
        "update erasure set erased_at = clock_timestamp() where account_id = $1",
        account.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Runs statements with the account as their only parameter.
macro_rules! run {
    ($db:ident, $account:ident, $($sql:literal,)*) => {
        $(sqlx::query!($sql, $account.0).execute(&mut *$db).await?;)*
    };
}

/// Deletes whatever opens the account, and the traces of it.
pub(super) async fn delete_sign_in(db: &mut Connection, account: AccountId) -> Result<()> {
    run!(
        db,
        account,
        "delete from sign_in_flow where account_id = $1",
        "delete from session where account_id = $1",
        "delete from saved_form where account_id = $1",
        "delete from device where account_id = $1",
        "delete from identity where account_id = $1",
        "delete from second_factor where account_id = $1",
        "delete from passkey_challenge where account_id = $1",
        "delete from passkey_user where account_id = $1",
        "delete from sign_in_log where account_id = $1",
    );
    Ok(())
}

/// Deletes what the account is told, and what it asked to be told.
pub(super) async fn delete_news(db: &mut Connection, account: AccountId) -> Result<()> {
    run!(
        db,
        account,
        "delete from webhook where account_id = $1",
        "delete from notice_mail_schedule where account_id = $1",
        "delete from notice_held_mail where account_id = $1",
        "delete from notice_hold where account_id = $1",
        "delete from notice_queue where account_id = $1",
        "delete from notice where account_id = $1",
        "delete from notice_inbox where account_id = $1",
        "delete from notice_off where account_id = $1",
        "delete from saved_search where account_id = $1",
        "delete from watch where account_id = $1",
    );
    Ok(())
}

/// Revokes tokens and grants, and marks the account's own programs as deleted, without their names. The rows are
/// deleted a day later: until then, they tell servers that have cached a token that it was revoked.
pub(super) async fn end_programs(db: &mut Connection, account: AccountId) -> Result<()> {
    run!(
        db,
        account,
        "delete from calendar_feed where account_id = $1",
        "delete from oauth_code where grant_id in (select id from oauth_grant where account_id = $1)",
        "delete from oauth_refresh_token where grant_id in (select id from oauth_grant where account_id = $1)",
        "delete from oauth_device where grant_id in (select id from oauth_grant where account_id = $1)",
        "update oauth_grant set revoked_at = clock_timestamp() where account_id = $1 and revoked_at is null",
        "update access_token set revoked_at = coalesce(revoked_at, clock_timestamp()), hint = null,
                name = case when client_id is null then 'Revoked' end
         where account_id = $1",
        "update oauth_client set deleted_at = coalesce(deleted_at, clock_timestamp()), name = 'Deleted app', redirect_uris = '{}',
                secret_hash = null, device_flow = false
         where account_id = $1",
    );
    Ok(())
}

/// Deletes the letters of the account, and those to its address if that is confirmed. Until then, somebody else may be using it.
pub(super) async fn delete_letters(
    db: &mut Connection,
    account: AccountId,
    email: &str,
) -> Result<()> {
    sqlx::query!(
        "delete from kept_mail k using account a where a.id = $1 and a.email_confirmed_at is not null
         and (k.address = $2 or k.address in (select address from account_mail where account_id = $1))",
        account.0,
        email
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "delete from account_mail m using account a where a.id = $1
         and (m.account_id = $1 or (m.address = $2 and a.email_confirmed_at is not null))",
        account.0,
        email
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes what the account wrote and nobody relies on: drafts, unsent forms, notes to bids, and receipts.
pub(super) async fn delete_texts(db: &mut Connection, account: AccountId) -> Result<()> {
    run!(
        db,
        account,
        "delete from autosave where account_id = $1",
        // The kind is a literal, because the partial index of drafts' events covers only this kind.
        "delete from outbox where kind = 'project.draft_saved'
           and project_id in (select id from project where seller_id = $1 and state = 'draft')",
        "delete from project where seller_id = $1 and state = 'draft'",
        "update bid set note = null where buyer_id = $1 and note is not null",
        "delete from receipt where account_id = $1",
        "delete from submission where account_id = $1",
        "delete from idempotency where account_id = $1",
    );
    Ok(())
}

/// Takes name, address and password away. True if the address was confirmed.
pub(super) async fn anonymize(
    db: &mut Connection,
    account: AccountId,
    name: &str,
    no_address: &str,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"update account a set name = $2, email = $3, password_hash = null, email_confirmed_at = null, session_epoch = session_epoch + 1
           from (select email_confirmed_at from account where id = $1) before
           where a.id = $1
           returning before.email_confirmed_at is not null as "was_confirmed!""#,
        account.0,
        name,
        no_address
    )
    .fetch_one(db)
    .await?)
}
