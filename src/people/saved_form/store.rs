//! Every SQL statement about saved forms.

use super::{Field, KEPT_HOURS, MAX_BYTES, MAX_FORMS};
use crate::{Result, account::AccountId, device::DeviceId, store::Connection};
use sqlx::types::Json;

/// Saves the fields of this page's form, replacing what was saved for the same account, browser and page. At most
/// [`MAX_FORMS`] pages are kept. Returns false if nothing was saved, because the browser never signed in to the
/// account or the fields are too long.
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
    // Drop the earlier save even if the new one is not stored: stale input must not reappear.
    forget(db, device, account, page).await?;
    let bytes: usize = fields.iter().map(|(n, value)| n.len() + value.len()).sum();
    if bytes > MAX_BYTES {
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
        MAX_FORMS
    )
    .execute(db)
    .await?;
    Ok(saved.rows_affected() > 0)
}

/// The pages with a saved form for this account in this browser.
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

/// The saved fields of this page's form.
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

/// Deletes the saved form of this page for this account in this browser.
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

/// Deletes up to a thousand forms older than [`KEPT_HOURS`] and returns how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_old(db: &mut Connection) -> Result<u64> {
    let forgotten = sqlx::query!(
        "delete from saved_form where (account_id, device_id, page) in (
             select account_id, device_id, page from saved_form where saved_at < clock_timestamp() - make_interval(hours => $1)
             order by saved_at limit 1000 for update skip locked)",
        KEPT_HOURS
    )
    .execute(db)
    .await?;
    Ok(forgotten.rows_affected())
}
