//! The queues of webhooks.

use crate::{
    Error, Result,
    account::AccountId,
    notice::{NoticeFacts, NoticeKind, NoticeRow, readable},
    store::{Connection, MAX_JITTER_FACTOR, Tx, shortened},
    webhook::{
        AttemptId, PushKeys, WebhookFormat, WebhookId, WebhookUrl,
        delivery::{
            LEASE, LONGEST_RETRY_AFTER, PLACES_OF_ACCOUNT, ParkedWebhook, WebhookAnswer,
            WebhookClaim, WebhookDelivery, WebhookOutcome, wait,
        },
    },
};
use sqlx::{Connection as _, types::Json};
use std::time::Duration;

/// The key of the advisory lock of whoever claims, so that two workers don't give an account more places than it has.
const CLAIMERS: i64 = 0x0077_6562_686f_6f6b;
/// How many due webhooks are considered, the longest due first.
const CONSIDERED: i64 = 200;
/// How many parked webhooks are listed.
const LISTED: i64 = 1000;

/// Claims up to `most` webhooks with something to post, the longest due first, at most two of an account.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn claim(db: &mut Connection, most: i64) -> Result<Vec<WebhookDelivery>> {
    let mut tx = db.begin().await?;
    sqlx::query!("select pg_advisory_xact_lock($1)", CLAIMERS)
        .execute(&mut *tx)
        .await?;
    let rows = sqlx::query!(
        r#"with busy as (
               select account_id, count(*) as count from webhook
               where claim is not null and claimed_until > (select clock_timestamp()) group by account_id
           ), due as (
               select w.id, w.account_id, w.next_try_at from webhook w
               -- One whose messages were all deleted with their notices has nothing to post, and must not hold a place.
               cross join lateral (select from webhook_message m where m.webhook_id = w.id and m.number > w.done_number limit 1) waiting
               -- A browser that is no longer remembered may be somebody else's by now.
               left join lateral (select true as is_known from device d where d.webhook_id = w.id and d.expires_at > (select clock_timestamp()) limit 1) known
                   on w.format = 'push'
               where w.done_number < w.last_number and w.parked_at is null and w.next_try_at <= (select clock_timestamp())
                 and (w.format <> 'push' or known.is_known)
                 and (w.claimed_until is null or w.claimed_until <= (select clock_timestamp()))
               order by w.next_try_at limit $4
           ), placed as (
               select due.id, due.next_try_at,
                      coalesce(busy.count, 0) + row_number() over (partition by due.account_id order by due.next_try_at, due.id) as place
               from due left join busy on busy.account_id = due.account_id
           ), chosen as (
               select w.id from placed join webhook w on w.id = placed.id
               where placed.place <= $3 order by placed.next_try_at limit $1 for no key update of w skip locked
           ), claimed as (
               update webhook w set claim = gen_random_uuid(), attempts = w.attempts + 1,
                      claimed_until = clock_timestamp() + make_interval(secs => $2)
               from chosen where w.id = chosen.id and w.done_number < w.last_number and w.parked_at is null and w.state = 'on'
               returning w.id, w.account_id, w.claim, w.attempts, w.done_number, w.format, w.url, w.push_key, w.push_auth, w.secret_generation,
                         w.previous_until > clock_timestamp() as has_previous
           )
           select claimed.id as "webhook!", claimed.account_id as "account!", claimed.claim as "claim!", claimed.attempts as "attempts!",
                  claimed.format as "format!", claimed.url as "url!", claimed.push_key, claimed.push_auth, claimed.secret_generation as "generation!", claimed.has_previous,
                  clock_timestamp() as "at!", next.number, n.number as notice_number, n.id as notice_id, n.kind, n.project_id,
                  n.facts as "facts: Json<NoticeFacts>", n.created_at, n.read_at, p.name as "project_name?", p.deadline as "deadline?", p.lowest_minor as "lowest_minor?"
           from claimed
           join lateral (select number, notice_number from webhook_message m
                         where m.webhook_id = claimed.id and m.number > claimed.done_number order by m.number limit 1) next on true
           join notice n on n.account_id = claimed.account_id and n.number = next.notice_number
           left join project p on p.id = n.project_id"#,
        most,
        LEASE.as_secs_f64(),
        PLACES_OF_ACCOUNT,
        CONSIDERED
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    // What a later version wrote waits until its claim ends, and does not hold up the other webhooks.
    let deliveries = rows.into_iter().filter_map(|row| {
        let current = row.generation;
        let previous = row.has_previous.unwrap_or(false).then_some(current - 1);
        Some(WebhookDelivery {
            claim: WebhookClaim {
                webhook: WebhookId(row.webhook),
                account: AccountId(row.account),
                number: row.number,
                attempts: row.attempts,
                key: row.claim,
            },
            id: row.notice_id,
            at: row.at,
            format: row.format.parse::<WebhookFormat>().ok()?,
            url: WebhookUrl::stored(&row.url).ok()?,
            keys: PushKeys::stored(row.push_key, row.push_auth),
            generations: [Some(current), previous].into_iter().flatten().collect(),
            notice: readable(NoticeRow {
                number: row.notice_number,
                kind: row.kind,
                project_id: row.project_id,
                name: row.project_name,
                deadline: row.deadline,
                lowest_minor: row.lowest_minor,
                facts: row.facts,
                created_at: row.created_at,
                read_at: row.read_at,
            })?,
        })
    });
    Ok(deliveries.collect())
}

