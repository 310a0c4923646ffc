//! Bids on one project, decided one after the other while its row lock is held. This module does no I/O: it computes
//! what has to be stored.

use super::{BidId, Note, Refusal, State, rules};
use crate::{
    account::AccountId,
    money::{Currency, Money},
};
use std::collections::HashMap;

/// A buyer's last bid on the project.
#[derive(Debug, Clone, Copy)]
pub(super) struct Last {
    /// `None` if the buyer undid every bid, so that none binds.
    pub amount: Option<Money>,
    pub bidder_number: i32,
    pub stands: LastBidPlace,
}

/// Where a buyer's last bid is, and whether it is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LastBidPlace {
    /// Stored by an earlier transaction, and live.
    Stored(BidId),
    /// Accepted in this transaction: its index in [`Book::accepted`].
    Accepted(usize),
    /// Withdrawn.
    No,
}

/// An accepted bid, not stored yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AcceptedBid {
    pub buyer: AccountId,
    pub bidder_number: i32,
    pub amount: Money,
    pub note: Option<Note>,
    /// `Replaced` if the same buyer bid lower later in this transaction.
    pub state: State,
    /// True if it was the lowest bid when it was accepted.
    pub leads: bool,
}

/// A project's bids in memory, with the results of those decided in this transaction.
#[derive(Debug)]
pub(super) struct Book {
    budget: Money,
    lowest: Option<Money>,
    bidder_count: i32,
    lasts: HashMap<AccountId, Last>,
    /// In order of acceptance.
    pub accepted: Vec<AcceptedBid>,
    /// Stored bids that are replaced in this transaction.
    pub replaced: Vec<BidId>,
    /// How many more buyers have a live bid than before this transaction.
    pub more_live: i32,
    /// How many buyers bid for the first time in this transaction.
    pub more_bidders: i32,
}

impl Book {
    pub(super) fn new(
        budget: Money,
        lowest: Option<Money>,
        bidder_count: i32,
        lasts: HashMap<AccountId, Last>,
    ) -> Self {
        Self {
            budget,
            lowest,
            bidder_count,
            lasts,
            accepted: Vec::new(),
            replaced: Vec::new(),
            more_live: 0,
            more_bidders: 0,
        }
    }

    pub(super) const fn currency(&self) -> Currency {
        self.budget.currency()
    }

    /// Decides the next bid and returns its index in [`Book::accepted`].
    pub(super) fn decide(
        &mut self,
        buyer: AccountId,
        amount: Money,
        note: Option<Note>,
    ) -> Result<usize, Refusal> {
        let last = self.lasts.get(&buyer).copied();
        rules::amount(amount, self.budget, last.and_then(|last| last.amount))?;
        match last.map(|last| last.stands) {
            Some(LastBidPlace::Stored(id)) => self.replaced.push(id),
            Some(LastBidPlace::Accepted(place)) => self.accepted[place].state = State::Replaced,
            Some(LastBidPlace::No) | None => self.more_live += 1,
        }
        let bidder_number = match last {
            Some(last) => last.bidder_number,
            None => {
                self.more_bidders += 1;
                self.bidder_count + self.more_bidders
            }
        };
        let place = self.accepted.len();
        let leads = self
            .lowest
            .is_none_or(|lowest| amount.minor() < lowest.minor());
        if leads {
            self.lowest = Some(amount);
        }
        self.accepted.push(AcceptedBid {
            buyer,
            bidder_number,
            amount,
            note,
            state: State::Live,
            leads,
        });
        let stands = LastBidPlace::Accepted(place);
        self.lasts.insert(
            buyer,
            Last {
                amount: Some(amount),
                bidder_number,
                stands,
            },
        );
        Ok(place)
    }

