//! Every SQL statement about letters to accounts.

use super::{
    KEPT_DAYS, MailClaim, MailKind, MailedLink, PendingMail,
    delivery::{LEASE, LONGEST_WAIT},
};
use crate::{
    Result,
    account::AccountId,
    store::{Connection, MAX_JITTER_FACTOR, shortened},
    text,
    token::SecretHash,
};
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// Queues a letter. Without an account, the worker looks up whether the address has one.
pub(crate) async fn request(
    db: &mut Connection,
    kind: MailKind,
    account: Option<AccountId>,
    address: &str,
) -> Result<()> {
    sqlx::query!(
        "insert into account_mail (kind, account_id, address) values ($1, $2, $3)",
        kind.name(),
        account.map(|account| account.0),
        address
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn claim(db: &mut Connection, most: i64) -> Result<Vec<PendingMail>> {
    let rows = sqlx::query!(
        r#"with due as (
               select id from account_mail
               where done_at is null and used_at is null and kind = any ($3) and next_try_at <= (select clock_timestamp())
                 and (claimed_until is null or claimed_until <= (select clock_timestamp()))
               order by next_try_at limit $1 for update skip locked
           )
           update account_mail m set claim = gen_random_uuid(), attempts = m.attempts + 1,
                  claimed_until = clock_timestamp() + make_interval(secs => $2)
           from due where m.id = due.id
           returning m.id, m.claim as "claim!", m.attempts, m.message, m.kind, m.account_id, m.address, m.created_at"#,
        most,
        LEASE.as_secs_f64(),
        // Not those of a later version.
        &MailKind::ALL.map(|kind| kind.name().to_owned())
    )
    .fetch_all(db)
    .await?;
    let pending = rows.into_iter().filter_map(|row| {
        let kind = MailKind::by_name(&row.kind)?;
        Some(PendingMail {
            claim: MailClaim {
                id: row.id,
                kind,
                key: row.claim,
                attempts: row.attempts,
            },
            message: row.message,
            kind,
            created_at: row.created_at,
            account: row.account_id.map(AccountId),
            address: row.address,
        })
    });
    Ok(pending.collect())
}

/// An account that a letter may go to.
pub(super) struct Person {
    pub account: AccountId,
    pub name: String,
    pub email: String,
    pub is_confirmed: bool,
}

pub(super) async fn of_account(db: &mut Connection, account: AccountId) -> Result<Option<Person>> {
    let row = sqlx::query!(
        r#"select name, email, email_confirmed_at is not null as "is_confirmed!" from account where id = $1"#,
        account.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Person {
        account,
        name: row.name,
        email: row.email,
        is_confirmed: row.is_confirmed,
    }))
}

/// The account that has confirmed the address, or else the one opened with it last. Spellings are looked up in order.
pub(super) async fn of_address(
    db: &mut Connection,
    spellings: &[String],
) -> Result<Option<Person>> {
    let row = sqlx::query!(
        r#"select id, name, email, email_confirmed_at is not null as "is_confirmed!" from account
           where email = any ($1::text[])
           order by email_confirmed_at is null, array_position($1, email), id desc limit 1"#,
        spellings
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Person {
        account: AccountId(row.id),
        name: row.name,
        email: row.email,
        is_confirmed: row.is_confirmed,
    }))
}

/// The account, other than `except`, that has confirmed the address or had it until a few days ago and can get it back.
pub(super) async fn holder(
    db: &mut Connection,
    spellings: &[String],
    except: Option<AccountId>,
) -> Result<Option<Person>> {
    let row = sqlx::query!(
        r#"select a.id, a.name, a.email, a.email_confirmed_at is not null as "is_confirmed!"
           from address_in_use used join account a on a.id = used.account_id
           where used.address = any ($1::text[]) and used.account_id is distinct from $2
           order by a.email = used.address desc, array_position($1, used.address) limit 1"#,
        spellings,
        except.map(|account| account.0)
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Person {
        account: AccountId(row.id),
        name: row.name,
        email: row.email,
        is_confirmed: row.is_confirmed,
    }))
}

