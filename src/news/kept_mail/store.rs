//! Every SQL statement about kept mail.

use super::{KEPT_DAYS, KeptMail, MAX_KEPT, MAX_LISTED, MailSummary, NewMail};
use crate::{Error, Result, store::Connection};

/// Keeps a message, unless it is kept already, and drops those beyond [`MAX_KEPT`].
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn keep(db: &mut Connection, mail: &NewMail<'_>) -> Result<()> {
    sqlx::query!(
        "insert into kept_mail (message_id, address, subject, headers, html, text) values ($1, $2, $3, $4, $5, $6)
         on conflict (message_id) do nothing",
        mail.message_id,
        mail.address,
        mail.subject,
        mail.headers,
        mail.html,
        mail.text
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "delete from kept_mail where id <= (select id from kept_mail order by id desc offset $1 limit 1)",
        MAX_KEPT
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The newest kept messages to addresses that contain `to`, up to [`MAX_LISTED`].
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn list(db: &mut Connection, to: &str) -> Result<Vec<MailSummary>> {
    Ok(sqlx::query_as!(
        MailSummary,
        "select id, address, subject, kept_at from kept_mail
         where kept_at > clock_timestamp() - interval '7 days' and position(lower($2) in lower(address)) > 0
         order by id desc limit $1",
        MAX_LISTED,
        to
    )
    .fetch_all(db)
    .await?)
}

/// The message with this number.
///
/// # Errors
/// `NotFound`, `Busy` or `Unexpected`.
pub async fn find(db: &mut Connection, id: i64) -> Result<KeptMail> {
    sqlx::query_as!(
        KeptMail,
        "select id, address, subject, headers, html, text, kept_at from kept_mail
         where id = $1 and kept_at > clock_timestamp() - interval '7 days'",
        id
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::NotFound)
}

/// Deletes up to a thousand messages older than [`KEPT_DAYS`] days and returns how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_old(db: &mut Connection) -> Result<u64> {
    let forgotten = sqlx::query!(
        "delete from kept_mail where id in (
             select id from kept_mail where kept_at < clock_timestamp() - make_interval(days => $1) limit 1000 for update skip locked)",
        KEPT_DAYS
    )
    .execute(db)
    .await?;
    Ok(forgotten.rows_affected())
}

/// Deletes what is kept for an address.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_address(db: &mut Connection, address: &str) -> Result<()> {
    sqlx::query!("delete from kept_mail where address = $1", address)
        .execute(db)
        .await?;
    Ok(())
}
