//! Every SQL statement of the bid path. Locks are taken in one order: project, then bid.

use super::{
    BidId, State,
    book::{Accepted, Last, Stands},
};
use crate::{
    Error, Result,
    account::AccountId,
    money::{Currency, Money},
    project::{self, ProjectId},
    store::Connection,
};
use std::collections::HashMap;
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
pub(super) struct LastOf {
    pub id: BidId,
    pub bidder_number: i32,
    pub amount_minor: i64,
    pub accepted_at: OffsetDateTime,
    pub state: State,
    pub ended_at: Option<OffsetDateTime>,
}

/// The last bid of this buyer on a project, or the last before another bid. Only one index has the order that is asked for, the
/// one that begins with the buyer. If the words were "of this buyer and of this project, by id", the one that begins with the
/// project would do as well, and PostgreSQL, which knows nothing yet of a project that was published a moment ago, may take
/// that one and walk all its bids.
pub(super) async fn last_of(
    db: &mut Connection,
    project: ProjectId,
    buyer: AccountId,
    before: Option<BidId>,
) -> Result<Option<LastOf>> {
    let row = sqlx::query!(
        "select id, bidder_number, amount_minor, accepted_at, state, ended_at
         from (select * from bid where (buyer_id, project_id, id) < ($2, $1, $3)
               order by buyer_id desc, project_id desc, id desc limit 1) last
         where project_id = $1 and buyer_id = $2",
        project.0,
        buyer.0,
        before.map_or(i64::MAX, |id| id.0)
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(LastOf {
            id: BidId(row.id),
            bidder_number: row.bidder_number,
            amount_minor: row.amount_minor,
            accepted_at: row.accepted_at,
            state: row.state.parse().map_err(Error::unexpected)?,
            ended_at: row.ended_at,
        })
    })
    .transpose()
}

/// The last bid of each of these buyers on a project, whatever became of it, and the database's clock: asked after the
/// project's row is held, so whoever awards the project waits for us or we for it. By the index of [`last_of`].
pub(super) async fn lasts_of(
    db: &mut Connection,
    project: ProjectId,
    buyers: &[i64],
    currency: Currency,
) -> Result<(HashMap<AccountId, Last>, OffsetDateTime)> {
    let rows = sqlx::query!(
        r#"select clock_timestamp() as "now!", b.buyer_id as "buyer_id?", b.id as "id?", b.amount_minor as "amount_minor?",
                  b.state as "state?", b.bidder_number as "bidder_number?"
           from (values (1)) as one (row)
           left join lateral (
               select l.* from unnest($2::bigint[]) as asked (buyer)
               join lateral (select * from bid where (buyer_id, project_id) <= (asked.buyer, $1)
                             order by buyer_id desc, project_id desc, id desc limit 1) l
               on l.buyer_id = asked.buyer and l.project_id = $1) b on true"#,
        project.0,
        buyers
    )
    .fetch_all(db)
    .await?;
    let now = rows.first().map(|row| row.now).ok_or(Error::NotFound)?;
    let mut lasts = HashMap::with_capacity(rows.len());
    for row in rows {
        let (Some(buyer), Some(id), Some(minor), Some(state), Some(bidder_number)) = (
            row.buyer_id,
            row.id,
            row.amount_minor,
            row.state,
            row.bidder_number,
        ) else {
            continue;
        };
        let stands = match state.parse().map_err(Error::unexpected)? {
            State::Live => Stands::Stored(BidId(id)),
            State::Replaced | State::Withdrawn => Stands::No,
        };
        let amount = Money::from_minor(minor, currency);
        lasts.insert(
            AccountId(buyer),
            Last {
                amount,
                bidder_number,
                stands,
            },
        );
    }
    Ok((lasts, now))
}

pub(super) async fn end(
    db: &mut Connection,
    bids: &[BidId],
    state: State,
    ended_at: OffsetDateTime,
) -> Result<()> {
    let ids: Vec<i64> = bids.iter().map(|bid| bid.0).collect();
    let changed = sqlx::query!(
        "update bid set state = $2, ended_at = $3 where id = any($1) and state = 'live'",
        &ids,
        state.name(),
        ended_at
    )
    .execute(db)
    .await?;
    as_many(changed.rows_affected(), bids.len())
}

/// Stores accepted bids in their order, and answers their numbers in that order.
pub(super) async fn insert(
    db: &mut Connection,
    project: ProjectId,
    accepted: &[Accepted],
    accepted_at: OffsetDateTime,
) -> Result<Vec<BidId>> {
    let buyers: Vec<i64> = accepted.iter().map(|bid| bid.buyer.0).collect();
    let numbers: Vec<i32> = accepted.iter().map(|bid| bid.bidder_number).collect();
    let amounts: Vec<i64> = accepted.iter().map(|bid| bid.amount.minor()).collect();
    let states: Vec<String> = accepted
        .iter()
        .map(|bid| bid.state.name().to_owned())
        .collect();
    let ids = sqlx::query_scalar!(
        "insert into bid (project_id, buyer_id, bidder_number, amount_minor, accepted_at, state, ended_at)
         select $1, buyer, number, amount, $6::timestamptz, state, case when state = 'live' then null else $6::timestamptz end
         from unnest($2::bigint[], $3::integer[], $4::bigint[], $5::text[]) with ordinality as a (buyer, number, amount, state, place)
         order by place returning id",
        project.0,
        &buyers,
        &numbers,
        &amounts,
        &states,
        accepted_at
    )
    .fetch_all(db)
    .await?;
    as_many(ids.len() as u64, accepted.len())?;
    // Numbers are given out in the order of the rows, whatever order they come back in.
    let mut ids: Vec<BidId> = ids.into_iter().map(BidId).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// Folds accepted bids into the project's row.
pub(super) async fn fold(
    db: &mut Connection,
    project: ProjectId,
    lowest: Money,
    more_live: i32,
    more_bidders: i32,
) -> Result<()> {
    let changed = sqlx::query!(
        "update project set lowest_minor = least(lowest_minor, $2), bid_count = bid_count + $3, bidder_count = bidder_count + $4
         where id = $1 and state = 'open'",
        project.0,
        lowest.minor(),
        more_live,
        more_bidders
    )
    .execute(db)
    .await?;
    as_many(changed.rows_affected(), 1)
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
    as_many(changed.rows_affected(), 1)
}

/// The rows were locked before, so anything but so many changes is a fault of ours.
fn as_many(affected: u64, expected: usize) -> Result<()> {
    if affected == expected as u64 {
        Ok(())
    } else {
        Err(Error::unexpected(format!(
            "{affected} rows changed instead of {expected}"
        )))
    }
}
