//! What a seller has to do next about one of their own projects.

use super::{OwnProgress, SellerProject};
use time::{Duration, OffsetDateTime};

/// From this long before its deadline, a project without a bid needs its seller's attention.
const ENDS_SOON: Duration = Duration::hours(24);
/// For this long after the deadline a result is new: seller and winner still have to get in touch.
pub const NEW_RESULT: Duration = Duration::days(7);

/// What a seller has to do next about a project, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SellerDecision {
    /// It ends soon, and nobody has bid. It can still be cancelled and posted again on other terms.
    EndsWithoutBid,
    /// It was awarded a short time ago.
    ContactWinner,
    /// It is a draft.
    Publish,
}

impl SellerProject {
    /// What its seller has to do next, if anything.
    #[must_use]
    pub fn decision(&self, now: OffsetDateTime) -> Option<SellerDecision> {
        match &self.progress {
            OwnProgress::Draft { .. } => Some(SellerDecision::Publish),
            OwnProgress::Open(terms) => {
                let left = terms.deadline - now;
                let ends_soon = left > Duration::ZERO && left <= ENDS_SOON;
                (self.bid_count == 0 && ends_soon).then_some(SellerDecision::EndsWithoutBid)
            }
            OwnProgress::Awarded { ended_at, .. } => {
                (now - *ended_at < NEW_RESULT).then_some(SellerDecision::ContactWinner)
            }
            OwnProgress::Unawarded { .. } | OwnProgress::Cancelled { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::Contact,
        money::{Currency, Money},
        project::{ProjectId, Terms},
    };
    use proptest::prelude::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn project(progress: OwnProgress, bid_count: i32) -> SellerProject {
        SellerProject {
            id: ProjectId(7),
            name: "A window".to_owned(),
            currency: Currency::Eur,
            lowest: None,
            bid_count,
            progress,
            winning_note: None,
        }
    }

    const fn terms(deadline: OffsetDateTime) -> Terms {
        Terms {
            budget: Money::from_minor(100, Currency::Eur),
            deadline,
        }
    }

    fn open(left: Duration, bid_count: i32) -> SellerProject {
        project(OwnProgress::Open(terms(NOW + left)), bid_count)
    }

    fn awarded(ago: Duration) -> SellerProject {
        let winner = Contact {
            name: "Ada".to_owned(),
            email: "ada@example.org".to_owned(),
        };
        let ended_at = NOW - ago;
        let terms = terms(ended_at);
        project(
            OwnProgress::Awarded {
                terms,
                winner,
                ended_at,
            },
            1,
        )
    }

    #[test]
    fn a_draft_has_to_be_published() {
        let draft = OwnProgress::Draft {
            budget: None,
            deadline: None,
        };
        assert_eq!(
            project(draft, 0).decision(NOW),
            Some(SellerDecision::Publish)
        );
    }

    #[test]
    fn a_seller_has_to_contact_the_winner_within_a_week() {
        let decision = Some(SellerDecision::ContactWinner);
        assert_eq!(awarded(Duration::ZERO).decision(NOW), decision);
        assert_eq!(awarded(Duration::days(6)).decision(NOW), decision);
        assert_eq!(awarded(NEW_RESULT).decision(NOW), None);
    }

    #[test]
    fn a_seller_has_nothing_to_do_about_a_project_that_ended_without_a_winner() {
        assert_eq!(open(Duration::ZERO, 0).decision(NOW), None);
        let (terms, ended_at) = (terms(NOW), NOW);
        for progress in [
            OwnProgress::Unawarded { terms, ended_at },
            OwnProgress::Cancelled { terms, ended_at },
        ] {
            assert_eq!(project(progress, 0).decision(NOW), None);
        }
    }

    proptest! {
        #[test]
        fn an_open_project_needs_its_seller_only_on_its_last_day_without_a_bid(minutes in 1..4_000_i64, bid_count in 0..3_i32) {
            let decision = open(Duration::minutes(minutes), bid_count).decision(NOW);
            let expected = (bid_count == 0 && minutes <= 24 * 60).then_some(SellerDecision::EndsWithoutBid);
            prop_assert_eq!(decision, expected);
        }
    }

    #[test]
    fn the_most_urgent_decision_comes_first() {
        let mut all = [
            SellerDecision::Publish,
            SellerDecision::EndsWithoutBid,
            SellerDecision::ContactWinner,
        ];
        all.sort_unstable();
        assert_eq!(all[0], SellerDecision::EndsWithoutBid);
        assert_eq!(all[2], SellerDecision::Publish);
    }
}
