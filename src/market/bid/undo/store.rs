//! SQL for undoing a bid. Each statement runs while the project's row is locked, except when a page only reads.

use crate::{
    Result,
    account::AccountId,
    bid::{BidId, State, store::expect_rows},
    project::ProjectId,
    store::Connection,
};
use time::OffsetDateTime;

/// When the buyer last undid a bid on the project. The row comparisons and the `order by` match only the index of undone
/// bids. If buyer and project were compared separately, the planner could also choose the index that begins with the
/// project, as in `last_bid`.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(in super::super) async fn last_undone_at(
    db: &mut Connection,
    project: ProjectId,
    buyer: AccountId,
) -> Result<Option<OffsetDateTime>> {
    let at = sqlx::query_scalar!(
        r#"select undone_at as "undone_at!" from bid
           where (buyer_id, project_id) <= ($2, $1) and (buyer_id, project_id) >= ($2, $1) and undone_at is not null
           order by buyer_id desc, project_id desc, undone_at desc limit 1"#,
        project.0,
        buyer.0
    )
    .fetch_optional(db)
    .await?;
    Ok(at)
}

/// Marks a live bid as undone, so that it no longer limits its buyer's next bid, and deletes its note.
pub(super) async fn end_undone(
    db: &mut Connection,
    bid: BidId,
    undone_at: OffsetDateTime,
) -> Result<()> {
    let changed = sqlx::query!(
        "update bid set state = $2, ended_at = $3, undone_at = $3, note = null where id = $1 and state = 'live'",
        bid.0,
        State::Withdrawn.name(),
        undone_at
    )
    .execute(db)
    .await?;
    expect_rows(changed.rows_affected(), 1)
}

/// Makes a replaced bid live again.
pub(super) async fn restore(db: &mut Connection, bid: BidId) -> Result<()> {
    let changed = sqlx::query!(
        "update bid set state = $2, ended_at = null where id = $1 and state = 'replaced'",
        bid.0,
        State::Live.name()
    )
    .execute(db)
    .await?;
    expect_rows(changed.rows_affected(), 1)
}

/// Updates the project's lowest amount after an undo, and its number of live bids. With `is_restored`, an earlier bid of
/// the buyer's is live again, so the number stays the same.
pub(super) async fn fold_undone(
    db: &mut Connection,
    project: ProjectId,
    is_restored: bool,
) -> Result<()> {
    let changed = sqlx::query!(
        "update project set bid_count = bid_count - case when $2 then 0 else 1 end,
         lowest_minor = (select min(amount_minor) from bid where project_id = $1 and state = 'live')
         where id = $1 and state = 'open'",
        project.0,
        is_restored
    )
    .execute(db)
    .await?;
    expect_rows(changed.rows_affected(), 1)
}
