//! Audits a run: compares the answers with what is stored. Every amount of a run is used once, so that the amount of a
//! stored bid identifies its request.

use serde::Serialize;
use sqlx::PgPool;
use std::collections::{HashMap, HashSet};

/// The bids of a run. The one at index `place` has the amount `first_amount - place`, goes to the project at
/// index `place % projects`, and comes from the buyer at index `place % buyers`.
#[derive(Debug, Clone)]
pub struct Plan {
    /// In minor units.
    pub first_amount: i64,
    pub first_project: i64,
    pub projects: i64,
    /// The buyers' accounts, in the order of their tokens.
    pub buyers: Vec<i64>,
    /// One more than the highest index that may have been sent.
    pub sent: u64,
}

/// An answer to a bid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BidAnswer {
    /// The index of its request, if the load generator knows it.
    pub place: Option<u64>,
    pub status: u16,
    /// The bid's id; 0 if it was refused.
    pub bid: i64,
}

/// The result of the audit. Everything except `accepted`, `refused` and `unanswered` must be 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Findings {
    pub accepted: u64,
    pub refused: u64,
    /// Stored, but the answer was not read: connections are cut at the end of a run, and those bids may or may not be
    /// stored.
    pub unanswered: u64,
    /// Accepted, but not stored.
    pub lost: u64,
    /// The same amount stored more than once in a run, or the same id returned twice.
    pub doubled: u64,
    /// Stored although the answer was a refusal, or stored without an answer beyond the requests that were in flight.
    pub refused_but_stored: u64,
    /// Stored with a buyer, project or amount that was not sent.
    pub altered: u64,
    /// Projects whose lowest amount or counts disagree with their bids, or that have a buyer with more than one live
    /// bid.
    pub wrong_projects: u64,
    /// Bids without exactly one event, and events without a bid.
    pub wrong_events: u64,
}

impl Findings {
    /// True if nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let Self {
            lost,
            doubled,
            refused_but_stored,
            altered,
            wrong_projects,
            wrong_events,
            ..
        } = self;
        [
            lost,
            doubled,
            refused_but_stored,
            altered,
            wrong_projects,
            wrong_events,
        ]
        .iter()
        .all(|wrong| **wrong == 0)
    }
}

impl Plan {
    #[must_use]
    pub fn last_project(&self) -> i64 {
        self.first_project + self.projects - 1
    }

    /// The request at an index as sent; the tokens are in the order of the buyers.
    #[must_use]
    pub fn request(&self, host: &str, tokens: &[String], place: u64) -> Vec<u8> {
        let turn = place % tokens.len().max(1) as u64;
        let token = usize::try_from(turn).ok().and_then(|turn| tokens.get(turn));
        let body = format!("{{\"amount\":{}}}", self.amount_at(place));
        format!(
            "POST /api/v1/projects/{}/bid HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.project_at(place).unwrap_or(0),
            token.map_or("", String::as_str),
            body.len()
        )
        .into_bytes()
    }

    /// The amount at an index, as sent.
    #[must_use]
    pub fn amount_at(&self, place: u64) -> String {
        let minor = self.first_amount - i64::try_from(place).unwrap_or(0);
        format!("{}.{:02}", minor / 100, minor % 100)
    }

    fn place_of(&self, amount: i64) -> Option<u64> {
        let place = u64::try_from(self.first_amount - amount).ok()?;
        (place < self.sent).then_some(place)
    }

    fn buyer_at(&self, place: u64) -> Option<i64> {
        let turn = place % u64::try_from(self.buyers.len()).ok()?;
        self.buyers.get(usize::try_from(turn).ok()?).copied()
    }

    fn project_at(&self, place: u64) -> Option<i64> {
        let turn = i64::try_from(place).ok()? % self.projects;
        Some(self.first_project + turn)
    }
}

struct BidRecord {
    id: i64,
    project: i64,
    buyer: i64,
    amount: i64,
}

/// Compares the answers with the bids above the id `after`, which was the highest before the run. At most `in_flight`
/// requests may be unanswered.
///
/// # Errors
/// If the database cannot be read.
pub async fn check(
    pool: &PgPool,
    plan: &Plan,
    answered: &[BidAnswer],
    after: i64,
    in_flight: u64,
) -> anyhow::Result<Findings> {
    let stored = sqlx::query_as!(
        BidRecord,
        "select id, project_id as project, buyer_id as buyer, amount_minor as amount from bid
         where id > $1 and project_id between $2 and $3",
        after,
        plan.first_project,
        plan.last_project()
    )
    .fetch_all(pool)
    .await?;
    let mut findings = compare(plan, answered, &stored, in_flight);
    findings.wrong_projects = count_wrong_projects(pool, plan).await?;
    findings.wrong_events = count_wrong_events(pool, plan, after).await?;
    Ok(findings)
}

