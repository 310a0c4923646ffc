//! Every SQL statement about the addresses of accounts, confirmed or not.

use super::super::{AccountId, Refusal};
use crate::{Result, store::Connection, text};

/// True if an account has confirmed the e-mail, in any spelling, or can get it back.
pub(crate) async fn has_email(db: &mut Connection, email: &str) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from address_in_use where address = any ($1::text[])) as "has!""#,
        &text::email_spellings(email)
    )
    .fetch_one(db)
    .await?)
}

/// True if the account has this address, confirmed or not.
pub(in crate::people::account) async fn has_email_address(
    db: &mut Connection,
    account: AccountId,
    email: &str,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from account where id = $1 and email = $2) as "has!""#,
        account.0,
        email
    )
    .fetch_one(db)
    .await?)
}

/// True if another account has this address as well, and has not confirmed it either.
pub(in crate::people::account) async fn has_rival(
    db: &mut Connection,
    account: AccountId,
    email: &str,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from account where email = $2 and id <> $1 and email_confirmed_at is null) as "has!""#,
        account.0,
        email
    )
    .fetch_one(db)
    .await?)
}

/// True if another account has confirmed the address, in any spelling, or can get it back.
pub(in crate::people::account) async fn is_taken_from(
    db: &mut Connection,
    account: AccountId,
    email: &str,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from address_in_use where address = any ($2::text[]) and account_id <> $1) as "is!""#,
        account.0,
        &text::email_spellings(email)
    )
    .fetch_one(db)
    .await?)
}

/// Confirms the address of an account that still has it; `false` if it was confirmed before, the account has another
/// address by now, or another account has confirmed the address or can get it back.
///
/// # Errors
/// `Refused(EmailTaken)` if another account confirms the address at the same time. The transaction must then not go on.
pub(in crate::people::account) async fn confirm_email(
    db: &mut Connection,
    account: AccountId,
    email: &str,
) -> Result<bool> {
    let confirmed = sqlx::query!(
        "update account set email_confirmed_at = clock_timestamp()
         where id = $1 and email = $2 and email_confirmed_at is null
           and not exists (select from address_in_use where address = any ($3::text[]) and account_id <> $1)",
        account.0,
        email,
        &text::email_spellings(email)
    )
    .execute(db)
    .await;
    match confirmed {
        Ok(done) => Ok(done.rows_affected() == 1),
        Err(error) if is_taken(&error) => Err(Refusal::EmailTaken.into()),
        Err(error) => Err(error.into()),
    }
}

/// Locks an account, and tells whether its address is confirmed; `None` if the account no longer exists.
pub(in crate::people::account) async fn lock_email(
    db: &mut Connection,
    account: AccountId,
) -> Result<Option<bool>> {
    Ok(sqlx::query_scalar!(
        r#"select email_confirmed_at is not null as "is!" from account where id = $1 for no key update"#,
        account.0
    )
    .fetch_optional(db)
    .await?)
}

/// True if the account has this address, and it is confirmed.
pub(in crate::people::account) async fn has_confirmed(
    db: &mut Connection,
    account: AccountId,
    email: &str,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from account where id = $1 and email = $2 and email_confirmed_at is not null) as "has!""#,
        account.0,
        email
    )
    .fetch_one(db)
    .await?)
}

/// Stores a new e-mail, which is not confirmed.
pub(in crate::people::account) async fn set_unconfirmed_email(
    db: &mut Connection,
    account: AccountId,
    email: &str,
) -> Result<()> {
    sqlx::query!(
        "update account set email = $2, email_confirmed_at = null where id = $1",
        account.0,
        email
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stores a new e-mail, which is confirmed; `false` if another account has confirmed it, in any spelling, or can get it
/// back. The transaction must then not go on.
pub(in crate::people::account) async fn set_confirmed_email(
    db: &mut Connection,
    account: AccountId,
    email: &str,
) -> Result<bool> {
    let changed = sqlx::query!(
        "update account set email = $2, email_confirmed_at = clock_timestamp()
         where id = $1 and not exists (select from address_in_use where address = any ($3::text[]) and account_id <> $1)",
        account.0,
        email,
        &text::email_spellings(email)
    )
    .execute(db)
    .await;
    match changed {
        Ok(done) => Ok(done.rows_affected() == 1),
        // Another account took it a moment ago.
        Err(error) if is_taken(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// E-mails with a character outside ASCII, of accounts with ids above `after`. Only these may have been stored, by an
/// earlier version, in a form that [`text::email`](crate::text::email) would not produce.
pub(in crate::people::account) async fn emails_beyond_ascii(
    db: &mut Connection,
    after: AccountId,
    most: i64,
) -> Result<Vec<(AccountId, String)>> {
    let rows = sqlx::query!(
        "select id, email from account where octet_length(email) <> char_length(email) and id > $1 order by id limit $2",
        after.0,
        most
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (AccountId(row.id), row.email))
        .collect())
}

/// Stores the normalized e-mail; `false` if the e-mail has changed since or another account already uses the normalized
/// form.
pub(in crate::people::account) async fn respell_email(
    db: &mut Connection,
    account: AccountId,
    old: &str,
    new: &str,
) -> Result<bool> {
    let changed = sqlx::query!(
        "update account set email = $3 where id = $1 and email = $2 and not exists (select from account where email = $3)",
        account.0,
        old,
        new
    )
    .execute(db)
    .await;
    match changed {
        Ok(done) => Ok(done.rows_affected() == 1),
        // Somebody signed up with that e-mail a moment ago.
        Err(error) if is_taken(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn is_taken(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|e| e.constraint() == Some("account_email_unique"))
}
