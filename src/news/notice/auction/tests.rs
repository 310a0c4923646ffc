use super::*;
use crate::money::Currency;
use proptest::prelude::*;

const SELLER: AccountId = AccountId(1);
const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn euros(minor: i64) -> Money {
    Money::from_minor(minor, Currency::Eur)
}

fn lead(buyer: i64, minor: i64) -> Lead {
    Lead {
        buyer: AccountId(buyer),
        amount: euros(minor),
    }
}

/// An auction that was led by `before`, after these bids by buyer and amount.
fn auction(before: Option<Lead>, bids: &[(i64, i64)]) -> Auction {
    let mut active: Vec<Lead> = before.into_iter().collect();
    let mut new_bids: Vec<NewBid> = Vec::new();
    for (buyer, minor) in bids {
        let own = AccountId(*buyer);
        active.retain(|lead| lead.buyer != own);
        active.push(lead(*buyer, *minor));
        for bid in new_bids.iter_mut().filter(|bid| bid.buyer == own) {
            bid.is_active = false;
        }
        new_bids.push(NewBid {
            buyer: own,
            amount: euros(*minor),
            is_active: true,
        });
    }
    let buyers: BTreeSet<_> = new_bids.iter().map(|bid| bid.buyer).collect();
    Auction {
        project: ProjectId(7),
        seller: SELLER,
        bids: i32::try_from(active.len()).unwrap(),
        bidders: 2,
        lead: active.into_iter().min_by_key(|lead| lead.amount.minor()),
        before,
        before_is_active: before.is_some(),
        changed_before: before.map(|_| NOW),
        seller_told: SellerTold::default(),
        new_bidders: buyers.len(),
        new_bids,
        newest_bid: 1,
        now: NOW,
    }
}

fn kinds(steps: &[NoticeStep]) -> Vec<NoticeKind> {
    let told = steps.iter().filter_map(|step| match step {
        NoticeStep::Tell(kind, _) => Some(*kind),
        _ => None,
    });
    told.collect()
}

fn held(steps: &[NoticeStep]) -> Vec<i64> {
    let held = steps.iter().filter_map(|step| match step {
        NoticeStep::HoldOutbid(buyer, _) => Some(buyer.0),
        _ => None,
    });
    held.collect()
}

#[test]
fn the_first_bid_is_told_as_such() {
    let first = Auction {
        bidders: 1,
        ..auction(None, &[(2, 900)])
    };
    assert_eq!(kinds(&steps(&first)), [NoticeKind::FirstBid]);
}

#[test]
fn an_auction_that_already_had_bids_has_no_first_bid() {
    let running = Auction {
        bidders: 5,
        ..auction(None, &[(2, 900)])
    };
    assert_eq!(kinds(&steps(&running)), [NoticeKind::NewLowest]);
}

#[test]
fn whoever_loses_the_lead_is_held_and_the_new_leader_is_not() {
    let steps = steps(&auction(Some(lead(2, 900)), &[(3, 800)]));
    assert_eq!(held(&steps), [2]);
    assert!(steps.contains(&NoticeStep::DropOutbid(AccountId(3))));
    assert_eq!(kinds(&steps), [NoticeKind::NewLowest]);
}

#[test]
fn whoever_takes_the_lead_and_loses_it_before_anybody_looks_is_held_too() {
    let before = Some(lead(2, 900));
    assert_eq!(
        held(&steps(&auction(before, &[(3, 800), (4, 700)]))),
        [2, 3]
    );
    assert_eq!(held(&steps(&auction(None, &[(3, 800), (4, 700)]))), [3]);
    // A bid that never led has nothing to lose.
    assert_eq!(held(&steps(&auction(before, &[(3, 950), (4, 700)]))), [2]);
    // Whoever leads again in the end is told nothing.
    let back = auction(before, &[(3, 800), (2, 700)]);
    assert_eq!(held(&steps(&back)), [3]);
}

