//! The queues of notices that leave the site.

use super::inbox::{NoticeRow, readable};
use crate::{
    Result,
    account::{AccountId, Contact},
    notice::{
        NoticeChannel, NoticeFacts,
        delivery::{
            Delivery, DeliveryOutcome, LEASE, LONGEST_WAIT, OUTAGE_WAIT, ParkedQueue, QueueClaim,
            wait,
        },
    },
    store::{Connection, MAX_JITTER_FACTOR, shortened},
};
use sqlx::types::Json;
use uuid::Uuid;

/// How many parked queues are listed.
const LISTED: i64 = 1000;

/// Claims up to `most` queues with something to send, the longest due first.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn claim(db: &mut Connection, most: i64) -> Result<Vec<Delivery>> {
    let rows = sqlx::query!(
        r#"with due as (
               select account_id, channel from notice_queue
               where done_number < last_number and parked_at is null and next_try_at <= (select clock_timestamp())
                 and (claimed_until is null or claimed_until <= (select clock_timestamp()))
               order by next_try_at limit $1 for update skip locked
           ), claimed as (
               update notice_queue q set claim = gen_random_uuid(), attempts = q.attempts + 1,
                      claimed_until = clock_timestamp() + make_interval(secs => $2)
               from due where q.account_id = due.account_id and q.channel = due.channel
               returning q.account_id, q.channel, q.claim, q.attempts, q.done_number
           )
           select claimed.account_id, claimed.claim as "claim!", claimed.attempts, next.number,
                  n.number as notice_number, n.id as notice_id, n.kind, n.project_id, n.facts as "facts: Json<NoticeFacts>", n.created_at, n.read_at,
                  a.name as account_name, a.email, a.role, p.name as "project_name?", p.deadline as "deadline?", p.lowest_minor as "lowest_minor?"
           from claimed
           join lateral (select number, notice_number from notice_delivery d
                         where d.account_id = claimed.account_id and d.channel = claimed.channel and d.number > claimed.done_number
                         order by d.number limit 1) next on true
           join notice n on n.account_id = claimed.account_id and n.number = next.notice_number
           join account a on a.id = claimed.account_id
           left join project p on p.id = n.project_id"#,
        most,
        LEASE.as_secs_f64()
    )
    .fetch_all(db)
    .await?;
    // A notice that a later version wrote waits until its claim ends, and does not hold up the other queues.
    let deliveries = rows.into_iter().filter_map(|row| {
        Some(Delivery {
            claim: QueueClaim {
                account: AccountId(row.account_id),
                number: row.number,
                attempts: row.attempts,
                key: row.claim,
            },
            id: row.notice_id,
            to: Contact {
                name: row.account_name,
                email: row.email,
            },
            role: row.role.parse().ok()?,
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

/// Records what came of an attempt, and ends the claim. False if the claim had ended before: another worker has taken
/// over, and decides.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn record(
    db: &mut Connection,
    claim: &QueueClaim,
    attempt: &DeliveryOutcome,
) -> Result<bool> {
    match attempt {
        DeliveryOutcome::Sent => finish(db, claim, true, None).await,
        DeliveryOutcome::Refused(error) => finish(db, claim, false, Some(error)).await,
        DeliveryOutcome::Failed(error) => fail(db, claim, error, wait(claim.attempts), 1).await,
        DeliveryOutcome::Postponed(error) => fail(db, claim, error, Some(OUTAGE_WAIT), 0).await,
        DeliveryOutcome::Unreachable(error) => fail(db, claim, error, None, 1).await,
    }
}

async fn finish(
    db: &mut Connection,
    claim: &QueueClaim,
    is_sent: bool,
    error: Option<&str>,
) -> Result<bool> {
    let finished = sqlx::query!(
        "with done as (
             update notice_queue set done_number = $3, attempts = 0, claim = null, claimed_until = null,
                    next_try_at = clock_timestamp(), last_error = $5
             where account_id = $1 and channel = $2 and claim = $4 returning account_id
         )
         update notice_delivery d set sent_at = case when $6 then clock_timestamp() end from done
         where d.account_id = $1 and d.channel = $2 and d.number = $3",
        claim.account.0,
        NoticeChannel::Email.name(),
        claim.number,
        claim.key,
        error.map(shortened),
        is_sent
    )
    .execute(db)
    .await?;
    Ok(finished.rows_affected() == 1)
}

async fn fail(
    db: &mut Connection,
    claim: &QueueClaim,
    error: &str,
    wait: Option<std::time::Duration>,
    tries: i32,
) -> Result<bool> {
    let failed = sqlx::query!(
        "update notice_queue set claim = null, claimed_until = null, last_error = $4, attempts = attempts - 1 + $6,
                next_try_at = clock_timestamp() + make_interval(secs => coalesce($5::double precision, 0) * (1 + random() / 2)),
                parked_at = case when $5::double precision is null then clock_timestamp() end
         where account_id = $1 and channel = $2 and claim = $3",
        claim.account.0,
        NoticeChannel::Email.name(),
        claim.key,
        shortened(error),
        wait.map(|wait| wait.as_secs_f64()),
        tries
    )
    .execute(db)
    .await?;
    Ok(failed.rows_affected() == 1)
}

/// Parked queues of all accounts or of one, the longest parked first.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn parked(db: &mut Connection, account: Option<AccountId>) -> Result<Vec<ParkedQueue>> {
    let rows = sqlx::query!(
        r#"select account_id, parked_at as "parked_at!", last_number - done_number as "pending!", coalesce(last_error, '') as "error!"
           from notice_queue where parked_at is not null and ($1::bigint is null or account_id = $1)
           order by parked_at limit $2"#,
        account.map(|account| account.0),
        LISTED
    )
    .fetch_all(db)
    .await?;
    let queues = rows.into_iter().map(|row| ParkedQueue {
        account: AccountId(row.account_id),
        parked_at: row.parked_at,
        pending: row.pending,
        error: row.error,
    });
    Ok(queues.collect())
}

/// Sends again what the parked queues of one account or of all hold, from the notice that failed. Returns how many queues
/// were parked.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn send_again(db: &mut Connection, account: Option<AccountId>) -> Result<u64> {
    let unparked = sqlx::query!(
        "update notice_queue set parked_at = null, attempts = 0, next_try_at = clock_timestamp()
         where parked_at is not null and ($1::bigint is null or account_id = $1)",
        account.map(|account| account.0)
    )
    .execute(db)
    .await?;
    Ok(unparked.rows_affected())
}

