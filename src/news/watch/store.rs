//! Every SQL statement about watched projects.

use super::{KEPT_DAYS, MAX_WATCHED, WatchedProject};
use crate::{
    Error, Result,
    account::AccountId,
    money::{Currency, Money},
    project::ProjectId,
    store::Connection,
};

/// How many rows one statement deletes.
const SWEPT_AT_ONCE: i64 = 1000;

/// What decides whether somebody may watch a project.
pub(super) struct PublishedProject {
    pub seller: AccountId,
    pub accepts_bids: bool,
}

pub(super) async fn published(
    db: &mut Connection,
    project: ProjectId,
) -> Result<Option<PublishedProject>> {
    let row = sqlx::query!(
        r#"select seller_id, state = 'open' and deadline > (select clock_timestamp()) as "accepts_bids!"
           from project where id = $1 and state <> 'draft'"#,
        project.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| PublishedProject {
        seller: AccountId(row.seller_id),
        accepts_bids: row.accepts_bids,
    }))
}

/// True if the account watches the project.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn is_watching(
    db: &mut Connection,
    account: AccountId,
    project: ProjectId,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from watch where account_id = $1 and project_id = $2) as "is_watching!""#,
        account.0,
        project.0
    )
    .fetch_one(db)
    .await?)
}

pub(super) async fn count(db: &mut Connection, account: AccountId) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from watch where account_id = $1"#,
        account.0
    )
    .fetch_one(db)
    .await?)
}

pub(super) async fn insert(
    db: &mut Connection,
    account: AccountId,
    project: ProjectId,
) -> Result<()> {
    sqlx::query!(
        "insert into watch (account_id, project_id, deadline) select $1, id, deadline from project where id = $2",
        account.0,
        project.0
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn delete(
    db: &mut Connection,
    account: AccountId,
    project: ProjectId,
) -> Result<()> {
    sqlx::query!(
        "delete from watch where account_id = $1 and project_id = $2",
        account.0,
        project.0
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn of_account(
    db: &mut Connection,
    account: AccountId,
) -> Result<Vec<WatchedProject>> {
    let rows = sqlx::query!(
        r#"select p.id, p.name, p.state, p.deadline as "deadline!", p.budget_minor as "budget_minor!", p.lowest_minor,
                  p.bid_count, p.currency
           from watch w join project p on p.id = w.project_id
           where w.account_id = $1
           order by p.state <> 'open', case when p.state = 'open' then p.deadline end, p.deadline desc, p.id limit $2"#,
        account.0,
        MAX_WATCHED
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency: Currency = row.currency.parse().map_err(Error::unexpected)?;
            let money = |minor| Money::from_minor(minor, currency);
            Ok(WatchedProject {
                id: ProjectId(row.id),
                name: row.name,
                state: row.state.parse().map_err(Error::unexpected)?,
                deadline: row.deadline,
                budget: money(row.budget_minor),
                lowest: row.lowest_minor.map(money),
                bid_count: row.bid_count,
            })
        })
        .collect()
}

/// Ends watching projects whose deadline was long ago, up to 1,000 at once; returns how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_old(db: &mut Connection) -> Result<u64> {
    let ended = sqlx::query!(
        "delete from watch where (account_id, project_id) in (
             select account_id, project_id from watch
             where deadline < (select clock_timestamp()) - make_interval(days => $1) limit $2)",
        KEPT_DAYS,
        SWEPT_AT_ONCE
    )
    .execute(db)
    .await?;
    Ok(ended.rows_affected())
}
