//! Every SQL statement about accounts and failed sign-ins.

use super::{
    AccountId, Authenticated, Contact, NewAccount, PasswordHash, Refusal, Role, SignedUp, Viewer,
};
use crate::{Result, receipt, store::Connection, text};
use std::time::Duration;
use uuid::Uuid;

/// Stores an account whose address is not confirmed. If the same form has opened one with the same role and address, that one
/// gets this name and password instead. `None` if the form has opened a different one, or one that is confirmed by now.
pub(super) async fn insert(
    db: &mut Connection,
    account: &NewAccount,
    form_key: Option<Uuid>,
    hash: &PasswordHash,
) -> Result<Option<SignedUp>> {
    let row = sqlx::query!(
        r#"insert into account as known (role, name, email, password_hash, email_confirmed_at, sign_up_key)
           values ($1, $2, $3, $4, null, $5)
           on conflict (sign_up_key) where sign_up_key is not null
           do update set name = excluded.name, password_hash = excluded.password_hash
           where known.role = excluded.role and known.email = excluded.email and known.email_confirmed_at is null
           returning id, xmax = 0 as "is_new!""#,
        account.role.name(),
        account.name,
        account.email,
        hash.0,
        form_key
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| SignedUp {
        account: AccountId(row.id),
        is_new: row.is_new,
    }))
}

