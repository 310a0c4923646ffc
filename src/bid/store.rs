//! Every SQL statement of the bid path. Locks are taken in one order: project, then bid.

use super::{BidId, State};
use crate::{
    Error, Result,
    account::AccountId,
    money::{Currency, Money},
    project::{self, ProjectId},
    store::Connection,
};
use time::OffsetDateTime;

/// A look at the project and the clock that holds nothing.
pub(super) struct Glance {
    pub state: project::State,
    pub deadline: OffsetDateTime,
    pub now: OffsetDateTime,
}

pub(super) async fn glance(db: &mut Connection, id: ProjectId) -> Result<Option<Glance>> {
    let row = sqlx::query!(
        r#"select state, deadline as "deadline!", clock_timestamp() as "now!" from project where id = $1 and state <> 'draft'"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Glance {
            state: row.state.parse().map_err(Error::unexpected)?,
            deadline: row.deadline,
            now: row.now,
        })
    })
    .transpose()
}

/// The project's row, held until the transaction ends.
pub(super) struct Held {
    pub state: project::State,
    pub deadline: OffsetDateTime,
    pub budget: Money,
    pub lowest: Option<Money>,
    pub bidder_count: i32,
}

pub(super) async fn lock(db: &mut Connection, id: ProjectId) -> Result<Option<Held>> {
    let row = sqlx::query!(
        r#"select state, deadline as "deadline!", currency, budget_minor as "budget_minor!", lowest_minor, bidder_count
           from project where id = $1 and state <> 'draft' for no key update"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let currency: Currency = row.currency.parse().map_err(Error::unexpected)?;
        Ok(Held {
            state: row.state.parse().map_err(Error::unexpected)?,
            deadline: row.deadline,
            budget: Money::from_minor(row.budget_minor, currency),
            lowest: row
                .lowest_minor
                .map(|minor| Money::from_minor(minor, currency)),
            bidder_count: row.bidder_count,
        })
    })
    .transpose()
}

/// A buyer's last bid on a project, whatever became of it.
pub(super) struct Last {
    pub id: BidId,
    pub amount: Money,
    pub state: State,
    pub bidder_number: i32,
}

pub(super) async fn last_of(
    db: &mut Connection,
    project: ProjectId,
    buyer: AccountId,
    currency: Currency,
) -> Result<Option<Last>> {
    let row = sqlx::query!(
        "select id, amount_minor, state, bidder_number from bid
         where buyer_id = $2 and project_id = $1 order by id desc limit 1",
        project.0,
        buyer.0
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Last {
            id: BidId(row.id),
            amount: Money::from_minor(row.amount_minor, currency),
            state: row.state.parse().map_err(Error::unexpected)?,
            bidder_number: row.bidder_number,
        })
    })
    .transpose()
}

pub(super) async fn insert(
    db: &mut Connection,
    project: ProjectId,
    buyer: AccountId,
    bidder_number: i32,
    amount: Money,
    accepted_at: OffsetDateTime,
) -> Result<BidId> {
    let id = sqlx::query_scalar!(
        "insert into bid (project_id, buyer_id, bidder_number, amount_minor, accepted_at, state)
         values ($1, $2, $3, $4, $5, 'live') returning id",
        project.0,
        buyer.0,
        bidder_number,
        amount.minor(),
        accepted_at
    )
    .fetch_one(db)
    .await?;
    Ok(BidId(id))
}

pub(super) async fn end(
    db: &mut Connection,
    bid: BidId,
    state: State,
    ended_at: OffsetDateTime,
) -> Result<()> {
    let changed = sqlx::query!(
        "update bid set state = $2, ended_at = $3 where id = $1 and state = 'live'",
        bid.0,
        state.name(),
        ended_at
    )
    .execute(db)
    .await?;
    one(changed.rows_affected())
}

/// Folds an accepted bid into the project's row.
pub(super) async fn fold(
    db: &mut Connection,
    project: ProjectId,
    amount: Money,
    first_live: bool,
    new_bidder: bool,
) -> Result<()> {
    let changed = sqlx::query!(
        "update project set lowest_minor = least(lowest_minor, $2), bid_count = bid_count + $3, bidder_count = bidder_count + $4
         where id = $1 and state = 'open'",
        project.0,
        amount.minor(),
        i32::from(first_live),
        i32::from(new_bidder)
    )
    .execute(db)
    .await?;
    one(changed.rows_affected())
}

/// Takes a withdrawn bid out of the project's row: the lowest of what still stands is looked up.
pub(super) async fn fold_withdrawn(db: &mut Connection, project: ProjectId) -> Result<()> {
    let changed = sqlx::query!(
        "update project set bid_count = bid_count - 1,
         lowest_minor = (select min(amount_minor) from bid where project_id = $1 and state = 'live')
         where id = $1 and state = 'open'",
        project.0
    )
    .execute(db)
    .await?;
    one(changed.rows_affected())
}

/// The rows were locked before, so anything but one change is a fault of ours.
fn one(affected: u64) -> Result<()> {
    if affected == 1 {
        Ok(())
    } else {
        Err(Error::unexpected(format!(
            "{affected} rows changed instead of one"
        )))
    }
}
