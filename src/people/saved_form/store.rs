//! Every SQL statement about saved forms.

use super::{Field, MOST_BYTES, MOST_FORMS};
use crate::{Result, account::AccountId, device::DeviceId, store::Connection};
use sqlx::types::Json;

/// Keeps the fields of a form that stands on this page, in place of what was kept of it for the account in this browser before, and of
/// no more than [`MOST_FORMS`] pages. Answers whether they are kept: they are not where the browser never signed in to the account, or
/// where they are too long.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn save(
    db: &mut Connection,
    device: DeviceId,
    account: AccountId,
    page: &str,
    fields: &[Field],
) -> Result<bool> {
    // What was sent before is not what was sent last.
    forget(db, device, account, page).await?;
    let bytes: usize = fields.iter().map(|(n, value)| n.len() + value.len()).sum();
    if bytes > MOST_BYTES {
        return Ok(false);
    }
    let saved = sqlx::query!(
        "insert into saved_form (device_id, account_id, page, fields)
         select id, account_id, $3, $4 from device where id = $1 and account_id = $2 and expires_at > clock_timestamp()
         on conflict (account_id, device_id, page) do update set fields = excluded.fields, saved_at = clock_timestamp()",
        device.0,
        account.0,
        page,
        Json(fields) as _
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "delete from saved_form where device_id = $1 and account_id = $2 and page in (
             select page from saved_form where device_id = $1 and account_id = $2 order by saved_at desc, page offset $3)",
        device.0,
        account.0,
        MOST_FORMS
    )
    .execute(db)
    .await?;
    Ok(saved.rows_affected() > 0)
}

/// The pages whose forms are kept for the account in this browser.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn pages(
    db: &mut Connection,
    device: DeviceId,
    account: AccountId,
) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        "select page from saved_form
         where device_id = $1 and account_id = $2 and saved_at > clock_timestamp() - interval '1 hour'",
        device.0,
        account.0
    )
    .fetch_all(db)
    .await?)
}

/// What was typed into the form of this page.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn read(
    db: &mut Connection,
    device: DeviceId,
    account: AccountId,
    page: &str,
) -> Result<Option<Vec<Field>>> {
    let fields = sqlx::query_scalar!(
        r#"select fields as "fields: Json<Vec<Field>>" from saved_form
           where device_id = $1 and account_id = $2 and page = $3 and saved_at > clock_timestamp() - interval '1 hour'"#,
        device.0,
        account.0,
        page
    )
    .fetch_optional(db)
    .await?;
    Ok(fields.map(|Json(fields)| fields))
}

/// Forgets what is kept of this page's form for the account in this browser.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget(
    db: &mut Connection,
    device: DeviceId,
    account: AccountId,
    page: &str,
) -> Result<()> {
    sqlx::query!(
        "delete from saved_form where device_id = $1 and account_id = $2 and page = $3",
        device.0,
        account.0,
        page
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets up to a thousand forms that are older than an hour. Answers how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_old(db: &mut Connection) -> Result<u64> {
    let forgotten = sqlx::query!(
        "delete from saved_form where (account_id, device_id, page) in (
             select account_id, device_id, page from saved_form where saved_at < clock_timestamp() - interval '1 hour'
             order by saved_at limit 1000 for update skip locked)"
    )
    .execute(db)
    .await?;
    Ok(forgotten.rows_affected())
}
