//! The log of attempts.

use crate::{
    Result,
    account::Viewer,
    notice::NoticeKind,
    store::{Connection, Tx, shortened},
    webhook::{
        AttemptId, WebhookId,
        delivery::{WebhookAnswer, WebhookDelivery},
        log::{Attempt, KEPT_DAYS, SHOWN},
    },
};

/// How many rows one statement deletes.
const SWEPT_AT_ONCE: i64 = 1000;

/// Logs an attempt, unless the webhook has been removed, and drops those beyond the newest [`SHOWN`].
pub(in crate::news::webhook) async fn insert(
    tx: &mut Tx<'_>,
    delivery: &WebhookDelivery,
    answer: &WebhookAnswer,
) -> Result<()> {
    sqlx::query!(
        "insert into webhook_attempt (webhook_id, notice_number, message, kind, tries, took_ms, status, error, answer)
         select id, $2, $3, $4, $5, $6, $7, $8, $9 from webhook where id = $1 for key share",
        delivery.claim.webhook.0,
        delivery.notice.number,
        delivery.id,
        delivery.notice.kind.name(),
        delivery.claim.attempts,
        i32::try_from(answer.took.as_millis()).unwrap_or(i32::MAX),
        answer.status.map(i32::from),
        answer.error.as_deref().map(shortened),
        shortened(&answer.text)
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "delete from webhook_attempt where webhook_id = $1
           and id <= (select id from webhook_attempt where webhook_id = $1 order by id desc offset $2 limit 1)",
        delivery.claim.webhook.0,
        SHOWN
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The newest 100 attempts of the viewer's webhook, the newest first; none if it is somebody else's.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn attempts(
    db: &mut Connection,
    viewer: &Viewer,
    webhook: WebhookId,
) -> Result<Vec<Attempt>> {
    let rows = sqlx::query!(
        "select a.id, a.message, a.kind, a.tries, a.tried_at, a.took_ms, a.status, a.error, a.answer
         from webhook_attempt a join webhook w on w.id = a.webhook_id
         where w.account_id = $1 and a.webhook_id = $2 order by a.id desc limit $3",
        viewer.account.0,
        webhook.0,
        SHOWN
    )
    .fetch_all(db)
    .await?;
    let attempts = rows.into_iter().map(|row| Attempt {
        id: AttemptId(row.id),
        message: row.message,
        // The title of a later version's kind is not known here.
        title: NoticeKind::by_name(&row.kind).map_or(row.kind, |kind| kind.title().to_owned()),
        number: row.tries,
        tried_at: row.tried_at,
        took_ms: row.took_ms,
        status: row.status.and_then(|status| u16::try_from(status).ok()),
        error: row.error,
        answer: row.answer,
    });
    Ok(attempts.collect())
}

/// Deletes up to a thousand attempts older than 30 days, and returns how many. Also ends the queues whose messages were all
/// deleted with their notices.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_old(db: &mut Connection) -> Result<u64> {
    sqlx::query!(
        // A message that is queued meanwhile has a number above the last one of the snapshot, so it stays. Only a
        // materialized result keeps that number: otherwise, a row that is locked later is read anew.
        "with empty as materialized (
             select id, last_number from webhook w where done_number < last_number
               and not exists (select from webhook_message m where m.webhook_id = w.id and m.number > w.done_number)
         ), idle as (
             select w.id, empty.last_number from empty join webhook w on w.id = empty.id
             where w.done_number < empty.last_number and (w.claimed_until is null or w.claimed_until <= clock_timestamp())
             for no key update of w skip locked
         )
         update webhook w set done_number = idle.last_number, attempts = 0, parked_at = null, claim = null, claimed_until = null,
                next_try_at = clock_timestamp()
         from idle where w.id = idle.id"
    )
    .execute(&mut *db)
    .await?;
    let gone = sqlx::query!(
        "delete from webhook_attempt where id = any (array(
             select id from webhook_attempt where tried_at < (select clock_timestamp()) - make_interval(days => $1)
             order by tried_at limit $2))",
        KEPT_DAYS,
        SWEPT_AT_ONCE
    )
    .execute(db)
    .await?;
    Ok(gone.rows_affected())
}
