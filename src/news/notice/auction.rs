//! Who is told what about an open auction: pure decisions.

use super::{NoticeFacts, NoticeKind, Timing, verbs::NewNotice};
use crate::{account::AccountId, money::Money, project::ProjectId};
use std::time::Duration;
use time::OffsetDateTime;

/// The lowest active bid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lead {
    pub buyer: AccountId,
    pub amount: Money,
}

/// What notices have said of an auction so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LastReport {
    pub lead: Option<Lead>,
    /// When the seller was last told of a bid.
    pub seller_told_at: Option<OffsetDateTime>,
    /// When the lead was last seen to change.
    pub changed_at: OffsetDateTime,
}

/// An open auction as it stands, beside what was told of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Auction {
    pub project: ProjectId,
    pub seller: AccountId,
    /// The number of active bids.
    pub bids: i32,
    /// The number of buyers who ever bid.
    pub bidders: i32,
    pub lead: Option<Lead>,
    /// `None` if nothing was told yet.
    pub reported: Option<LastReport>,
    /// The active bid of whoever led when it was last told.
    pub beaten_bid: Option<Money>,
    pub now: OffsetDateTime,
}

impl Auction {
    /// When the lead was last seen to change, including now.
    pub fn changed_at(&self) -> OffsetDateTime {
        match self.reported {
            Some(last) if last.lead == self.lead => last.changed_at,
            _ => self.now,
        }
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
    /// This buyer leads without having bid: tell it, if the buyer was told of losing the lead.
    MayLeadAgain(AccountId, Money),
}

/// Decides what to tell after these buyers have bid and possibly others have withdrawn their bids. `bidders` are those
/// who bid since the auction was last told.
pub(super) fn steps(auction: &Auction, bidders: &[AccountId]) -> Vec<NoticeStep> {
    let mut steps = Vec::new();
    let before = auction.reported.and_then(|last| last.lead);
    if let Some(beaten) = before
        && auction.lead.is_some_and(|lead| lead.buyer != beaten.buyer)
        && auction.beaten_bid.is_some()
    {
        let quiet = match NoticeKind::Outbid.timing() {
            Timing::Held { quiet, .. } | Timing::Spaced(quiet) => quiet,
            Timing::AtOnce => Duration::ZERO,
        };
        steps.push(NoticeStep::HoldOutbid(beaten.buyer, auction.now + quiet));
    }
    let Some(lead) = auction.lead else {
        return steps;
    };
    if before.is_none_or(|before| before.buyer != lead.buyer) {
        steps.push(NoticeStep::DropOutbid(lead.buyer));
        if !bidders.contains(&lead.buyer) {
            steps.push(NoticeStep::MayLeadAgain(lead.buyer, lead.amount));
        }
    }
    let is_lower = before.is_none_or(|before| lead.amount.minor() < before.amount.minor());
    if is_lower && !bidders.is_empty() {
        steps.push(seller_step(auction, lead, bidders));
    }
    steps
}

fn seller_step(auction: &Auction, lead: Lead, bidders: &[AccountId]) -> NoticeStep {
    let told_at = auction.reported.and_then(|last| last.seller_told_at);
    let is_first =
        told_at.is_none() && usize::try_from(auction.bidders).is_ok_and(|all| all <= bidders.len());
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
    pub bids: i32,
}

impl HeldNotice {
    /// The notice to write; `None` if there is nothing left to tell.
    pub fn notice(self) -> Option<NewNotice> {
        let still_matters = match self.kind {
            NoticeKind::Outbid => self.own.is_some() && !self.leads && !self.has_seen,
            _ => self.lowest.is_some(),
        };
        (self.is_open && still_matters).then_some(NewNotice {
            account: self.account,
            project: Some(self.project),
            facts: NoticeFacts {
                lowest: self.lowest,
                own: self.own,
                bids: Some(self.bids),
                app: None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;
    use proptest::prelude::*;

    const SELLER: AccountId = AccountId(1);

    fn lead(buyer: i64, minor: i64) -> Lead {
        Lead {
            buyer: AccountId(buyer),
            amount: Money::from_minor(minor, Currency::Eur),
        }
    }

    fn auction(told: Option<Option<Lead>>, now: Option<Lead>) -> Auction {
        Auction {
            project: ProjectId(7),
            seller: SELLER,
            bids: 2,
            bidders: 2,
            lead: now,
            reported: told.map(|lead| LastReport {
                lead,
                seller_told_at: None,
                changed_at: OffsetDateTime::UNIX_EPOCH,
            }),
            beaten_bid: told.flatten().map(|lead| lead.amount),
            now: OffsetDateTime::UNIX_EPOCH,
        }
    }

    fn kinds(steps: &[NoticeStep]) -> Vec<NoticeKind> {
        let told = steps.iter().filter_map(|step| match step {
            NoticeStep::Tell(kind, _) => Some(*kind),
            _ => None,
        });
        told.collect()
    }

    fn is_held(steps: &[NoticeStep], account: i64) -> bool {
        let is_of = |step: &NoticeStep| matches!(step, NoticeStep::HoldOutbid(buyer, _) if buyer.0 == account);
        steps.iter().any(is_of)
    }

    #[test]
    fn the_first_bid_is_told_as_such() {
        let first = Auction {
            bids: 1,
            bidders: 1,
            ..auction(None, Some(lead(2, 900)))
        };
        assert_eq!(
            kinds(&steps(&first, &[AccountId(2)])),
            [NoticeKind::FirstBid]
        );
    }

    #[test]
    fn an_auction_that_already_had_bids_has_no_first_bid() {
        let running = Auction {
            bidders: 5,
            ..auction(None, Some(lead(2, 900)))
        };
        assert_eq!(
            kinds(&steps(&running, &[AccountId(2)])),
            [NoticeKind::NewLowest]
        );
    }

    #[test]
    fn whoever_loses_the_lead_is_held_and_the_new_leader_is_not() {
        let steps = steps(
            &auction(Some(Some(lead(2, 900))), Some(lead(3, 800))),
            &[AccountId(3)],
        );
        assert!(is_held(&steps, 2));
        assert!(steps.contains(&NoticeStep::DropOutbid(AccountId(3))));
        assert_eq!(kinds(&steps), [NoticeKind::NewLowest]);
    }

    #[test]
    fn a_leader_who_withdrew_is_told_nothing() {
        let withdrawn = Auction {
            beaten_bid: None,
            ..auction(Some(Some(lead(2, 800))), Some(lead(3, 900)))
        };
        let steps = steps(&withdrawn, &[]);
        assert!(!is_held(&steps, 2));
        assert!(steps.contains(&NoticeStep::MayLeadAgain(AccountId(3), lead(3, 900).amount)));
        assert_eq!(kinds(&steps), []);
    }

    #[test]
    fn a_seller_who_was_just_told_waits() {
        let told_at = OffsetDateTime::UNIX_EPOCH - Duration::from_secs(60);
        let mut soon = auction(Some(Some(lead(2, 900))), Some(lead(2, 800)));
        soon.reported = soon.reported.map(|last| LastReport {
            seller_told_at: Some(told_at),
            ..last
        });
        let later = told_at + Duration::from_secs(15 * 60);
        assert_eq!(
            steps(&soon, &[AccountId(2)]),
            [NoticeStep::TellSellerAt(later)]
        );
    }

    fn held(kind: NoticeKind) -> HeldNotice {
        HeldNotice {
            account: AccountId(2),
            project: ProjectId(7),
            kind,
            is_open: true,
            has_seen: false,
            leads: false,
            lowest: Some(lead(3, 800).amount),
            own: Some(lead(2, 900).amount),
            bids: 2,
        }
    }

    #[test]
    fn a_held_notice_is_dropped_when_it_no_longer_matters() {
        let outbid = held(NoticeKind::Outbid);
        assert!(outbid.notice().is_some());
        let dropped = [
            HeldNotice {
                leads: true,
                ..outbid
            },
            HeldNotice {
                has_seen: true,
                ..outbid
            },
            HeldNotice {
                own: None,
                ..outbid
            },
            HeldNotice {
                is_open: false,
                ..outbid
            },
        ];
        for held in dropped {
            assert_eq!(held.notice(), None, "{held:?}");
        }
        let seller = HeldNotice {
            has_seen: true,
            own: None,
            ..held(NoticeKind::NewLowest)
        };
        assert!(seller.notice().is_some());
    }

    proptest! {
        #[test]
        fn nobody_is_told_to_be_outbid_while_leading(
            before in prop::option::of((2..5_i64, 1..100_i64)),
            now in prop::option::of((2..5_i64, 1..100_i64)),
            bidders in prop::collection::vec(2..5_i64, 0..4),
        ) {
            let lead_of = |of: Option<(i64, i64)>| of.map(|(buyer, minor)| lead(buyer, minor));
            let bidders: Vec<_> = bidders.into_iter().map(AccountId).collect();
            let steps = steps(&auction(Some(lead_of(before)), lead_of(now)), &bidders);
            for step in &steps {
                if let NoticeStep::HoldOutbid(buyer, _) = step {
                    prop_assert!(lead_of(now).is_some_and(|lead| lead.buyer != *buyer));
                    prop_assert_eq!(lead_of(before).map(|lead| lead.buyer), Some(*buyer));
                }
            }
            let told = kinds(&steps);
            prop_assert!(told.len() <= 1);
            if now.is_none() || bidders.is_empty() {
                prop_assert!(told.is_empty());
            }
        }
    }
}
