//! The result as everybody can check it.
//!
//! Names are for the seller and the winner only.
//!
//! The winner is recomputed from the live bids. If that differs from the stored award, the page fails with an error
//! instead of showing either.

use super::{
    check::not_the_lowest,
    rules::{self, Claim},
};
use crate::{
    Error, Result,
    account::{Contact, Viewer},
    bid::BidId,
    money::Money,
    project::{Project, State},
    store::Connection,
};
use time::OffsetDateTime;

/// How many bids a result lists, best first.
const RANKING_LIMIT: i64 = 500;

/// A live bid with its rank.
#[derive(Debug, Clone)]
pub struct Ranked {
    pub bid: BidId,
    /// 1-based.
    pub place: usize,
    pub bidder_number: i32,
    /// Set only for the project's seller.
    pub bidder_name: Option<String>,
    /// True if it is the viewer's own bid.
    pub own: bool,
    pub amount: Money,
    pub accepted_at: OffsetDateTime,
}

/// The result of a project.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub decided_at: OffsetDateTime,
    /// The live bids in rank order; the first one won. Empty if the project ended unawarded.
    pub ranking: Vec<Ranked>,
    /// How many bids had the winning amount.
    pub ties: usize,
    /// The winner's contact, shown only to the seller.
    pub winner: Option<Contact>,
    /// The seller's contact, shown only to the winner.
    pub seller: Option<Contact>,
    /// True if the viewer won.
    pub won: bool,
}

/// The result of an ended project. It is recomputed from the bids and must match the stored award.
///
/// # Errors
/// `NotFound` while there is no result, `Unexpected` if the stored award is not the lowest live bid.
pub async fn outcome(
    db: &mut Connection,
    viewer: Option<&Viewer>,
    project: &Project,
) -> Result<Outcome> {
    let decided_at = match project.state {
        State::Awarded | State::Unawarded => project.ended_at.ok_or(Error::NotFound)?,
        _ => return Err(Error::NotFound),
    };
    let rows = sqlx::query!(
        r#"select b.id, b.buyer_id, b.bidder_number, b.amount_minor, b.accepted_at, a.name, a.email, (aw.bid_id is not null) as "won!"
           from bid b join account a on a.id = b.buyer_id
           left join award aw on aw.project_id = b.project_id and aw.bid_id = b.id
           where b.project_id = $1 and b.state = 'live'
           order by b.amount_minor, b.accepted_at, b.id limit $2"#,
        project.id.0,
        RANKING_LIMIT
    )
    .fetch_all(&mut *db)
    .await?;
    let claims = rows.iter().map(|row| Claim {
        amount_minor: row.amount_minor,
        accepted_at: row.accepted_at,
        bid: BidId(row.id),
    });
    let best = rules::winner(claims);
    let awarded = rows.iter().find(|row| row.won);
    if best.map(|claim| claim.bid.0) != awarded.map(|row| row.id) {
        return Err(not_the_lowest(project.id));
    }
    let for_seller = viewer.is_some_and(|viewer| viewer.account == project.seller);
    let won = viewer
        .zip(awarded)
        .is_some_and(|(viewer, row)| viewer.account.0 == row.buyer_id);
    let winner = awarded.filter(|_| for_seller).map(|row| Contact {
        name: row.name.clone(),
        email: row.email.clone(),
    });
    let ties = rows
        .iter()
        .filter(|row| best.is_some_and(|best| row.amount_minor == best.amount_minor))
        .count();
    let ranking = rows
        .into_iter()
        .enumerate()
        .map(|(i, row)| Ranked {
            bid: BidId(row.id),
            place: i + 1,
            bidder_number: row.bidder_number,
            own: viewer.is_some_and(|viewer| viewer.account.0 == row.buyer_id),
            bidder_name: for_seller.then_some(row.name),
            amount: Money::from_minor(row.amount_minor, project.budget.currency()),
            accepted_at: row.accepted_at,
        })
        .collect();
    let seller = if won {
        Some(crate::account::find(db, project.seller).await?)
    } else {
        None
    };
    Ok(Outcome {
        decided_at,
        ranking,
        ties,
        winner,
        seller,
        won,
    })
}
