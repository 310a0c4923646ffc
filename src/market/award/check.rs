//! Recomputes results from the live bids, independently of the transaction that stored them.
//!
//! The worker's consumer `award-check` runs [`check`] for every result.

use super::rules::{self, Claim};
use crate::{Error, Result, bid::BidId, project::ProjectId, store::Connection};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// A stored result.
#[derive(Default)]
struct StoredResult {
    is_awarded: bool,
    /// The two best live bids, and the winning bid, which should be the best.
    claims: Vec<Claim>,
    winner: Option<BidId>,
}

impl StoredResult {
    fn is_correct(&self) -> bool {
        let best = rules::winner(self.claims.iter().copied());
        self.is_awarded == self.winner.is_some() && best.map(|claim| claim.bid) == self.winner
    }
}

/// Verifies the stored results of those of these projects that have one.
///
/// # Errors
/// `Unexpected`, naming the first project whose award is not its lowest live bid.
pub async fn check(db: &mut Connection, projects: &[ProjectId]) -> Result<()> {
    let ids: Vec<i64> = projects.iter().map(|project| project.0).collect();
    let rows = sqlx::query!(
        r#"select p.id, p.state = 'awarded' as "is_awarded!", a.bid_id as "winner?",
                  claim.id as "bid?", claim.amount_minor as "amount_minor?", claim.accepted_at as "accepted_at?"
           from project p
           left join award a on a.project_id = p.id
           left join lateral (
               (select b.id, b.amount_minor, b.accepted_at from bid b where b.project_id = p.id and b.state = 'live'
                order by b.amount_minor, b.accepted_at, b.id limit 2)
               union
               select b.id, b.amount_minor, b.accepted_at from bid b
               where b.project_id = p.id and b.id = a.bid_id and b.state = 'live') claim on true
           where p.id = any ($1) and p.state in ('awarded', 'unawarded')"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    let mut results: BTreeMap<i64, StoredResult> = BTreeMap::new();
    for row in rows {
        let result = results.entry(row.id).or_default();
        result.is_awarded = row.is_awarded;
        result.winner = row.winner.map(BidId);
        result
            .claims
            .extend(claim(row.bid, row.amount_minor, row.accepted_at));
    }
    match results.iter().find(|(_, result)| !result.is_correct()) {
        Some((id, _)) => Err(wrong_winner(ProjectId(*id))),
        None => Ok(()),
    }
}

fn claim(
    bid: Option<i64>,
    amount_minor: Option<i64>,
    accepted_at: Option<OffsetDateTime>,
) -> Option<Claim> {
    Some(Claim {
        amount_minor: amount_minor?,
        accepted_at: accepted_at?,
        bid: BidId(bid?),
    })
}

/// This error, raised here and on the result page, alerts the operators.
pub(super) fn wrong_winner(project: ProjectId) -> Error {
    Error::unexpected(format!(
        "project {project}: the award is not the lowest live bid"
    ))
}
