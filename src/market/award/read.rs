//! The result as everybody can check it.
//!
//! Only the seller and the winner see names, and only the seller and a bid's buyer its note.
//!
//! The winner is recomputed from the live bids. If that differs from the stored award, the page fails with an error
//! instead of showing either.

use super::{
    check::wrong_winner,
    rules::{self, Claim},
};
use crate::{
    Error, Result,
    account::{AccountId, Contact, Viewer},
    bid::{self, BidId, Note},
    money::Money,
    project::{Progress, Project},
    store::Connection,
};
use time::OffsetDateTime;

/// How many bids a result lists, best first.
const RANKING_LIMIT: i64 = 500;

/// A live bid with its rank.
#[derive(Debug, Clone)]
pub struct RankedBid {
    pub bid: BidId,
    /// 1-based.
    pub place: usize,
    pub bidder_number: i32,
    /// Set only for the project's seller.
    pub bidder_name: Option<String>,
    /// True if it is the viewer's own bid.
    pub own: bool,
    pub amount: Money,
    /// Set only for the project's seller and the bid's buyer.
    pub note: Option<Note>,
    pub accepted_at: OffsetDateTime,
}

/// How a project ended.
#[derive(Debug, Clone)]
pub enum AwardOutcome {
    Awarded(Award),
    /// There was no live bid at the deadline.
    Unawarded {
        decided_at: OffsetDateTime,
    },
}

impl AwardOutcome {
    #[must_use]
    pub const fn decided_at(&self) -> OffsetDateTime {
        match self {
            Self::Awarded(award) => award.decided_at,
            Self::Unawarded { decided_at } => *decided_at,
        }
    }
}

/// The award of a project, and the bids that decided it.
#[derive(Debug, Clone)]
pub struct Award {
    pub decided_at: OffsetDateTime,
    /// The winning bid.
    pub first: RankedBid,
    /// The other live bids in rank order.
    pub others: Vec<RankedBid>,
    /// How many bids had the winning amount, the winning one included.
    pub ties: usize,
    pub contacts: Contacts,
}

impl Award {
    /// The live bids in rank order, the winning one first.
    pub fn ranking(&self) -> impl Iterator<Item = &RankedBid> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

/// The contact details that the seller and the winner see of each other; nobody else sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contacts {
    /// The viewer is the seller.
    OfWinner(Contact),
    /// The viewer won.
    OfSeller(Contact),
    Hidden,
}

/// The result of an ended project. It is recomputed from the bids and must match the stored award.
///
/// # Errors
/// `NotFound` while there is no result, `Unexpected` if the stored award is not the lowest live bid.
pub async fn outcome(
    db: &mut Connection,
    viewer: Option<&Viewer>,
    project: &Project,
) -> Result<AwardOutcome> {
    let (stored, decided_at) = match project.progress {
        Progress::Awarded { bid, ended_at } => (Some(bid), ended_at),
        Progress::Unawarded { ended_at } => (None, ended_at),
        Progress::Open | Progress::Cancelled { .. } => return Err(Error::NotFound),
    };
    let rows = sqlx::query_as!(
        LiveRow,
        "select b.id, b.buyer_id, b.bidder_number, b.amount_minor, b.accepted_at, b.note, a.name, a.email
         from bid b join account a on a.id = b.buyer_id
         where b.project_id = $1 and b.state = 'live'
         order by b.amount_minor, b.accepted_at, b.id limit $2",
        project.id.0,
        RANKING_LIMIT
    )
    .fetch_all(&mut *db)
    .await?;
    let best = rules::winner(rows.iter().map(LiveRow::claim));
    if best.map(|best| best.bid) != stored {
        return Err(wrong_winner(project.id));
    }
    let ties = rows
        .iter()
        .filter(|row| best.is_some_and(|best| row.amount_minor == best.amount_minor))
        .count();
    let mut rows = rows.into_iter();
    let Some(won) = rows.next() else {
        return Ok(AwardOutcome::Unawarded { decided_at });
    };
    let for_seller = viewer.is_some_and(|viewer| viewer.account == project.seller);
    let contacts = if for_seller {
        Contacts::OfWinner(won.contact())
    } else if viewer.is_some_and(|viewer| won.is_of(viewer)) {
        Contacts::OfSeller(crate::account::find(db, project.seller).await?)
    } else {
        Contacts::Hidden
    };
    let ranked = |(place, row): (usize, LiveRow)| RankedBid {
        bid: BidId(row.id),
        place,
        bidder_number: row.bidder_number,
        own: viewer.is_some_and(|viewer| row.is_of(viewer)),
        bidder_name: for_seller.then_some(row.name),
        amount: Money::from_minor(row.amount_minor, project.budget.currency()),
        note: row
            .note
            .filter(|_| bid::may_read(viewer, project.seller, AccountId(row.buyer_id)))
            .map(Note::stored),
        accepted_at: row.accepted_at,
    };
    Ok(AwardOutcome::Awarded(Award {
        decided_at,
        first: ranked((1, won)),
        others: (2..).zip(rows).map(ranked).collect(),
        ties,
        contacts,
    }))
}

/// A row of a live bid.
struct LiveRow {
    id: i64,
    buyer_id: i64,
    bidder_number: i32,
    amount_minor: i64,
    accepted_at: OffsetDateTime,
    note: Option<String>,
    /// The buyer's name and e-mail.
    name: String,
    email: String,
}

impl LiveRow {
    const fn claim(&self) -> Claim {
        Claim {
            amount_minor: self.amount_minor,
            accepted_at: self.accepted_at,
            bid: BidId(self.id),
        }
    }

    fn is_of(&self, viewer: &Viewer) -> bool {
        viewer.account.0 == self.buyer_id
    }

    fn contact(&self) -> Contact {
        Contact {
            name: self.name.clone(),
            email: self.email.clone(),
        }
    }
}
