//! SQL for placing and withdrawing bids.
//!
//! Lock order: project, then bid.
//!
//! The statement that locks a project's row also sets `idle_in_transaction_session_timeout = 800ms` for its
//! transaction. A client that stalls while it holds the row lock would hold up the award, so PostgreSQL closes its
//! connection within a second.

use super::{
    BidId, Note, State,
    book::{AcceptedBid, Book, Last, LastBidPlace},
};
use crate::{
    Error, Result,
    account::AccountId,
    money::{Currency, Money},
    project::{self, ProjectId},
    store::Connection,
};
use std::collections::{BTreeSet, HashMap};
use time::OffsetDateTime;

/// The project's state and the clock, read without a lock.
pub(super) struct Glance {
    pub state: project::State,
    pub deadline: OffsetDateTime,
    pub now: OffsetDateTime,
}

/// Reads these projects, except drafts.
pub(super) async fn glance(
    db: &mut Connection,
    projects: &[i64],
) -> Result<HashMap<ProjectId, Glance>> {
    let rows = sqlx::query!(
        r#"select id, state, deadline as "deadline!", clock_timestamp() as "now!" from project where id = any ($1) and state <> 'draft'"#,
        projects
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let glance = Glance {
                state: row.state.parse().map_err(Error::unexpected)?,
                deadline: row.deadline,
                now: row.now,
            };
            Ok((ProjectId(row.id), glance))
        })
        .collect()
}

/// A project's row, locked until the transaction ends.
pub(super) struct LockedProject {
    pub state: project::State,
    pub deadline: OffsetDateTime,
    pub budget: Money,
    pub lowest: Option<Money>,
    pub bidder_count: i32,
}

struct LockedRow {
    id: i64,
    state: String,
    deadline: OffsetDateTime,
    currency: String,
    budget_minor: i64,
    lowest_minor: Option<i64>,
    bidder_count: i32,
    #[expect(
        dead_code,
        reason = "selecting it sets the timeout that bounds the lock"
    )]
    bound: Option<String>,
}

impl TryFrom<LockedRow> for LockedProject {
    type Error = Error;

    fn try_from(row: LockedRow) -> Result<Self> {
        let currency: Currency = row.currency.parse().map_err(Error::unexpected)?;
        Ok(Self {
            state: row.state.parse().map_err(Error::unexpected)?,
            deadline: row.deadline,
            budget: Money::from_minor(row.budget_minor, currency),
            lowest: row
                .lowest_minor
                .map(|minor| Money::from_minor(minor, currency)),
            bidder_count: row.bidder_count,
        })
    }
}

