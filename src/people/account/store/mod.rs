//! Every SQL statement about accounts and failed sign-ins.

mod email;
mod failure;

pub(crate) use email::has_email;
pub(super) use email::{
    confirm_email, emails_beyond_ascii, has_confirmed, has_email_address, has_rival, is_taken_from,
    lock_email, respell_email, set_confirmed_email, set_unconfirmed_email,
};
pub(super) use failure::{count_failure, failures, forget_failures, forgive, take_back_failure};

use super::{AccountId, Authenticated, Contact, NewAccount, PasswordHash, Role, SignedUp, Viewer};
use crate::{Result, receipt, store::Connection, text};
use uuid::Uuid;

/// Stores an account whose address is not confirmed. If the same form has opened one with the same role and address in the last
/// ten minutes, that one gets this name and password instead. `None` if the form has opened a different one, or one that is
/// confirmed by now.
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
             and known.created_at > clock_timestamp() - interval '10 minutes'
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

pub(super) async fn any(db: &mut Connection) -> Result<bool> {
    Ok(
        sqlx::query_scalar!(r#"select exists (select from account) as "any!""#)
            .fetch_one(db)
            .await?,
    )
}