/// Shortens claims and waits that are longer than any may be, because the database's clock was set back after they began.
/// Returns how many queues there were.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn bound_waits(db: &mut Connection) -> Result<u64> {
    let shortened = sqlx::query!(
        "update notice_queue
         set next_try_at = least(next_try_at, clock_timestamp() + make_interval(secs => $1)),
             claimed_until = case when claim is not null then least(claimed_until, clock_timestamp() + make_interval(secs => $2)) end
         where done_number < last_number and parked_at is null
           and (next_try_at > (select clock_timestamp()) + make_interval(secs => $1)
                or claimed_until > (select clock_timestamp()) + make_interval(secs => $2))",
        LONGEST_WAIT.mul_f64(MAX_JITTER_FACTOR).as_secs_f64(),
        LEASE.as_secs_f64()
    )
    .execute(db)
    .await?;
    Ok(shortened.rows_affected())
}

/// Parks an account's mail, because the address of this notice's letter turned out to take none. False if the account was
/// mailed no such notice.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn stop_mail(
    db: &mut Connection,
    account: AccountId,
    notice: Uuid,
    reason: &str,
) -> Result<bool> {
    let stopped = sqlx::query!(
        "update notice_queue set parked_at = coalesce(parked_at, clock_timestamp()), last_error = $4, claim = null, claimed_until = null
         where account_id = $1 and channel = $2
           and exists (select from notice n join notice_delivery d on d.account_id = n.account_id and d.notice_number = n.number
                       where n.account_id = $1 and n.id = $3 and d.channel = $2)",
        account.0,
        NoticeChannel::Email.name(),
        notice,
        shortened(reason)
    )
    .execute(db)
    .await?;
    Ok(stopped.rows_affected() == 1)
}
