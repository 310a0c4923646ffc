//! A project's state on an open page. A page's first state and every update have the same type.

use super::Figures;
use crate::{
    bid::{BidId, Standing},
    money::{Currency, Money},
    project::{ProjectId, State},
};
use serde::{Deserialize, Serialize};

/// A project's state on an open page. Updates carry what the server knows of the auction; the fields that only the page
/// knows, from `own_number` on, stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    pub id: ProjectId,
    pub state: State,
    /// The number of live bids.
    pub bid_count: i32,
    pub lowest_minor: Option<i64>,
    pub currency: Currency,
    /// The pseudonym of whoever made the lowest bid.
    pub leader: Option<i32>,
    /// The pseudonym of whoever won.
    pub winner: Option<i32>,
    /// The number of bids ever made, counted up to [`MADE_LIMIT`](super::MADE_LIMIT).
    pub bids_made: i64,
    pub newest_bid: Option<BidId>,
    /// The viewer's own bid, in minor units (cents).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_minor: Option<i64>,
    /// The standing of that bid; set only on the bidder's dashboard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// The viewer's pseudonym; set only on the page of a project that the viewer has bid on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_number: Option<i32>,
    /// True if the viewer posted the project.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_owner: bool,
    /// The deadline in milliseconds since the epoch, if the page has to notice it without an update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<i64>,
    /// True if the deadline has passed; the result may not be known yet.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_closed: bool,
}

impl Lot {
    /// The state that everybody may see.
    #[must_use]
    pub const fn public(figures: &Figures) -> Self {
        Self {
            id: figures.project,
            state: figures.state,
            bid_count: figures.bid_count,
            lowest_minor: figures.lowest_minor,
            currency: figures.currency,
            leader: figures.leader,
            winner: figures.winner,
            bids_made: figures.made,
            newest_bid: figures.newest,
            own_minor: None,
            standing: None,
            own_number: None,
            is_owner: false,
            deadline_ms: None,
            is_closed: false,
        }
    }

