//! Adds the projects from before migration 9 to `search_document`, and fills the columns of migration 11.
//!
//! `guildhall migrate` or the next start runs it, in batches of 100 ids, newest first. A million projects take some 3
//! minutes, or 40 s if only the columns are missing. It may be interrupted, any number of processes may run it, and the
//! previous version may serve requests meanwhile. That version keeps `project.search` and its two indexes, which a
//! later migration drops.

use crate::{Result, store::Connection};
use sqlx::Connection as _;

/// How many project ids a batch of [`fill_search`] covers: some 10 ms of work, which an award may have to wait for.
pub const FILLED_AT_ONCE: i64 = 100;

/// Processes one batch, newest first: adds projects from before migration 9 to the search index, and fills in what rows
/// from before migration 11 lack. Returns how many ids are left. Each batch commits, so the work can be interrupted,
/// and any number of processes may run it at once.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn fill_search(db: &mut Connection) -> Result<i64> {
    let mut tx = db.begin().await?;
    // The row lock reserves this batch; the next process waits for it.
    let Some(below) = sqlx::query_scalar!("select below from search_order_fill for update")
        .fetch_optional(&mut *tx)
        .await?
    else {
        return Ok(0);
    };
    let from = (below - FILLED_AT_ONCE).max(0);
    // The words exist already and need no recomputing. If a project ends in the meantime, its trigger fills everything
    // in.
    sqlx::query!(
        "with unfilled as (
             select project_id from search_document where project_id >= $1 and project_id < $2 and deadline is null
             order by project_id for update)
         update search_document s
         set deadline = p.deadline, published_at = p.published_at, budget_minor = p.budget_minor, category = p.category, currency = p.currency
         from project p join unfilled u on u.project_id = p.id
         where s.project_id = p.id",
        from,
        below
    )
    .execute(&mut *tx)
    .await?;
    // A project that ends in the meantime is either added by its trigger, or waits for this batch and then changes its
    // state.
    sqlx::query!(
        "insert into search_document (project_id, state, words, deadline, published_at, budget_minor, category, currency)
         select id, state, search_words(name, summary, description), deadline, published_at, budget_minor, category, currency
         from project p
         where id >= $1 and id < $2 and state <> 'draft' and not exists (select from search_document where project_id = p.id)
         on conflict do nothing",
        from,
        below
    )
    .execute(&mut *tx)
    .await?;
    if from == 0 {
        sqlx::query!("delete from search_order_fill")
            .execute(&mut *tx)
            .await?;
    } else {
        sqlx::query!("update search_order_fill set below = $1", from)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(from)
}
