//! SQL for notices.
//!
//! Lock order: the advisory lock of all writers, then recipients' rows. Readers who mark notices as read lock only their
//! own.

pub(super) mod auction;
pub(super) mod broadcast;
pub(super) mod deadline;
pub(super) mod delivery;
pub(super) mod held_mail;
pub(super) mod hold;
pub(super) mod inbox;
pub(super) mod preference;
pub(super) mod schedule;
mod write;

pub(crate) use write::lock;
pub(super) use write::write;

use super::KEPT_DAYS;
use crate::{Result, project::ProjectId, store::Connection};

fn ids(projects: &[ProjectId]) -> Vec<i64> {
    projects.iter().map(|project| project.0).collect()
}

/// How many rows one statement deletes.
const SWEPT_AT_ONCE: i64 = 1000;

/// Deletes old notices and what is kept of ended auctions, up to 1,000 rows of each; returns the larger count.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_old(db: &mut Connection) -> Result<u64> {
    let notices = sqlx::query!(
        "delete from notice where (account_id, number) in (
             select account_id, number from notice where created_at < clock_timestamp() - make_interval(days => $1) limit $2)",
        KEPT_DAYS,
        SWEPT_AT_ONCE
    )
    .execute(&mut *db)
    .await?
    .rows_affected();
    // A queue that was parked for so long has nothing left to send.
    sqlx::query!(
        // The number as of this snapshot: a notice that is queued meanwhile is not skipped.
        "with empty as materialized (
             select account_id, channel, last_number from notice_queue queue
             where done_number < last_number and parked_at < clock_timestamp() - make_interval(days => $1)
               and not exists (select from notice_delivery d
                               where d.account_id = queue.account_id and d.channel = queue.channel and d.number > queue.done_number)
         )
         update notice_queue queue set done_number = empty.last_number, attempts = 0, claim = null, claimed_until = null, parked_at = null,
                next_try_at = clock_timestamp()
         from empty
         where queue.account_id = empty.account_id and queue.channel = empty.channel and queue.last_number = empty.last_number",
        KEPT_DAYS
    )
    .execute(&mut *db)
    .await?;
    let auctions = sqlx::query!(
        "delete from notice_auction where project_id in (
             select a.project_id from notice_auction a join project p on p.id = a.project_id where p.state <> 'open' limit $1)",
        SWEPT_AT_ONCE
    )
    .execute(db)
    .await?
    .rows_affected();
    Ok(notices.max(auctions))
}