/// False if the claim had ended before.
pub(in crate::news::webhook) async fn end_claim(
    tx: &mut Tx<'_>,
    claim: &WebhookClaim,
    answer: &WebhookAnswer,
) -> Result<bool> {
    let error = answer.error.as_deref().map(shortened);
    match answer.outcome {
        WebhookOutcome::Accepted => accept(tx, claim).await,
        WebhookOutcome::Failed { retry_after } => {
            let wait = wait(claim.attempts, retry_after);
            fail(tx, claim, error, wait).await
        }
        WebhookOutcome::Gone => end(tx, claim, error).await,
    }
}

async fn accept(tx: &mut Tx<'_>, claim: &WebhookClaim) -> Result<bool> {
    let done = sqlx::query_scalar!(
        r#"with done as (
             update webhook set done_number = $2, attempts = 0, claim = null, claimed_until = null, last_error = null,
                    next_try_at = clock_timestamp()
             where id = $1 and claim = $3 returning id
         ), dropped as (
             delete from webhook_message m using done where m.webhook_id = done.id and m.number <= $2
         )
         select count(*) as "count!" from done"#,
        claim.webhook.0,
        claim.number,
        claim.key
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(done > 0)
}

async fn fail(
    tx: &mut Tx<'_>,
    claim: &WebhookClaim,
    error: Option<String>,
    wait: Option<Duration>,
) -> Result<bool> {
    let failed = sqlx::query!(
        "update webhook set claim = null, claimed_until = null, last_error = $3,
                next_try_at = clock_timestamp() + make_interval(secs => coalesce($4::double precision, 0) * (1 + random() / 2)),
                parked_at = case when $4::double precision is null then clock_timestamp() end
         where id = $1 and claim = $2",
        claim.webhook.0,
        claim.key,
        error,
        wait.map(|wait| wait.as_secs_f64())
    )
    .execute(&mut **tx)
    .await?;
    Ok(failed.rows_affected() == 1)
}

/// Ends the webhook, and drops what waits.
async fn end(tx: &mut Tx<'_>, claim: &WebhookClaim, error: Option<String>) -> Result<bool> {
    let ended = sqlx::query!(
        "update webhook set state = 'gone', done_number = last_number, attempts = 0, claim = null, claimed_until = null,
                last_error = $3
         where id = $1 and claim = $2",
        claim.webhook.0,
        claim.key,
        error
    )
    .execute(&mut **tx)
    .await?;
    if ended.rows_affected() == 0 {
        return Ok(false);
    }
    drop_all(tx, claim.webhook).await?;
    Ok(true)
}

