//! Who is told what about an open auction: pure decisions.

use super::{NoticeFacts, NoticeKind, Timing, verbs::NewNotice};
use crate::{account::AccountId, money::Money, project::ProjectId};
use std::{collections::BTreeSet, time::Duration};
use time::OffsetDateTime;

/// The lowest active bid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lead {
    pub buyer: AccountId,
    pub amount: Money,
}

/// A bid that was placed since the auction was last checked, and has not been withdrawn or undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NewBid {
    pub buyer: AccountId,
    pub amount: Money,
    /// False if a later bid of the same buyer replaced it.
    pub is_active: bool,
}

/// What the seller of an auction was told of its bids.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct SellerTold {
    /// When the seller was last told.
    pub at: Option<OffsetDateTime>,
    /// A bid that is lower than this is news.
    pub lowest: Option<Money>,
}

impl SellerTold {
    /// If the lowest bid has risen because a lower one was withdrawn, any bid below the present lowest is news again.
    pub fn beside(self, lead: Option<Lead>) -> Self {
        let lowest = (self.lowest.zip(lead)).map(|(known, lead)| {
            if lead.amount.minor() > known.minor() {
                lead.amount
            } else {
                known
            }
        });
        Self { lowest, ..self }
    }
}

/// An open auction as it stands, and what its seller was told.
#[derive(Debug, Clone)]
pub(super) struct Auction {
    pub project: ProjectId,
    pub seller: AccountId,
    /// The number of active bids.
    pub bids: i32,
    /// The number of buyers who ever bid.
    pub bidders: i32,
    pub lead: Option<Lead>,
    /// Who led when the auction was last checked.
    pub before: Option<Lead>,
    /// True if whoever led then still has an active bid.
    pub before_is_active: bool,
    /// When the lead was last seen to change.
    pub changed_before: Option<OffsetDateTime>,
    pub seller_told: SellerTold,
    /// In the order in which they were placed.
    pub new_bids: Vec<NewBid>,
    /// How many buyers have bid since the auction was last checked, including those who withdrew.
    pub new_bidders: usize,
    /// The id of the newest bid.
    pub newest_bid: i64,
    pub now: OffsetDateTime,
}

impl Auction {
    /// When the lead was last seen to change, including now.
    pub fn changed_at(&self) -> OffsetDateTime {
        let unchanged = self.changed_before.filter(|_| self.before == self.lead);
        unchanged.unwrap_or(self.now)
    }

    /// True if the leading bid was placed since the auction was last checked.
    fn has_new_lead(&self) -> bool {
        self.lead.is_some_and(|lead| {
            let is_lead = |bid: &NewBid| bid.buyer == lead.buyer && bid.amount == lead.amount;
            self.new_bids.iter().any(is_lead)
        })
    }

    /// The buyers who lost the lead to a lower bid, still have a bid, and do not lead. Several bids may have been
    /// placed since the auction was last checked, so a buyer may have taken the lead and lost it again.
    fn outbid(&self) -> BTreeSet<AccountId> {
        let mut leader = self.before.filter(|_| self.before_is_active);
        let mut outbid = BTreeSet::new();
        for bid in &self.new_bids {
            if leader.is_none_or(|leader| bid.amount.minor() < leader.amount.minor()) {
                outbid.extend(leader.map(|leader| leader.buyer));
                leader = Some(Lead {
                    buyer: bid.buyer,
                    amount: bid.amount,
                });
            }
        }
        let Some(lead) = self.lead else {
            return BTreeSet::new();
        };
        outbid.retain(|buyer| *buyer != lead.buyer && self.is_active(*buyer));
        outbid
    }

    fn is_active(&self, buyer: AccountId) -> bool {
        let is_before = self.before.is_some_and(|before| before.buyer == buyer);
        let has_new = |bid: &NewBid| bid.buyer == buyer && bid.is_active;
        (is_before && self.before_is_active) || self.new_bids.iter().any(has_new)
    }
}