/// Locks the project's row and blocks until it is free.
pub(super) async fn lock(db: &mut Connection, id: ProjectId) -> Result<Option<LockedProject>> {
    let row = sqlx::query_as!(
        LockedRow,
        r#"select id, state, deadline as "deadline!", currency, budget_minor as "budget_minor!", lowest_minor, bidder_count,
                  set_config('idle_in_transaction_session_timeout', '800ms', true) as bound
           from project where id = $1 and state <> 'draft' for no key update"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    row.map(LockedProject::try_from).transpose()
}

/// Locks the rows that are free and skips the others. It never waits, so it cannot deadlock.
pub(super) async fn lock_free(
    db: &mut Connection,
    projects: &[i64],
) -> Result<HashMap<ProjectId, LockedProject>> {
    let rows = sqlx::query_as!(
        LockedRow,
        r#"select id, state, deadline as "deadline!", currency, budget_minor as "budget_minor!", lowest_minor, bidder_count,
                  set_config('idle_in_transaction_session_timeout', '800ms', true) as bound
           from project where id = any ($1) and state <> 'draft' for no key update skip locked"#,
        projects
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| Ok((ProjectId(row.id), row.try_into()?)))
        .collect()
}

/// A buyer's last bid on a project that was not undone, in any state.
pub(super) struct LastBid {
    pub id: BidId,
    pub bidder_number: i32,
    pub amount_minor: i64,
    pub accepted_at: OffsetDateTime,
    pub state: State,
    pub ended_at: Option<OffsetDateTime>,
}

/// The buyer's last bid on a project, or the last one before another bid. Undone bids are left out, except those undone
/// after `moment`, for a caller that looks back to it. The `order by` matches only the index that begins with the
/// buyer. Filtering by buyer and project and ordering by id would also allow the index that begins with the project.
/// PostgreSQL has no statistics yet for a project published a moment ago, so it might choose that index and scan all
/// the project's bids.
pub(super) async fn last_bid(
    db: &mut Connection,
    project: ProjectId,
    buyer: AccountId,
    before: Option<BidId>,
    moment: Option<OffsetDateTime>,
) -> Result<Option<LastBid>> {
    let row = sqlx::query!(
        "select id, bidder_number, amount_minor, accepted_at, state, ended_at
         from (select * from bid where (buyer_id, project_id, id) < ($2, $1, $3) and (undone_at is null or undone_at > $4)
               order by buyer_id desc, project_id desc, id desc limit 1) last
         where project_id = $1 and buyer_id = $2",
        project.0,
        buyer.0,
        before.map_or(i64::MAX, |id| id.0),
        moment
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(LastBid {
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

/// A buyer's last bid in minor units of its project's currency.
pub(super) struct LastMinor {
    /// `None` if the buyer undid every bid.
    minor: Option<i64>,
    bidder_number: i32,
    stands: LastBidPlace,
}

impl LastMinor {
    pub(super) fn in_currency(&self, currency: Currency) -> Last {
        Last {
            amount: self.minor.map(|minor| Money::from_minor(minor, currency)),
            bidder_number: self.bidder_number,
            stands: self.stands,
        }
    }
}

/// The last bid of each buyer on each project.
pub(super) type LastBids = HashMap<ProjectId, HashMap<AccountId, LastMinor>>;

/// What is known of buyers before their bids are decided.
pub(super) struct BuyerFacts {
    pub lasts: LastBids,
    /// The buyers whose erasure is scheduled or was carried out: they must not bid.
    pub leaving: Vec<i64>,
    pub now: OffsetDateTime,
}

/// For each of these (project, buyer) pairs, the buyer's last bid that was not undone, in any state; also the
/// database's clock, and which of the buyers have an erasure scheduled or carried out. Call it with the projects' rows
/// locked, so that no award is made in between. Uses the index of [`last_bid`], and searches it a second time only for
/// a buyer whose last bid was undone.
pub(super) async fn buyer_facts(
    db: &mut Connection,
    pairs: &BTreeSet<(i64, i64)>,
) -> Result<BuyerFacts> {
    let (projects, buyers): (Vec<i64>, Vec<i64>) = pairs.iter().copied().unzip();
    let rows = sqlx::query!(
        r#"select clock_timestamp() as "now!", array(select account_id from erasure where account_id = any ($2)) as "leaving!", b.project_id as "project_id?", b.buyer_id as "buyer_id?",
                  b.bidder_number as "bidder_number?", coalesce(before.id, b.id) as "id?",
                  case when b.undone_at is null then b.amount_minor else before.amount_minor end as "amount_minor?",
                  coalesce(before.state, b.state) as "state?"
           from (values (1)) as one (row)
           left join lateral (
               select l.* from unnest($1::bigint[], $2::bigint[]) as asked (project, buyer)
               join lateral (select * from bid where (buyer_id, project_id) <= (asked.buyer, asked.project)
                             order by buyer_id desc, project_id desc, id desc limit 1) l
               on l.buyer_id = asked.buyer and l.project_id = asked.project) b on true
           left join lateral (
               select id, amount_minor, state
               from (select * from bid where b.undone_at is not null and undone_at is null
                     and (buyer_id, project_id, id) < (b.buyer_id, b.project_id, b.id)
                     order by buyer_id desc, project_id desc, id desc limit 1) l
               where l.buyer_id = b.buyer_id and l.project_id = b.project_id) before on true"#,
        &projects,
        &buyers
    )
    .fetch_all(db)
    .await?;
    let first = rows.first().ok_or(Error::NotFound)?;
    let (now, leaving) = (first.now, first.leaving.clone());
    let mut lasts = LastBids::new();
    for row in rows {
        let (Some(project), Some(buyer), Some(id), Some(state), Some(bidder_number)) = (
            row.project_id,
            row.buyer_id,
            row.id,
            row.state,
            row.bidder_number,
        ) else {
            continue;
        };
        let stands = match state.parse().map_err(Error::unexpected)? {
            State::Live => LastBidPlace::Stored(BidId(id)),
            State::Replaced | State::Withdrawn => LastBidPlace::No,
        };
        let last = LastMinor {
            minor: row.amount_minor,
            bidder_number,
            stands,
        };
        let of_project = lasts.entry(ProjectId(project)).or_default();
        of_project.insert(AccountId(buyer), last);
    }
    Ok(BuyerFacts {
        lasts,
        leaving,
        now,
    })
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
    expect_rows(changed.rows_affected(), bids.len())
}

/// An accepted bid with its project.
pub(super) struct StoredBid {
    pub project: ProjectId,
    pub bid: AcceptedBid,
}

/// Inserts accepted bids and returns their ids, both in order of acceptance.
pub(super) async fn insert(
    db: &mut Connection,
    stored: &[StoredBid],
    accepted_at: OffsetDateTime,
) -> Result<Vec<BidId>> {
    let projects: Vec<i64> = stored.iter().map(|stored| stored.project.0).collect();
    let bids = || stored.iter().map(|stored| &stored.bid);
    let buyers: Vec<i64> = bids().map(|bid| bid.buyer.0).collect();
    let numbers: Vec<i32> = bids().map(|bid| bid.bidder_number).collect();
    let amounts: Vec<i64> = bids().map(|bid| bid.amount.minor()).collect();
    let states: Vec<String> = bids().map(|bid| bid.state.name().to_owned()).collect();
    let notes: Vec<Option<&str>> = bids()
        .map(|bid| bid.note.as_ref().map(Note::as_str))
        .collect();
    let ids = sqlx::query_scalar!(
        "insert into bid (project_id, buyer_id, bidder_number, amount_minor, accepted_at, state, ended_at, note)
         select project, buyer, number, amount, $6::timestamptz, state, case when state = 'live' then null else $6::timestamptz end, note
         from unnest($1::bigint[], $2::bigint[], $3::integer[], $4::bigint[], $5::text[], $7::text[]) with ordinality
              as a (project, buyer, number, amount, state, note, place)
         order by place returning id",
        &projects,
        &buyers,
        &numbers,
        &amounts,
        &states,
        accepted_at,
        &notes as &[Option<&str>]
    )
    .fetch_all(db)
    .await?;
    expect_rows(ids.len() as u64, stored.len())?;
    // Ids are assigned in the order of the rows, whatever order they are returned in.
    let mut ids: Vec<BidId> = ids.into_iter().map(BidId).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// What accepted bids change in their project's row: totals and the lowest amount.
pub(super) struct ProjectTotals {
    project: ProjectId,
    lowest: Money,
    more_live: i32,
    more_bidders: i32,
}

impl ProjectTotals {
    /// `None` if no bid was accepted.
    pub(super) fn of(project: ProjectId, book: &Book) -> Option<Self> {
        Some(Self {
            project,
            lowest: book.lowest_accepted()?,
            more_live: book.more_live,
            more_bidders: book.more_bidders,
        })
    }
}

/// Adds accepted bids to the totals in their projects' rows.
pub(super) async fn fold(db: &mut Connection, sums: &[ProjectTotals]) -> Result<()> {
    let projects: Vec<i64> = sums.iter().map(|sum| sum.project.0).collect();
    let lowest: Vec<i64> = sums.iter().map(|sum| sum.lowest.minor()).collect();
    let more_live: Vec<i32> = sums.iter().map(|sum| sum.more_live).collect();
    let more_bidders: Vec<i32> = sums.iter().map(|sum| sum.more_bidders).collect();
    let changed = sqlx::query!(
        "update project p set lowest_minor = least(p.lowest_minor, s.lowest), bid_count = p.bid_count + s.live,
                bidder_count = p.bidder_count + s.bidders
         from unnest($1::bigint[], $2::bigint[], $3::integer[], $4::integer[]) as s (project, lowest, live, bidders)
         where p.id = s.project and p.state = 'open'",
        &projects,
        &lowest,
        &more_live,
        &more_bidders
    )
    .execute(db)
    .await?;
    expect_rows(changed.rows_affected(), sums.len())
}

/// Removes a withdrawn bid from the totals in the project's row and looks up the lowest remaining bid.
pub(super) async fn fold_withdrawn(db: &mut Connection, project: ProjectId) -> Result<()> {
    let changed = sqlx::query!(
        "update project set bid_count = bid_count - 1,
         lowest_minor = (select min(amount_minor) from bid where project_id = $1 and state = 'live')
         where id = $1 and state = 'open'",
        project.0
    )
    .execute(db)
    .await?;
    expect_rows(changed.rows_affected(), 1)
}

/// The rows were locked before, so any other number of changed rows is a bug.
pub(super) fn expect_rows(affected: u64, expected: usize) -> Result<()> {
    if affected == expected as u64 {
        Ok(())
    } else {
        Err(Error::unexpected(format!(
            "{affected} rows changed instead of {expected}"
        )))
    }
}
