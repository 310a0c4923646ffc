//! The SQL of webhooks: here of an account's own.
//!
//! Lock order: the advisory lock of all writers of notices, then the account, then its webhooks.

pub(super) mod browser;
pub(super) mod log;
pub(super) mod queue;

use super::{
    NewWebhook, PushKeys, ROTATION_HOURS, Webhook, WebhookFormat, WebhookId, WebhookState,
    WebhookUrl,
};
use crate::{
    Error, Result,
    account::AccountId,
    notice::NoticeChannel,
    store::{Connection, Tx},
};
use std::{str::FromStr, time::Duration};

pub(super) async fn count(db: &mut Connection, account: AccountId) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from webhook where account_id = $1 and format <> $2"#,
        account.0,
        WebhookFormat::Push.name()
    )
    .fetch_one(db)
    .await?)
}

pub(super) async fn insert(
    db: &mut Connection,
    account: AccountId,
    new: &NewWebhook,
) -> Result<WebhookId> {
    let id = sqlx::query_scalar!(
        "insert into webhook (account_id, name, format, url, push_key, push_auth) values ($1, $2, $3, $4, $5, $6) returning id",
        account.0,
        new.name,
        new.format.name(),
        new.url.url().as_str(),
        new.keys.as_ref().map(PushKeys::key),
        new.keys.as_ref().map(PushKeys::auth)
    )
    .fetch_one(db)
    .await?;
    Ok(WebhookId(id))
}

/// The account's webhooks, or only this one. Leaves out browsers that are no longer remembered: nothing is sent to
/// them.
pub(super) async fn of_account(
    db: &mut Connection,
    account: AccountId,
    webhook: Option<WebhookId>,
) -> Result<Vec<Webhook>> {
    let rows = sqlx::query!(
        r#"select id, name, format, url, created_at,
                  case when previous_until > clock_timestamp() then previous_until end as previous_until,
                  state, parked_at, last_number - done_number as "pending!", last_error,
                  case when attempts > 0 and claim is null and done_number < last_number then next_try_at end as next_try_at
           from webhook where account_id = $1 and ($2::bigint is null or id = $2)
             and (format <> 'push' or exists (select from device d where d.webhook_id = webhook.id and d.expires_at > (select clock_timestamp())))
           order by id"#,
        account.0,
        webhook.map(|webhook| webhook.0)
    )
    .fetch_all(db)
    .await?;
    let webhooks = rows.into_iter().map(|row| {
        Ok(Webhook {
            id: WebhookId(row.id),
            name: row.name,
            format: WebhookFormat::from_str(&row.format).map_err(Error::unexpected)?,
            url: WebhookUrl::stored(&row.url).map_err(Error::unexpected)?,
            created_at: row.created_at,
            state: match (row.state.as_str(), row.parked_at) {
                ("off", _) => WebhookState::Off,
                ("gone", _) => WebhookState::Gone,
                (_, Some(since)) => WebhookState::Parked { since },
                (_, None) => WebhookState::On,
            },
            pending: row.pending,
            last_error: row.last_error,
            next_try_at: row.next_try_at,
            previous_until: row.previous_until,
        })
    });
    webhooks.collect()
}

/// The channels of the account's webhooks, each once.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn channels(db: &mut Connection, account: AccountId) -> Result<Vec<NoticeChannel>> {
    let formats = sqlx::query_scalar!(
        "select distinct format from webhook where account_id = $1
           and (format <> 'push' or exists (select from device d where d.webhook_id = webhook.id and d.expires_at > (select clock_timestamp())))",
        account.0
    )
    .fetch_all(db)
    .await?;
    let formats = formats.iter().filter_map(|name| name.parse().ok());
    let used: Vec<NoticeChannel> = formats.map(WebhookFormat::channel).collect();
    let all = NoticeChannel::ALL.into_iter();
    Ok(all.filter(|channel| used.contains(channel)).collect())
}

/// Locks the account's webhook until the transaction ends; false if it has no such one.
pub(super) async fn lock(tx: &mut Tx<'_>, account: AccountId, webhook: WebhookId) -> Result<bool> {
    let locked = sqlx::query_scalar!(
        "select id from webhook where account_id = $1 and id = $2 for no key update",
        account.0,
        webhook.0
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(locked.is_some())
}

/// How much longer the previous secret signs; `None` if only the current one does.
pub(super) async fn previous_secret_lasts(
    db: &mut Connection,
    webhook: WebhookId,
) -> Result<Option<Duration>> {
    let seconds = sqlx::query_scalar!(
        r#"select extract(epoch from previous_until - clock_timestamp())::float8 as "seconds!"
           from webhook where id = $1 and previous_until > clock_timestamp()"#,
        webhook.0
    )
    .fetch_optional(db)
    .await?;
    Ok(seconds.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default()))
}

/// The new generation; `None` if the account has no such webhook with a secret.
pub(super) async fn rotate(
    db: &mut Connection,
    account: AccountId,
    webhook: WebhookId,
) -> Result<Option<i32>> {
    Ok(sqlx::query_scalar!(
        "update webhook set secret_generation = secret_generation + 1,
                previous_until = clock_timestamp() + make_interval(hours => $3)
         where account_id = $1 and id = $2 and format = $4 returning secret_generation",
        account.0,
        webhook.0,
        ROTATION_HOURS,
        WebhookFormat::Standard.name()
    )
    .fetch_optional(db)
    .await?)
}

pub(super) async fn turn_off(
    tx: &mut Tx<'_>,
    account: AccountId,
    webhook: WebhookId,
) -> Result<bool> {
    let off = sqlx::query!(
        // An attempt in progress may still take a while. No later message may overtake it, even if the webhook is
        // turned on again immediately.
        "update webhook set state = 'off', done_number = last_number, attempts = 0, claim = null, claimed_until = null,
                parked_at = null, last_error = null,
                next_try_at = clock_timestamp() + case when claim is null then interval '0' else interval '20 seconds' end
         where account_id = $1 and id = $2",
        account.0,
        webhook.0
    )
    .execute(&mut **tx)
    .await?;
    if off.rows_affected() == 0 {
        return Ok(false);
    }
    queue::drop_all(tx, webhook).await?;
    Ok(true)
}

pub(super) async fn turn_on(
    db: &mut Connection,
    account: AccountId,
    webhook: WebhookId,
) -> Result<bool> {
    let on = sqlx::query!(
        "update webhook set state = 'on', last_error = case when state = 'on' then last_error end
         where account_id = $1 and id = $2",
        account.0,
        webhook.0
    )
    .execute(db)
    .await?;
    Ok(on.rows_affected() == 1)
}

/// The format of the webhook that was deleted; `None` if the account has no such one.
pub(super) async fn delete(
    db: &mut Connection,
    account: AccountId,
    webhook: WebhookId,
) -> Result<Option<WebhookFormat>> {
    let format = sqlx::query_scalar!(
        "delete from webhook where account_id = $1 and id = $2 returning format",
        account.0,
        webhook.0
    )
    .fetch_optional(db)
    .await?;
    let format = format.map(|format| format.parse().map_err(Error::unexpected));
    format.transpose()
}