/// Deletes what waits for the webhook, whose row the caller has locked.
pub(super) async fn drop_all(tx: &mut Tx<'_>, webhook: WebhookId) -> Result<()> {
    sqlx::query!(
        "delete from webhook_message where webhook_id = $1",
        webhook.0
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes a notice that only this webhook gets, and queues it. The caller holds the lock of all writers of notices.
pub(in crate::news::webhook) async fn push_test(
    tx: &mut Tx<'_>,
    account: AccountId,
    webhook: WebhookId,
) -> Result<()> {
    let pushed = sqlx::query!(
        "with numbered as (
             insert into notice_inbox as inbox (account_id, last_number) values ($1, 1)
             on conflict (account_id) do update set last_number = inbox.last_number + 1 returning last_number
         ), written as (
             insert into notice (account_id, number, kind, facts, is_on_site)
             select $1, last_number, $3, '{}', false from numbered returning number
         ), queued as (
             update webhook set last_number = last_number + 1 where account_id = $1 and id = $2 and state = 'on'
             returning id, last_number
         )
         insert into webhook_message (webhook_id, number, account_id, notice_number)
         select queued.id, queued.last_number, $1, written.number from queued cross join written",
        account.0,
        webhook.0,
        NoticeKind::WebhookTest.name()
    )
    .execute(&mut **tx)
    .await?;
    match pushed.rows_affected() {
        1 => Ok(()),
        _ => Err(Error::NotFound),
    }
}

/// Queues the message of a logged attempt after everything that waits; false if there is none.
pub(in crate::news::webhook) async fn push_again(
    tx: &mut Tx<'_>,
    account: AccountId,
    webhook: WebhookId,
    attempt: AttemptId,
) -> Result<bool> {
    let pushed = sqlx::query!(
        "with logged as (
             select notice_number from webhook_attempt a where a.id = $3 and a.webhook_id = $2
               and exists (select from notice n where n.account_id = $1 and n.number = a.notice_number)
         ), queued as (
             update webhook set last_number = last_number + 1
             where account_id = $1 and id = $2 and state = 'on' and exists (select from logged)
             returning id, last_number
         )
         insert into webhook_message (webhook_id, number, account_id, notice_number)
         select queued.id, queued.last_number, $1, logged.notice_number from queued cross join logged",
        account.0,
        webhook.0,
        attempt.0
    )
    .execute(&mut **tx)
    .await?;
    Ok(pushed.rows_affected() == 1)
}

/// Parked webhooks of all accounts, the longest parked first.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn parked(db: &mut Connection) -> Result<Vec<ParkedWebhook>> {
    let rows = sqlx::query!(
        r#"select id, account_id, parked_at as "parked_at!", last_number - done_number as "pending!", coalesce(last_error, '') as "error!"
           from webhook where parked_at is not null order by parked_at limit $1"#,
        LISTED
    )
    .fetch_all(db)
    .await?;
    let webhooks = rows.into_iter().map(|row| ParkedWebhook {
        webhook: WebhookId(row.id),
        account: AccountId(row.account_id),
        parked_at: row.parked_at,
        pending: row.pending,
        error: row.error,
    });
    Ok(webhooks.collect())
}

/// Has the parked webhooks of one account or of all send again, from the message that failed. Returns how many were parked.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn send_all_again(db: &mut Connection, account: Option<AccountId>) -> Result<u64> {
    let unparked = sqlx::query!(
        "update webhook set parked_at = null, attempts = 0, next_try_at = clock_timestamp()
         where id = any (array(
             select id from webhook
             where parked_at is not null and ($1::bigint is null or account_id = $1)
             order by id for no key update))",
        account.map(|account| account.0)
    )
    .execute(db)
    .await?;
    Ok(unparked.rows_affected())
}

/// Makes the failed message due now, with all its tries; false if none waits for another try.
pub(in crate::news::webhook) async fn try_now(
    db: &mut Connection,
    account: AccountId,
    webhook: WebhookId,
) -> Result<bool> {
    let due = sqlx::query!(
        "update webhook set parked_at = null, attempts = 0, next_try_at = clock_timestamp()
         where account_id = $1 and id = $2 and done_number < last_number and claim is null
           and (attempts > 0 or parked_at is not null)",
        account.0,
        webhook.0
    )
    .execute(db)
    .await?;
    Ok(due.rows_affected() == 1)
}

/// Shortens claims and waits that are longer than any may be, because the database's clock was set back after they began.
/// Returns how many webhooks there were.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn bound_waits(db: &mut Connection) -> Result<u64> {
    let shortened = sqlx::query!(
        "update webhook
         set next_try_at = least(next_try_at, clock_timestamp() + make_interval(secs => $1)),
             claimed_until = case when claim is not null then least(claimed_until, clock_timestamp() + make_interval(secs => $2)) end
         where done_number < last_number and parked_at is null
           and (next_try_at > (select clock_timestamp()) + make_interval(secs => $1)
                or claimed_until > (select clock_timestamp()) + make_interval(secs => $2))",
        LONGEST_RETRY_AFTER.mul_f64(MAX_JITTER_FACTOR).as_secs_f64(),
        LEASE.as_secs_f64()
    )
    .execute(db)
    .await?;
    Ok(shortened.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::CLAIMERS;

    #[test]
    fn the_lock_has_a_key_that_reads_as_its_name() {
        assert_eq!(&CLAIMERS.to_be_bytes()[1..], b"webhook");
    }
}