    /// The lowest amount accepted in this transaction, if any.
    pub(super) fn lowest_accepted(&self) -> Option<Money> {
        self.accepted
            .iter()
            .map(|bid| bid.amount)
            .min_by_key(|amount| amount.minor())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;
    use proptest::prelude::*;

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::Eur)
    }

    fn empty() -> Book {
        Book::new(eur(1000), None, 0, HashMap::new())
    }

    #[test]
    fn a_buyer_who_bids_twice_in_one_transaction_has_one_live_bid() {
        let mut book = empty();
        let (bea, otto) = (AccountId(1), AccountId(2));
        assert_eq!(book.decide(bea, eur(900), None), Ok(0));
        assert_eq!(book.decide(otto, eur(950), None), Ok(1));
        assert_eq!(
            book.decide(bea, eur(900), None),
            Err(Refusal::NotLower { own: eur(900) })
        );
        assert_eq!(book.decide(bea, eur(800), None), Ok(2));
        let states: Vec<_> = book
            .accepted
            .iter()
            .map(|bid| (bid.bidder_number, bid.state, bid.leads))
            .collect();
        assert_eq!(
            states,
            [
                (1, State::Replaced, true),
                (2, State::Live, false),
                (1, State::Live, true)
            ]
        );
        assert_eq!(
            (book.more_live, book.more_bidders, book.lowest_accepted()),
            (2, 2, Some(eur(800)))
        );
    }

    #[test]
    fn a_stored_bid_is_replaced_and_a_withdrawn_bid_still_binds() {
        let last = |minor, stands| Last {
            amount: Some(eur(minor)),
            bidder_number: 7,
            stands,
        };
        let lasts = HashMap::from([
            (AccountId(1), last(500, LastBidPlace::Stored(BidId(70)))),
            (
                AccountId(2),
                Last {
                    bidder_number: 3,
                    ..last(400, LastBidPlace::No)
                },
            ),
        ]);
        let mut book = Book::new(eur(1000), Some(eur(500)), 7, lasts);
        assert_eq!(
            book.decide(AccountId(2), eur(400), None),
            Err(Refusal::NotLower { own: eur(400) })
        );
        assert_eq!(book.decide(AccountId(2), eur(399), None), Ok(0));
        assert_eq!(book.decide(AccountId(1), eur(499), None), Ok(1));
        assert_eq!(
            book.decide(AccountId(3), eur(1001), None),
            Err(Refusal::AboveBudget { budget: eur(1000) })
        );
        assert_eq!(book.decide(AccountId(3), eur(1000), None), Ok(2));
        assert_eq!(book.replaced, [BidId(70)]);
        assert_eq!((book.more_live, book.more_bidders), (2, 1));
        let numbers: Vec<_> = book.accepted.iter().map(|bid| bid.bidder_number).collect();
        assert_eq!(numbers, [3, 7, 8]);
    }

    #[test]
    fn a_buyer_who_undid_every_bid_is_bound_by_none_and_keeps_the_pseudonym() {
        let undone = Last {
            amount: None,
            bidder_number: 3,
            stands: LastBidPlace::No,
        };
        let mut book = Book::new(eur(1000), None, 7, HashMap::from([(AccountId(1), undone)]));
        assert_eq!(book.decide(AccountId(1), eur(1000), None), Ok(0));
        assert_eq!(book.accepted[0].bidder_number, 3);
        assert_eq!((book.more_live, book.more_bidders), (1, 0));
    }

    proptest! {
        /// However the bids are split into transactions, the same ones are accepted and the resulting books are equal.
        #[test]
        fn batching_does_not_change_the_result(bids in prop::collection::vec((0_i64..6, 1_i64..1200), 0..60), cut in 1_usize..60) {
            let mut together = empty();
            let answers: Vec<_> = bids.iter().map(|(buyer, minor)| together.decide(AccountId(*buyer), eur(*minor), None).is_ok()).collect();

            let (mut lowest, mut count, mut live) = (None, 0, 0);
            let mut lasts: HashMap<AccountId, Last> = HashMap::new();
            let mut apart = Vec::new();
            let mut next_id = 0;
            for part in bids.chunks(cut) {
                let mut book = Book::new(eur(1000), lowest, count, lasts.clone());
                for (buyer, minor) in part {
                    apart.push(book.decide(AccountId(*buyer), eur(*minor), None).is_ok());
                }
                for bid in &book.accepted {
                    next_id += 1;
                    if bid.state == State::Live {
                        let stands = LastBidPlace::Stored(BidId(next_id));
                        lasts.insert(bid.buyer, Last { amount: Some(bid.amount), bidder_number: bid.bidder_number, stands });
                    }
                }
                lowest = [lowest, book.lowest_accepted()].into_iter().flatten().min_by_key(|money| money.minor());
                count += book.more_bidders;
                live += book.more_live;
            }
            prop_assert_eq!(answers, apart);
            prop_assert_eq!(together.lowest_accepted(), lowest);
            prop_assert_eq!((together.more_bidders, together.more_live), (count, live));
        }
    }
}