/// Creates an account that can only sign in through a provider, which has verified its e-mail; `None` if another account
/// has confirmed the e-mail, or can get it back.
pub(crate) async fn insert_without_password(
    db: &mut Connection,
    role: Role,
    name: &str,
    email: &str,
) -> Result<Option<AccountId>> {
    let id = sqlx::query_scalar!(
        "insert into account (role, name, email, email_confirmed_at)
         select $1, $2, $3, clock_timestamp() where not exists (select from address_in_use where address = any ($4::text[]))
         on conflict on constraint account_email_unique do nothing returning id",
        role.name(),
        name,
        email,
        &text::email_spellings(email)
    )
    .fetch_optional(db)
    .await?;
    Ok(id.map(AccountId))
}

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
pub(super) async fn has_email_address(
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
pub(super) async fn has_rival(
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
pub(super) async fn is_taken_from(
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

/// Sets the password of an account that has none; `false` if it has one.
pub(super) async fn set_first_hash(
    db: &mut Connection,
    account: AccountId,
    new: &PasswordHash,
) -> Result<bool> {
    let changed = sqlx::query!(
        "update account set password_hash = $2 where id = $1 and password_hash is null",
        account.0,
        new.0
    )
    .execute(db)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// An account with the hash of its password.
struct Credentials {
    id: i64,
    role: String,
    name: String,
    has_confirmed_email: bool,
    session_epoch: i64,
    password_hash: String,
}

impl Credentials {
    fn read(self) -> Result<(Authenticated, PasswordHash)> {
        let authenticated = Authenticated {
            viewer: Viewer::stored(self.id, &self.role, self.name, self.has_confirmed_email)?,
            session_epoch: self.session_epoch,
        };
        Ok((authenticated, PasswordHash(self.password_hash)))
    }
}

/// Looks the spellings up in order and returns the first account found that has confirmed the e-mail and has a password.
pub(super) async fn credentials(
    db: &mut Connection,
    spellings: &[String],
) -> Result<Option<(Authenticated, PasswordHash)>> {
    let row = sqlx::query_as!(
        Credentials,
        r#"select id, role, name, true as "has_confirmed_email!", session_epoch, password_hash as "password_hash!" from account
           where email = any ($1::text[]) and email_confirmed_at is not null and password_hash is not null
           order by array_position($1, email) limit 1"#,
        spellings
    )
    .fetch_optional(db)
    .await?;
    row.map(Credentials::read).transpose()
}

/// The credentials of an account that has a password.
pub(super) async fn credentials_of(
    db: &mut Connection,
    account: AccountId,
) -> Result<Option<(Authenticated, PasswordHash)>> {
    let row = sqlx::query_as!(
        Credentials,
        r#"select id, role, name, email_confirmed_at is not null as "has_confirmed_email!", session_epoch,
                  password_hash as "password_hash!" from account
           where id = $1 and password_hash is not null"#,
        account.0
    )
    .fetch_optional(db)
    .await?;
    row.map(Credentials::read).transpose()
}

/// The account that has confirmed the e-mail. Spellings are looked up in order.
pub(super) async fn viewer(db: &mut Connection, spellings: &[String]) -> Result<Option<Viewer>> {
    let row = sqlx::query!(
        r#"select id, role, name, true as "has_confirmed_email!" from account
           where email = any ($1::text[]) and email_confirmed_at is not null order by array_position($1, email) limit 1"#,
        spellings
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| Viewer::stored(row.id, &row.role, row.name, row.has_confirmed_email))
        .transpose()
}

pub(super) async fn contact(db: &mut Connection, account: AccountId) -> Result<Option<Contact>> {
    Ok(sqlx::query_as!(
        Contact,
        "select name, email from account where id = $1",
        account.0
    )
    .fetch_optional(db)
    .await?)
}

/// Confirms the address of an account that still has it; `false` if it was confirmed before, the account has another
/// address by now, or another account has confirmed the address or can get it back.
///
/// # Errors
/// `Refused(EmailTaken)` if another account confirms the address at the same time. The transaction must then not go on.
pub(super) async fn confirm_email(
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

/// Locks an account, so that one transaction at a time counts and adds to what it owns, without blocking those that only
/// reference it.
pub(crate) async fn lock(db: &mut Connection, account: AccountId) -> Result<()> {
    sqlx::query!(
        "select id from account where id = $1 for no key update",
        account.0
    )
    .fetch_optional(db)
    .await?;
    Ok(())
}

/// Locks an account, and tells whether its address is confirmed; `None` if the account no longer exists.
pub(super) async fn lock_email(db: &mut Connection, account: AccountId) -> Result<Option<bool>> {
    Ok(sqlx::query_scalar!(
        r#"select email_confirmed_at is not null as "is!" from account where id = $1 for no key update"#,
        account.0
    )
    .fetch_optional(db)
    .await?)
}

/// Locks an account against erasure (`for key share`) until the transaction ends; most other changes may go on. A
/// caller that then locks rows of the account keeps to the lock order: account first.
pub(crate) async fn hold(db: &mut Connection, account: AccountId) -> Result<()> {
    sqlx::query!(
        "select id from account where id = $1 for key share",
        account.0
    )
    .fetch_optional(db)
    .await?;
    Ok(())
}

/// True if the account has this address, and it is confirmed.
pub(super) async fn has_confirmed(
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

/// `None` for an account without a password, which was created through a provider.
pub(super) async fn hash_of(
    db: &mut Connection,
    account: AccountId,
) -> Result<Option<PasswordHash>> {
    let hash = sqlx::query_scalar!("select password_hash from account where id = $1", account.0)
        .fetch_one(db)
        .await?;
    Ok(hash.map(PasswordHash))
}

/// Replaces the hash that was verified, unless it has changed since.
pub(super) async fn set_hash(
    db: &mut Connection,
    account: AccountId,
    old: &PasswordHash,
    new: &PasswordHash,
) -> Result<()> {
    let changed = sqlx::query!(
        "update account set password_hash = $3 where id = $1 and password_hash = $2",
        account.0,
        old.0,
        new.0
    )
    .execute(db)
    .await?;
    if changed.rows_affected() == 1 {
        Ok(())
    } else {
        Err(receipt::Refusal::StalePage.into())
    }
}

/// Replaces the password, if there is one, without knowing it.
pub(super) async fn replace_hash(
    db: &mut Connection,
    account: AccountId,
    new: &PasswordHash,
) -> Result<Viewer> {
    let row = sqlx::query!(
        r#"update account set password_hash = $2 where id = $1
           returning role, name, email_confirmed_at is not null as "has_confirmed_email!""#,
        account.0,
        new.0
    )
    .fetch_one(db)
    .await?;
    Viewer::stored(account.0, &row.role, row.name, row.has_confirmed_email)
}

/// Stores a new name; `false` if the account already has it.
pub(super) async fn set_name(db: &mut Connection, account: AccountId, name: &str) -> Result<bool> {
    let changed = sqlx::query!(
        "update account set name = $2 where id = $1 and name <> $2",
        account.0,
        name
    )
    .execute(db)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Stores a new e-mail, which is not confirmed.
pub(super) async fn set_unconfirmed_email(
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
pub(super) async fn set_confirmed_email(
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
pub(super) async fn emails_beyond_ascii(
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
pub(super) async fn respell_email(
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

pub(super) async fn any(db: &mut Connection) -> Result<bool> {
    Ok(
        sqlx::query_scalar!(r#"select exists (select from account) as "any!""#)
            .fetch_one(db)
            .await?,
    )
}

/// The subject's failure count and the time since its last failure.
pub(super) async fn failures(
    db: &mut Connection,
    subject: &[u8],
) -> Result<Option<(i32, Duration)>> {
    let row = sqlx::query!(
        r#"select failures, extract(epoch from clock_timestamp() - last_failed_at)::double precision as "seconds!"
           from sign_in_failure where subject = $1 for update"#,
        subject
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.failures, Duration::from_secs_f64(row.seconds.max(0.0)))))
}

/// Counts a failure, and returns how many there are.
pub(super) async fn count_failure(db: &mut Connection, subject: &[u8]) -> Result<i32> {
    Ok(sqlx::query_scalar!(
        "insert into sign_in_failure (subject, failures, last_failed_at) values ($1, 1, clock_timestamp())
         on conflict (subject) do update
         set failures = least(sign_in_failure.failures + 1, 1000000), last_failed_at = excluded.last_failed_at
         returning failures",
        subject
    )
    .fetch_one(db)
    .await?)
}

pub(super) async fn forgive(db: &mut Connection, subject: &[u8]) -> Result<()> {
    sqlx::query!("delete from sign_in_failure where subject = $1", subject)
        .execute(db)
        .await?;
    Ok(())
}

pub(super) async fn take_back_failure(db: &mut Connection, subject: &[u8]) -> Result<()> {
    sqlx::query!(
        "update sign_in_failure set failures = greatest(failures - 1, 1) where subject = $1",
        subject
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn forget_failures(db: &mut Connection, older_than_secs: f64) -> Result<u64> {
    let gone = sqlx::query!(
        "delete from sign_in_failure where subject = any (array(
             select subject from sign_in_failure where last_failed_at < (select clock_timestamp()) - make_interval(secs => $1) order by last_failed_at limit 1000))",
        older_than_secs
    )
        .execute(db)
        .await?;
    Ok(gone.rows_affected())
}
