//! SQL for live pages: which auctions changed since a snapshot, and their current state.
//!
//! A poll starts from the previous poll's snapshot (`pg_current_snapshot`). It reads the events of transactions that
//! were not visible then: those that began later, and those that were in progress. The index of the outbox finds both.
//! So no event is missed because one with a higher number committed first, and a transaction that stays open for hours
//! costs nothing and delays nobody.

use super::{Figures, MADE_LIMIT, Topic};
use crate::{
    Error, Result,
    account::AccountId,
    bid::{self, BidId},
    event::{EventKind, names},
    project::ProjectId,
    store::Connection,
};
use time::OffsetDateTime;

/// The kinds of events that a poll finds.
const POLLED: [&[EventKind]; 3] = [EventKind::PUBLIC, RENAMES, &[EventKind::NoticesChanged]];
/// The kinds of events after which an account has another name.
const RENAMES: &[EventKind] = &[EventKind::AccountRenamed, EventKind::AccountErased];

/// A PostgreSQL snapshot in its text form: which transactions had ended at some moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot(pub(super) String);

/// The result of one poll of the outbox.
#[derive(Debug)]
pub struct Poll {
    /// Where the next poll continues.
    pub snapshot: Snapshot,
    /// The database's clock.
    pub now: OffsetDateTime,
    /// The topics with an event since the previous poll, without duplicates.
    pub topics: Vec<Topic>,
    /// True if an account has a new name, which any answer may contain.
    pub has_new_name: bool,
    /// True if anything may have changed: at the first poll, if there were more changes than a poll takes, or if the
    /// database was replaced.
    pub all: bool,
}

/// The present snapshot, with the database's clock.
pub(super) async fn snapshot(db: &mut Connection) -> Result<(Snapshot, OffsetDateTime)> {
    let row = sqlx::query!(
        r#"select pg_current_snapshot()::text as "snapshot!", clock_timestamp() as "now!""#
    )
    .fetch_one(db)
    .await?;
    Ok((Snapshot(row.snapshot), row.now))
}

/// Finds events of transactions that had not ended by `since`, because they began later or were in progress. Both are
/// found through the feed's index, so a transaction that stays open for hours costs nothing and delays nobody.
pub(super) async fn poll(db: &mut Connection, since: &Snapshot, most: i64) -> Result<Poll> {
    let row = sqlx::query!(
        r#"with unseen as materialized (
               select distinct project_id, account_id, kind = any ($4) as is_rename from (
                   select project_id, account_id, kind from outbox
                   where kind = any ($3) and transaction_id >= pg_snapshot_xmax($1::text::pg_snapshot)
                   union all
                   select project_id, account_id, kind from outbox
                   where kind = any ($3)
                     and transaction_id = any (array(select pg_snapshot_xip($1::text::pg_snapshot)))
               ) event limit $2)
           select pg_current_snapshot()::text as "snapshot!", clock_timestamp() as "now!",
                  pg_snapshot_xmax(pg_current_snapshot()) < pg_snapshot_xmax($1::text::pg_snapshot)
                      or (select count(*) from unseen) >= $2 as "all!",
                  array(select distinct project_id from unseen where project_id is not null) as "projects!",
                  array(select distinct account_id from unseen where account_id is not null and not is_rename) as "accounts!",
                  exists (select from unseen where is_rename) as "has_new_name!""#,
        since.0,
        most,
        &names(&POLLED.concat()),
        &names(RENAMES)
    )
    .fetch_one(db)
    .await?;
    let projects = row.projects.into_iter().map(ProjectId).map(Topic::Project);
    let accounts = row.accounts.into_iter().map(AccountId).map(Topic::Account);
    Ok(Poll {
        snapshot: Snapshot(row.snapshot),
        now: row.now,
        topics: projects.chain(accounts).collect(),
        has_new_name: row.has_new_name,
        all: row.all,
    })
}

/// The figures of the published ones among these projects.
pub(super) async fn figures(db: &mut Connection, projects: &[i64]) -> Result<Vec<Figures>> {
    let rows = sqlx::query!(
        r#"select p.id, p.state, p.currency, p.lowest_minor, p.bid_count, leader.bidder_number as "leader?",
                  winner.bidder_number as "winner?", made.n as "made!", made.newest
           from project p
           left join lateral (select b.bidder_number from bid b where b.project_id = p.id and b.state = 'live'
                              order by b.amount_minor, b.accepted_at, b.id limit 1) leader on true
           left join award a on a.project_id = p.id
           left join bid winner on winner.project_id = a.project_id and winner.id = a.bid_id
           cross join lateral (select count(*) as n, max(latest.id) as newest
                               from (select b.id from bid b where b.project_id = p.id order by b.id desc limit $2) latest) made
           where p.id = any ($1) and p.state <> 'draft'"#,
        projects,
        MADE_LIMIT
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Figures {
                project: ProjectId(row.id),
                state: row.state.parse().map_err(Error::unexpected)?,
                bid_count: row.bid_count,
                lowest_minor: row.lowest_minor,
                currency: row.currency.parse().map_err(Error::unexpected)?,
                leader: row.leader,
                winner: row.winner,
                made: row.made,
                newest: row.newest.map(BidId),
            })
        })
        .collect()
}

/// The newest `most` of a seller's published projects.
pub(super) async fn posted(
    db: &mut Connection,
    seller: AccountId,
    most: i64,
) -> Result<Vec<ProjectId>> {
    let ids = sqlx::query_scalar!(
        "select id from project where seller_id = $1 and state <> 'draft' order by id desc limit $2",
        seller.0,
        most
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(ProjectId).collect())
}

/// For each project, the buyer's latest bid that was not undone: pseudonym, amount in minor units, and state.
pub(super) async fn latest_bids(
    db: &mut Connection,
    buyer: AccountId,
    most: i64,
) -> Result<Vec<(ProjectId, i32, i64, bid::State)>> {
    let rows = sqlx::query!(
        // Jumps from one project to the next in the index, however many bids the buyer made on each.
        r#"with recursive newest as (
               (select project_id, bidder_number, amount_minor, state from bid where buyer_id = $1 and undone_at is null
                order by project_id desc, id desc limit 1)
               union all
               select next.* from newest cross join lateral (
                   select project_id, bidder_number, amount_minor, state from bid
                   where buyer_id = $1 and project_id < newest.project_id and undone_at is null order by project_id desc, id desc limit 1) next
           )
           select project_id as "project_id!", bidder_number as "bidder_number!", amount_minor as "amount_minor!", state as "state!"
           from newest limit $2"#,
        buyer.0,
        most
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let state = row.state.parse().map_err(Error::unexpected)?;
            Ok((
                ProjectId(row.project_id),
                row.bidder_number,
                row.amount_minor,
                state,
            ))
        })
        .collect()
}