/// What follows from a change of an auction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoticeStep {
    Tell(NoticeKind, NewNotice),
    /// Tell the seller of the lowest bid at this time, as it is then.
    TellSellerAt(OffsetDateTime),
    /// Tell this buyer, who has lost the lead, at this time, or later if the lead keeps changing.
    HoldOutbid(AccountId, OffsetDateTime),
    /// This buyer leads, so there is nothing to tell any more.
    DropOutbid(AccountId),
    /// This buyer leads again without a new bid: notify the buyer, if a notice said that the lead was lost.
    MayLeadAgain(AccountId, Money),
}

/// Decides what to tell after bids were placed or withdrawn.
pub(super) fn steps(auction: &Auction) -> Vec<NoticeStep> {
    let quiet = match NoticeKind::Outbid.timing() {
        Timing::Held { quiet, .. } | Timing::Spaced(quiet) => quiet,
        Timing::AtOnce => Duration::ZERO,
    };
    let outbid = auction.outbid().into_iter();
    let mut steps: Vec<NoticeStep> = outbid
        .map(|buyer| NoticeStep::HoldOutbid(buyer, auction.now + quiet))
        .collect();
    let Some(lead) = auction.lead else {
        return steps;
    };
    let before = auction.before;
    if before.is_none_or(|before| before.buyer != lead.buyer) {
        steps.push(NoticeStep::DropOutbid(lead.buyer));
        if !auction.has_new_lead() {
            steps.push(NoticeStep::MayLeadAgain(lead.buyer, lead.amount));
        }
    }
    let is_lower = before.is_none_or(|before| lead.amount.minor() < before.amount.minor());
    if is_lower && auction.has_new_lead() {
        steps.push(seller_step(auction, lead));
    }
    steps
}

fn seller_step(auction: &Auction, lead: Lead) -> NoticeStep {
    let told_at = auction.seller_told.at;
    let is_first = told_at.is_none()
        && usize::try_from(auction.bidders).is_ok_and(|all| all <= auction.new_bidders);
    let kind = if is_first {
        NoticeKind::FirstBid
    } else {
        NoticeKind::NewLowest
    };
    if let (Timing::Spaced(spacing), Some(told_at)) = (kind.timing(), told_at)
        && told_at + spacing > auction.now
    {
        return NoticeStep::TellSellerAt(told_at + spacing);
    }
    let facts = NoticeFacts {
        lowest: Some(lead.amount),
        bids: Some(auction.bids),
        ..NoticeFacts::default()
    };
    NoticeStep::Tell(
        kind,
        NewNotice {
            account: auction.seller,
            project: Some(auction.project),
            facts,
        },
    )
}

/// A held notice that is due, with its auction as it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeldNotice {
    pub account: AccountId,
    pub project: ProjectId,
    pub kind: NoticeKind,
    pub is_open: bool,
    /// True if the recipient has the project's page open.
    pub has_seen: bool,
    /// True if the recipient's bid is the lowest.
    pub leads: bool,
    pub lowest: Option<Money>,
    /// The recipient's active bid.
    pub own: Option<Money>,
    /// For a seller, a bid that is lower than this is news.
    pub seller_knows: Option<Money>,
    pub bids: i32,
}

impl HeldNotice {
    /// The notice to write; `None` if there is nothing left to tell.
    pub fn notice(self) -> Option<NewNotice> {
        let still_matters = match self.kind {
            NoticeKind::Outbid => self.own.is_some() && !self.leads && !self.has_seen,
            // The bid that was held back may have been undone.
            _ => self.lowest.is_some_and(|lowest| {
                self.seller_knows
                    .is_none_or(|known| lowest.minor() < known.minor())
            }),
        };
        (self.is_open && still_matters).then_some(NewNotice {
            account: self.account,
            project: Some(self.project),
            facts: NoticeFacts {
                lowest: self.lowest,
                own: self.own,
                bids: Some(self.bids),
                ..NoticeFacts::default()
            },
        })
    }
}

#[cfg(test)]
mod tests;