#[test]
fn a_leader_who_withdrew_is_told_nothing() {
    let withdrawn = Auction {
        lead: Some(lead(3, 900)),
        before_is_active: false,
        ..auction(Some(lead(2, 800)), &[])
    };
    let steps = steps(&withdrawn);
    assert!(held(&steps).is_empty());
    assert!(steps.contains(&NoticeStep::MayLeadAgain(AccountId(3), euros(900))));
    assert_eq!(kinds(&steps), []);
}

#[test]
fn a_leader_whose_earlier_bid_counts_again_was_not_outbid() {
    // The lower bid was undone, and the one before it is above another's.
    let undone = Auction {
        lead: Some(lead(3, 800)),
        ..auction(Some(lead(2, 700)), &[])
    };
    assert!(held(&steps(&undone)).is_empty());
}

#[test]
fn a_bid_after_a_withdrawal_takes_the_lead_and_the_seller_is_told_if_it_is_lower() {
    let mut higher = auction(Some(lead(2, 800)), &[(3, 900)]);
    higher.lead = Some(lead(3, 900));
    higher.before_is_active = false;
    let higher_steps = steps(&higher);
    assert!(
        !higher_steps
            .iter()
            .any(|step| matches!(step, NoticeStep::MayLeadAgain(..)))
    );
    assert_eq!(kinds(&higher_steps), []);
    let mut lower = auction(Some(lead(2, 800)), &[(3, 700)]);
    lower.before_is_active = false;
    assert_eq!(kinds(&steps(&lower)), [NoticeKind::NewLowest]);
    assert!(held(&steps(&lower)).is_empty());
}

#[test]
fn a_seller_who_was_just_told_waits() {
    let told_at = NOW - Duration::from_secs(60);
    let mut soon = auction(Some(lead(2, 900)), &[(2, 800)]);
    soon.seller_told = SellerTold {
        at: Some(told_at),
        lowest: Some(euros(900)),
    };
    let later = told_at + Duration::from_secs(15 * 60);
    assert_eq!(steps(&soon), [NoticeStep::TellSellerAt(later)]);
}

fn held_notice(kind: NoticeKind) -> HeldNotice {
    HeldNotice {
        account: AccountId(2),
        project: ProjectId(7),
        kind,
        is_open: true,
        has_seen: false,
        leads: false,
        lowest: Some(euros(800)),
        own: Some(euros(900)),
        seller_knows: Some(euros(900)),
        bids: 2,
    }
}

#[test]
fn a_held_notice_is_dropped_when_it_no_longer_matters() {
    let outbid = held_notice(NoticeKind::Outbid);
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
        ..held_notice(NoticeKind::NewLowest)
    };
    assert!(seller.notice().is_some());
    let known = HeldNotice {
        seller_knows: Some(euros(800)),
        ..seller
    };
    assert_eq!(known.notice(), None);
}

proptest! {
    #[test]
    fn nobody_is_told_to_be_outbid_while_leading_and_the_seller_only_of_a_lower_bid(
        before in prop::option::of((2..6_i64, 1..100_i64)),
        bids in prop::collection::vec((2..6_i64, 1..100_i64), 0..6),
    ) {
        let before = before.map(|(buyer, minor)| lead(buyer, minor));
        let auction = auction(before, &bids);
        let steps = steps(&auction);
        for buyer in held(&steps) {
            prop_assert!(auction.lead.is_some_and(|lead| lead.buyer.0 != buyer));
        }
        // Whoever led, still has a bid and does not lead was outbid.
        let has_lost = before.is_some_and(|before| auction.lead.is_some_and(|lead| lead.buyer != before.buyer)
            && !bids.iter().any(|(buyer, _)| *buyer == before.buyer.0));
        if has_lost {
            prop_assert!(held(&steps).contains(&before.unwrap().buyer.0));
        }
        let told = kinds(&steps);
        let is_lower = auction.lead.is_some_and(|lead| before.is_none_or(|before| lead.amount.minor() < before.amount.minor()));
        prop_assert_eq!(told.len(), usize::from(is_lower && !bids.is_empty()));
    }
}