/// Stores the hash of a letter's secret, and begins the time of its link anew.
pub(super) async fn arm(
    db: &mut Connection,
    claim: &MailClaim,
    account: AccountId,
    lasts: Duration,
    secret: &SecretHash,
) -> Result<()> {
    sqlx::query!(
        "with armed as (
             update account_mail set account_id = $2, expires_at = clock_timestamp() + make_interval(secs => $3)
             where id = $1 returning id
         )
         insert into account_mail_secret (hash, mail_id) select $4, id from armed",
        claim.id,
        account.0,
        lasts.as_secs_f64(),
        secret.0
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn finish(
    db: &mut Connection,
    claim: &MailClaim,
    is_sent: bool,
    error: Option<&str>,
) -> Result<bool> {
    let finished = sqlx::query!(
        "update account_mail set claim = null, claimed_until = null, done_at = clock_timestamp(),
                sent_at = case when $3 then clock_timestamp() end, last_error = $4
         where id = $1 and claim = $2",
        claim.id,
        claim.key,
        is_sent,
        error.map(shortened)
    )
    .execute(db)
    .await?;
    Ok(finished.rows_affected() == 1)
}

pub(super) async fn delete(db: &mut Connection, claim: &MailClaim) -> Result<bool> {
    let gone = sqlx::query!(
        "delete from account_mail where id = $1 and claim = $2",
        claim.id,
        claim.key
    )
    .execute(db)
    .await?;
    Ok(gone.rows_affected() == 1)
}

pub(super) async fn put_back(
    db: &mut Connection,
    claim: &MailClaim,
    error: &str,
    wait: Duration,
    tries: i32,
) -> Result<bool> {
    let failed = sqlx::query!(
        "update account_mail set claim = null, claimed_until = null, last_error = $3, attempts = attempts - 1 + $5,
                next_try_at = clock_timestamp() + make_interval(secs => $4::double precision * (1 + random() / 2)),
                -- Its link was used up meanwhile.
                done_at = case when used_at is not null then clock_timestamp() end
         where id = $1 and claim = $2",
        claim.id,
        claim.key,
        shortened(error),
        wait.as_secs_f64(),
        tries
    )
    .execute(db)
    .await?;
    Ok(failed.rows_affected() == 1)
}

pub(super) async fn find(
    db: &mut Connection,
    kind: MailKind,
    secret: &SecretHash,
) -> Result<Option<MailedLink>> {
    let row = sqlx::query!(
        r#"select m.account_id as "account_id!", m.address, m.created_at, m.used_at is not null as "is_used!",
                  m.expires_at <= clock_timestamp() as "is_expired!"
           from account_mail_secret s join account_mail m on m.id = s.mail_id where s.hash = $1 and m.kind = $2"#,
        secret.0,
        kind.name()
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| MailedLink {
        account: AccountId(row.account_id),
        address: row.address,
        requested_at: row.created_at,
        is_used: row.is_used,
        is_expired: row.is_expired,
    }))
}