    /// Serializes to one JSON object.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers and names are valid JSON")
    }

    /// Applies an update, and keeps what only the page knows.
    pub fn update(&mut self, now: Self) {
        let before = std::mem::replace(self, now);
        self.own_number = before.own_number;
        self.is_owner = before.is_owner;
        self.deadline_ms = before.deadline_ms;
        self.is_closed = before.is_closed;
        if self.own_number.is_some() {
            // Whoever leads made the lowest bid, possibly in another window.
            let own = if self.leads() {
                self.lowest_minor
            } else {
                before.own_minor
            };
            // A bid below the lowest active one was withdrawn or undone, also possibly in another window. An update from
            // before the page was rendered says nothing about that: it may lack the viewer's bid.
            let is_older = self.newest_bid < before.newest_bid;
            let is_active = |own: &i64| self.lowest_minor.is_some_and(|lowest| *own >= lowest);
            let own = own.filter(|own| is_older || is_active(own));
            self.set_own(self.own_number.zip(own));
        }
    }

    /// Sets the viewer's active bid, as the bidder's number and the amount in minor units, after a read that knows the
    /// viewer. It may have been placed, withdrawn or undone in another window.
    pub fn set_own(&mut self, active: Option<(i32, i64)>) {
        (self.own_number, self.own_minor) = active.unzip();
    }

    /// True if the viewer, who has bid on the project, leads or has won.
    #[must_use]
    pub fn leads(&self) -> bool {
        let first = match self.state {
            State::Awarded => self.winner,
            _ => self.leader,
        };
        self.own_number.is_some() && self.own_number == first
    }

    /// True if nothing can change any more.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        self.state.is_final()
    }

    /// True while the project takes bids.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == State::Open && !self.is_closed
    }

    /// The lowest live amount.
    #[must_use]
    pub fn lowest(&self) -> Option<Money> {
        self.money(self.lowest_minor)
    }

    /// The viewer's own bid.
    #[must_use]
    pub fn own(&self) -> Option<Money> {
        self.money(self.own_minor)
    }

    fn money(&self, minor: Option<i64>) -> Option<Money> {
        minor.map(|minor| Money::from_minor(minor, self.currency))
    }

    /// The highest amount that would lead now, for a bidder whose bid on an open project has been outbid. It is below
    /// the bidder's own last bid and the budget, because the lowest bid is not above either.
    #[must_use]
    pub fn to_lead(&self) -> Option<Money> {
        let lowest = self.lowest_minor.filter(|lowest| *lowest > 1);
        let is_outbid = self.standing == Some(Standing::Outbid) && self.is_open();
        self.money(lowest.filter(|_| is_outbid).map(|lowest| lowest - 1))
    }

    /// The dashboard tab that the project belongs to.
    #[must_use]
    pub fn part(&self) -> &'static str {
        self.standing.map_or(self.state.name(), Standing::name)
    }

    /// The section that the project belongs to in a dashboard's first tab. Leading and outbid bids share one, ordered
    /// by deadline.
    #[must_use]
    pub fn section(&self) -> &'static str {
        match self.standing {
            Some(Standing::Leading | Standing::Outbid) => State::Open.name(),
            _ => self.part(),
        }
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OPEN: Lot = Lot {
        own_number: Some(2),
        own_minor: Some(90_000),
        deadline_ms: Some(1),
        ..Lot::public(&Figures {
            project: ProjectId(7),
            state: State::Open,
            bid_count: 2,
            lowest_minor: Some(90_000),
            currency: Currency::Eur,
            leader: Some(2),
            winner: None,
            made: 2,
            newest: Some(BidId(9)),
        })
    };

    fn updated(change: impl FnOnce(&mut Lot)) -> Lot {
        let mut update = Lot {
            own_number: None,
            own_minor: None,
            deadline_ms: None,
            ..OPEN
        };
        change(&mut update);
        let mut lot = OPEN;
        lot.update(update);
        lot
    }

    #[test]
    fn an_update_keeps_what_only_the_page_knows() {
        let lot = updated(|update| {
            update.lowest_minor = Some(80_000);
            update.leader = Some(1);
        });
        assert_eq!(lot.lowest_minor, Some(80_000));
        assert_eq!(
            (lot.own_number, lot.own_minor, lot.deadline_ms),
            (Some(2), Some(90_000), Some(1))
        );
        assert!(!lot.leads());
    }

    #[test]
    fn a_leaders_own_bid_is_the_lowest_even_if_made_in_another_window() {
        let lot = updated(|update| update.lowest_minor = Some(70_000));
        assert!(lot.leads());
        assert_eq!(lot.own_minor, Some(70_000));
    }

    #[test]
    fn a_bid_from_another_window_is_followed_as_if_it_were_placed_here() {
        let mut lot = Lot {
            own_number: None,
            own_minor: None,
            ..OPEN
        };
        lot.set_own(Some((2, 90_000)));
        assert!(lot.leads());
        let outbid = Lot {
            lowest_minor: Some(80_000),
            leader: Some(1),
            ..lot
        };
        lot.update(outbid);
        assert_eq!((lot.leads(), lot.own_minor), (false, Some(90_000)));
    }

    #[test]
    fn a_bid_that_another_window_withdrew_is_no_longer_shown() {
        for lowest_minor in [None, Some(95_000)] {
            let lot = updated(|update| {
                update.lowest_minor = lowest_minor;
                update.leader = lowest_minor.map(|_| 1);
            });
            assert_eq!((lot.own_number, lot.own_minor), (None, None));
        }
    }

    #[test]
    fn an_update_from_before_the_viewers_bid_does_not_remove_it() {
        let lot = updated(|update| {
            update.newest_bid = Some(BidId(8));
            update.lowest_minor = Some(95_000);
            update.leader = Some(1);
        });
        assert_eq!((lot.own_number, lot.own_minor), (Some(2), Some(90_000)));
    }

    #[test]
    fn once_awarded_the_winner_leads_and_nobody_else() {
        let won = updated(|update| {
            update.state = State::Awarded;
            update.winner = Some(2);
        });
        assert!(won.leads() && won.is_final());
        let lost = updated(|update| {
            update.state = State::Awarded;
            update.winner = Some(1);
        });
        assert!(!lost.leads());
    }

    #[test]
    fn the_dashboard_tab_is_the_standing_or_else_the_state() {
        assert_eq!(OPEN.part(), "open");
        assert_eq!(standing(Standing::Outbid).part(), "outbid");
    }

    #[test]
    fn a_bid_stays_in_its_section_when_it_is_outbid() {
        for open in [Standing::Leading, Standing::Outbid] {
            assert_eq!(standing(open).section(), "open");
        }
        assert_eq!(standing(Standing::Won).section(), "won");
        assert_eq!(OPEN.section(), "open");
    }

    const fn standing(standing: Standing) -> Lot {
        Lot {
            standing: Some(standing),
            ..OPEN
        }
    }

    #[test]
    fn only_an_outbid_bidder_of_an_open_project_can_take_the_lead() {
        let lead = standing(Standing::Outbid).to_lead();
        assert_eq!(lead.map(Money::minor), Some(89_999));
        let others = Standing::ALL
            .into_iter()
            .filter(|it| *it != Standing::Outbid);
        for other in others.map(standing) {
            assert_eq!(other.to_lead(), None);
        }
        let closed = Lot {
            is_closed: true,
            ..standing(Standing::Outbid)
        };
        assert_eq!(closed.to_lead(), None);
    }

    proptest! {
        #[test]
        fn an_amount_that_leads_is_a_bid_that_would_be_accepted(lowest in 1..200_i64, above in 0..50_i64, room in 0..50_i64) {
            let (own, budget) = (lowest + above, lowest + above + room);
            let lot = Lot { lowest_minor: Some(lowest), own_minor: Some(own), ..standing(Standing::Outbid) };
            let money = |minor| Money::from_minor(minor, Currency::Eur);
            match lot.to_lead() {
                Some(amount) => {
                    prop_assert!(amount.minor() > 0 && amount.minor() < lowest);
                    prop_assert_eq!(crate::bid::amount(amount, money(budget), Some(money(own))), Ok(()));
                }
                // Nothing is below a cent.
                None => prop_assert_eq!(lowest, 1),
            }
        }
    }
}
