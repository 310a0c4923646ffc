//! Browsers that show an account's notices. The table of devices names the webhook of each browser.

use crate::{
    Result,
    store::Connection,
    webhook::{PushKeys, WebhookId, WebhookUrl},
};

/// How many browsers one statement deletes.
const SWEPT_AT_ONCE: i64 = 1000;

/// True if messages go to this address with these keys.
pub(in crate::news::webhook) async fn shows(
    db: &mut Connection,
    webhook: WebhookId,
    url: &WebhookUrl,
    keys: &PushKeys,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from webhook
                          where id = $1 and state = 'on' and url = $2 and push_key = $3 and push_auth = $4) as "shows!""#,
        webhook.0,
        url.url().as_str(),
        keys.key(),
        keys.auth()
    )
    .fetch_one(db)
    .await?)
}

/// Deletes the browser with this address, whichever account it shows notices of: only the browser and its push service
/// know the address, and the browser has just sent it.
pub(in crate::news::webhook) async fn end_endpoint(
    db: &mut Connection,
    url: &WebhookUrl,
) -> Result<()> {
    sqlx::query!(
        "delete from webhook where format = 'push' and url = $1",
        url.url().as_str()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes up to a thousand browsers that are no longer remembered, and returns how many. Nothing has been sent to them
/// since they were forgotten.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_lost(db: &mut Connection) -> Result<u64> {
    let lost = sqlx::query!(
        "delete from webhook where id = any (array(
             select w.id from webhook w
             where w.format = 'push'
               and not exists (select from device d where d.webhook_id = w.id and d.expires_at > (select clock_timestamp()))
             order by w.id limit $1 for update of w skip locked))",
        SWEPT_AT_ONCE
    )
    .execute(db)
    .await?;
    Ok(lost.rows_affected())
}