/// Uses up every link of this kind to the account, and those that are still to be sent. Links for a new password work on
/// while the address is not confirmed: it may be somebody else's, who has asked for them.
pub(crate) async fn void(db: &mut Connection, kind: MailKind, account: AccountId) -> Result<()> {
    sqlx::query!(
        "update account_mail
         set used_at = clock_timestamp(), done_at = case when claim is null then coalesce(done_at, clock_timestamp()) else done_at end
         where kind = $2 and used_at is null
           and (kind <> 'reset_password' or exists (select from account where id = $1 and email_confirmed_at is not null))
           and (account_id = $1
                or (account_id is null and address = (select email from account where id = $1 and email_confirmed_at is not null)))",
        account.0,
        kind.name()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Uses up the links that undo the account's change from this address, and those of later changes: once somebody has
/// the address back, the reader of another address's mail must not take it away again. Links of earlier changes still
/// work, because they return the account to whoever had it before. False if there was no such link.
pub(crate) async fn void_undos(
    db: &mut Connection,
    account: AccountId,
    address: &str,
) -> Result<bool> {
    let voided = sqlx::query!(
        "update account_mail
         set used_at = clock_timestamp(), done_at = case when claim is null then coalesce(done_at, clock_timestamp()) else done_at end
         where account_id = $1 and kind = $2 and used_at is null
           and id >= (select min(id) from account_mail
                      where account_id = $1 and kind = $2 and used_at is null and address = $3
                        and coalesce(expires_at, clock_timestamp()) >= clock_timestamp())",
        account.0,
        MailKind::EmailChanged.name(),
        address
    )
    .execute(db)
    .await?;
    Ok(voided.rows_affected() > 0)
}

/// The account's latest letter of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailStatus {
    pub created_at: OffsetDateTime,
    /// True once a mail server has accepted it.
    pub is_sent: bool,
    /// True if it is not tried again.
    pub is_done: bool,
}

/// The account's latest letter of a kind, if one was requested in the last days.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn latest(
    db: &mut Connection,
    account: AccountId,
    kind: MailKind,
) -> Result<Option<MailStatus>> {
    Ok(sqlx::query_as!(
        MailStatus,
        r#"select created_at, sent_at is not null as "is_sent!", done_at is not null as "is_done!"
           from account_mail where account_id = $1 and kind = $2 order by id desc limit 1"#,
        account.0,
        kind.name()
    )
    .fetch_optional(db)
    .await?)
}

/// The address that the account gets once the link in a letter to it is used. It counts from the request, not from the
/// letter, because there is none with a link if another account has the address.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn pending_email(db: &mut Connection, account: AccountId) -> Result<Option<String>> {
    let kind = MailKind::ConfirmNewEmail;
    Ok(sqlx::query_scalar!(
        "select address from account_mail where account_id = $1 and kind = $2 and used_at is null
           and created_at + make_interval(secs => $3) > clock_timestamp()
         order by id desc limit 1",
        account.0,
        kind.name(),
        kind.lasts().unwrap_or_default().as_secs_f64()
    )
    .fetch_optional(db)
    .await?)
}

/// Deletes up to a thousand letters older than [`KEPT_DAYS`] days, whose links have long expired, and returns how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_old(db: &mut Connection) -> Result<u64> {
    let gone = sqlx::query!(
        "delete from account_mail where id = any (array(
             select id from account_mail where created_at < (select clock_timestamp()) - make_interval(days => $1)
             order by created_at limit 1000))",
        KEPT_DAYS
    )
    .execute(db)
    .await?;
    Ok(gone.rows_affected())
}

/// Shortens claims and waits that are longer than any may be, because the database's clock was set back after they began.
/// Returns how many letters there were.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn bound_waits(db: &mut Connection) -> Result<u64> {
    let shortened = sqlx::query!(
        "update account_mail
         set next_try_at = least(next_try_at, clock_timestamp() + make_interval(secs => $1)),
             claimed_until = case when claim is not null then least(claimed_until, clock_timestamp() + make_interval(secs => $2)) end
         where done_at is null
           and (next_try_at > (select clock_timestamp()) + make_interval(secs => $1)
                or claimed_until > (select clock_timestamp()) + make_interval(secs => $2))",
        LONGEST_WAIT.mul_f64(MAX_JITTER_FACTOR).as_secs_f64(),
        LEASE.as_secs_f64()
    )
    .execute(db)
    .await?;
    Ok(shortened.rows_affected())
}

/// Records that a letter to this address bounced, so that the person who waits for it learns that it was given up.
/// False if there is no such letter.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn give_up(
    db: &mut Connection,
    message: Uuid,
    address: &str,
    reason: &str,
) -> Result<bool> {
    let given_up = sqlx::query!(
        "update account_mail set sent_at = null, done_at = coalesce(done_at, clock_timestamp()), claim = null, claimed_until = null, last_error = $3
         where message = $1 and address = any ($2)",
        message,
        &text::email_spellings(address),
        shortened(reason)
    )
    .execute(db)
    .await?;
    Ok(given_up.rows_affected() == 1)
}