/// The highest bid id so far.
///
/// # Errors
/// If the database cannot be read.
pub async fn highest(pool: &PgPool) -> anyhow::Result<i64> {
    Ok(
        sqlx::query_scalar!(r#"select coalesce(max(id), 0) as "id!" from bid"#)
            .fetch_one(pool)
            .await?,
    )
}

fn compare(plan: &Plan, answered: &[BidAnswer], stored: &[BidRecord], in_flight: u64) -> Findings {
    let mut findings = Findings::default();
    let by_id: HashMap<i64, &BidRecord> = stored.iter().map(|bid| (bid.id, bid)).collect();
    let mut places = HashSet::with_capacity(stored.len());
    for bid in stored {
        let as_sent = plan.place_of(bid.amount).filter(|place| {
            plan.buyer_at(*place) == Some(bid.buyer) && plan.project_at(*place) == Some(bid.project)
        });
        match as_sent {
            None => findings.altered += 1,
            Some(place) if !places.insert(place) => findings.doubled += 1,
            Some(_) => {}
        }
    }
    let mut accepted = HashSet::with_capacity(answered.len());
    let mut refused = HashSet::new();
    for answer in answered {
        if answer.status != 201 {
            findings.refused += 1;
            refused.extend(answer.place);
            continue;
        }
        findings.accepted += 1;
        if !accepted.insert(answer.bid) {
            findings.doubled += 1;
        }
        match (by_id.get(&answer.bid), answer.place) {
            (None, _) => findings.lost += 1,
            (Some(bid), Some(place)) if plan.place_of(bid.amount) != Some(place) => {
                findings.altered += 1;
            }
            (Some(_), _) => {}
        }
    }
    let without_answer = stored.iter().filter(|bid| !accepted.contains(&bid.id));
    for bid in without_answer {
        match plan.place_of(bid.amount) {
            Some(place) if refused.contains(&place) => findings.refused_but_stored += 1,
            _ => findings.unanswered += 1,
        }
    }
    let too_many = findings.unanswered.saturating_sub(in_flight);
    findings.refused_but_stored += too_many;
    findings.unanswered -= too_many;
    findings
}

/// Counts projects whose row disagrees with their bids from all runs so far.
async fn count_wrong_projects(pool: &PgPool, plan: &Plan) -> anyhow::Result<u64> {
    let wrong = sqlx::query_scalar!(
        r#"select count(*) as "n!" from project p
           left join (
               select project_id, min(amount_minor) filter (where state = 'live') as lowest, count(*) filter (where state = 'live') as live,
                      count(distinct buyer_id) filter (where state = 'live') as live_buyers, count(distinct buyer_id) as bidders
               from bid where project_id between $1 and $2 group by project_id) b on b.project_id = p.id
           where p.id between $1 and $2
             and (p.lowest_minor is distinct from b.lowest or p.bid_count <> coalesce(b.live, 0)
                  or p.bidder_count <> coalesce(b.bidders, 0) or b.live <> b.live_buyers)"#,
        plan.first_project,
        plan.last_project()
    )
    .fetch_one(pool)
    .await?;
    Ok(wrong.unsigned_abs())
}

async fn count_wrong_events(pool: &PgPool, plan: &Plan, after: i64) -> anyhow::Result<u64> {
    let wrong = sqlx::query_scalar!(
        r#"with placed as (
               select (body->>'bid')::bigint as bid, count(*) as events from outbox
               where kind = 'bid.placed' and project_id between $1 and $2 and (body->>'bid')::bigint > $3 group by 1),
           stored as (select id from bid where id > $3 and project_id between $1 and $2)
           select count(*) as "n!" from stored full join placed on placed.bid = stored.id
           where stored.id is null or placed.events is distinct from 1"#,
        plan.first_project,
        plan.last_project(),
        after
    )
    .fetch_one(pool)
    .await?;
    Ok(wrong.unsigned_abs())
}

/// Counts projects that are not awarded to the lowest live bid, the earliest of equal ones, or that have a bid accepted
/// at or after the deadline.
///
/// # Errors
/// If the database cannot be read.
pub async fn count_wrong_awards(pool: &PgPool, first: i64, last: i64) -> anyhow::Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from project p left join award a on a.project_id = p.id
           where p.id between $1 and $2
             and (p.state <> 'awarded'
                  or a.bid_id is distinct from (select b.id from bid b where b.project_id = p.id and b.state = 'live'
                                                order by b.amount_minor, b.accepted_at, b.id limit 1)
                  or exists (select from bid b where b.project_id = p.id and b.accepted_at >= p.deadline))"#,
        first,
        last
    )
    .fetch_one(pool)
    .await?)
}

/// The longest time from the deadline of one of these projects to its award; `None` if none is awarded.
///
/// # Errors
/// If the database cannot be read.
pub async fn award_delay_ms(pool: &PgPool, first: i64, last: i64) -> anyhow::Result<Option<f64>> {
    Ok(sqlx::query_scalar!(
        "select (extract(epoch from max(greatest(a.decided_at, p.ended_at) - p.deadline)) * 1000)::float8
         from award a join project p on p.id = a.project_id where p.id between $1 and $2",
        first,
        last
    )
    .fetch_one(pool)
    .await?)
}
