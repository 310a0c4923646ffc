//! The limits of a bid, and the form's texts about them.

use guildhall::{
    field::ValueError,
    live::Lot,
    money::{Currency, Money},
};

/// The limits of a bid.
#[derive(Clone, Copy)]
pub(super) struct BidLimits {
    pub currency: Currency,
    /// In minor units (cents), as is `last_minor`.
    pub budget_minor: i64,
    /// The buyer's own last bid. The next must be lower, even if this one is withdrawn.
    pub last_minor: Option<i64>,
    pub is_withdrawn: bool,
}

impl BidLimits {
    /// The limits with the buyer's active bid in `lot` as the last one: it may have been placed, or become active
    /// again, in another window.
    pub const fn at(self, lot: &Lot) -> Self {
        match lot.own_minor {
            // A withdrawn bid still binds.
            None if self.is_withdrawn => self,
            // `None`: the bid was undone or withdrawn in another window. Only the server knows which, so it refuses an
            // amount that is too high.
            last_minor => Self {
                last_minor,
                is_withdrawn: false,
                ..self
            },
        }
    }

    /// The field's label.
    pub const fn label(&self) -> &'static str {
        match self.last_minor {
            Some(_) if !self.is_withdrawn => "Bid lower",
            _ => "Your bid",
        }
    }

    /// The field's help, without the amount that ends its sentence.
    pub const fn help(&self) -> &'static str {
        match (self.last_minor, self.currency) {
            (Some(_), _) if self.is_withdrawn => {
                "You withdrew your bid. A new one must be lower than"
            }
            (Some(_), _) => "A new bid replaces yours and must be lower than",
            (None, Currency::Eur) => "One fixed price in euro for the whole project, at most",
            (None, Currency::Usd) => "One fixed price in US dollars for the whole project, at most",
            (None, Currency::Gbp) => {
                "One fixed price in pounds sterling for the whole project, at most"
            }
            (None, Currency::Chf) => {
                "One fixed price in Swiss francs for the whole project, at most"
            }
        }
    }

    /// The amount that ends the help: the budget, or the last bid, which a new one must be below.
    pub fn limit(&self) -> Money {
        self.last().unwrap_or(self.budget())
    }

    /// Says which bid would lead and is within these limits.
    pub fn lead_text(&self, lot: &Lot) -> String {
        let below = |last: &Money, lowest: Money| lowest.minor() < last.minor();
        match (lot.lowest(), self.last()) {
            (Some(_), _) if lot.leads() => "Yours is the lowest.".to_owned(),
            (Some(lowest), last) if last.as_ref().is_none_or(|last| below(last, lowest)) => {
                ["Bid less than ", &lowest.to_string(), " to lead."].concat()
            }
            (_, Some(last)) => ["Any bid below ", &last.to_string(), " leads."].concat(),
            (_, None) => {
                let budget = self.budget().to_string();
                ["No active bids yet: any bid up to ", &budget, " leads."].concat()
            }
        }
    }

    fn budget(&self) -> Money {
        self.money(self.budget_minor)
    }

    fn last(&self) -> Option<Money> {
        self.last_minor.map(|last| self.money(last))
    }

    const fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }

    /// Checks the typed amount by the server's rules, and returns the server's message if it is wrong. The server
    /// checks it again.
    pub fn problem_with(&self, text: &str) -> Option<String> {
        match Money::parse(text, self.currency) {
            Err(ValueError::Missing) => Some("Enter an amount.".to_owned()),
            Err(problem) => Some(problem.to_string()),
            Ok(amount) => guildhall::bid::amount(amount, self.budget(), self.last())
                .err()
                .map(|refusal| refusal.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use guildhall::{
        live::Figures,
        project::{ProjectId, State},
    };

    const LIMITS: BidLimits = BidLimits {
        currency: Currency::Eur,
        budget_minor: 180_000,
        last_minor: None,
        is_withdrawn: false,
    };

    /// The limits after a bid of €1,180, which may have been withdrawn.
    const fn after_a_bid(is_withdrawn: bool) -> BidLimits {
        BidLimits {
            last_minor: Some(118_000),
            is_withdrawn,
            ..LIMITS
        }
    }

    /// A project whose lowest bid, if any, is Bidder 1's. `own_number` is the viewer's number; `None` without an
    /// active bid.
    fn lot(lowest_minor: Option<i64>, own_number: Option<i32>) -> Lot {
        Lot {
            own_number,
            ..Lot::public(&Figures {
                project: ProjectId(7),
                state: State::Open,
                bid_count: 1,
                lowest_minor,
                currency: Currency::Eur,
                leader: Some(1),
                winner: None,
                made: 4,
                newest: None,
            })
        }
    }

    #[test]
    fn a_lower_bid_in_another_window_lowers_the_limit() {
        let elsewhere = Lot {
            own_minor: Some(110_000),
            ..lot(Some(110_000), Some(1))
        };
        let limits = after_a_bid(false).at(&elsewhere);
        assert_eq!(limits.limit().to_string(), "€1,100.00");
        assert!(limits.problem_with("1150").is_some());
        assert_eq!(limits.problem_with("1099"), None);
        let first = LIMITS.at(&elsewhere);
        assert_eq!(first.label(), "Bid lower");
        assert_eq!(first.limit().to_string(), "€1,100.00");
        assert_eq!(first.lead_text(&elsewhere), "Yours is the lowest.");
    }

    #[test]
    fn a_bid_that_another_window_undid_no_longer_limits_the_next() {
        let restored = Lot {
            own_minor: Some(150_000),
            ..lot(Some(150_000), Some(1))
        };
        assert_eq!(after_a_bid(false).at(&restored).problem_with("1200"), None);
    }

    #[test]
    fn a_first_bid_that_another_window_undid_leaves_only_the_budget() {
        let limits = after_a_bid(false).at(&lot(None, None));
        assert_eq!(limits.problem_with("1800"), None);
        assert_eq!(limits.label(), "Your bid");
        let limits = after_a_bid(true).at(&lot(None, None));
        assert!(limits.problem_with("1180").is_some());
    }

    #[test]
    fn an_amount_is_checked_by_the_rules_of_the_auction() {
        assert_eq!(LIMITS.problem_with("1800"), None);
        assert_eq!(
            LIMITS.problem_with("1800.01").as_deref(),
            Some("Your bid is over the €1,800.00 budget.")
        );
        assert_eq!(LIMITS.problem_with("").as_deref(), Some("Enter an amount."));
        for again in [after_a_bid(false), after_a_bid(true)] {
            assert_eq!(again.problem_with("1.179,99"), None);
            for text in ["1180", "1,800.01"] {
                assert_eq!(
                    again.problem_with(text).as_deref(),
                    Some("You have bid €1,180.00; a new bid must be lower.")
                );
            }
        }
    }

    #[test]
    fn the_help_names_the_limit_that_is_in_force() {
        let help = |limits: BidLimits| format!("{} {}", limits.help(), limits.limit());
        assert_eq!(
            help(LIMITS),
            "One fixed price in euro for the whole project, at most €1,800.00"
        );
        assert_eq!(
            help(after_a_bid(false)),
            "A new bid replaces yours and must be lower than €1,180.00"
        );
        assert_eq!(
            help(after_a_bid(true)),
            "You withdrew your bid. A new one must be lower than €1,180.00"
        );
        assert_eq!(after_a_bid(true).label(), "Your bid");
    }

    #[test]
    fn the_bid_that_would_lead_is_named_within_the_limits() {
        for (limits, lot, text) in [
            (
                LIMITS,
                lot(None, None),
                "No active bids yet: any bid up to €1,800.00 leads.",
            ),
            (
                LIMITS,
                lot(Some(85_050), None),
                "Bid less than €850.50 to lead.",
            ),
            (
                after_a_bid(false),
                lot(Some(85_050), Some(2)),
                "Bid less than €850.50 to lead.",
            ),
            (
                after_a_bid(false),
                lot(Some(118_000), Some(1)),
                "Yours is the lowest.",
            ),
            // An equal amount does not take the lead: the earlier bid keeps it.
            (
                after_a_bid(false),
                lot(Some(118_000), Some(2)),
                "Any bid below €1,180.00 leads.",
            ),
            (
                after_a_bid(true),
                lot(None, None),
                "Any bid below €1,180.00 leads.",
            ),
            (
                after_a_bid(true),
                lot(Some(150_000), None),
                "Any bid below €1,180.00 leads.",
            ),
            (
                after_a_bid(true),
                lot(Some(85_050), None),
                "Bid less than €850.50 to lead.",
            ),
        ] {
            assert_eq!(limits.lead_text(&lot), text);
        }
    }
}
