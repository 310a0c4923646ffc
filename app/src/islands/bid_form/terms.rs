//! The limits of a bid, and the form's texts about them.

use guildhall::money::{Currency, Money};

/// The limits of a bid.
#[derive(Clone, Copy)]
pub(super) struct BidLimits {
    pub currency: Currency,
    /// In minor units (cents), as is `own_minor`.
    pub budget_minor: i64,
    /// The buyer's own live bid.
    pub own_minor: Option<i64>,
}

impl BidLimits {
    /// The field's label.
    pub const fn label(&self) -> &'static str {
        match self.own_minor {
            Some(_) => "Bid lower",
            None => "Your bid",
        }
    }

    /// The field's help, without the amount that ends its sentence.
    pub const fn help(&self) -> &'static str {
        match (self.own_minor, self.currency) {
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

    /// The amount that ends the help.
    pub fn most(&self) -> Money {
        self.money(self.own_minor.unwrap_or(self.budget_minor))
    }

    const fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }

    /// The error in the typed amount, by the server's rules and with its message. The server checks the amount again.
    pub fn problem_with(&self, text: &str) -> Option<String> {
        match Money::parse(text, self.currency) {
            Err(problem) => Some(problem.to_string()),
            Ok(amount) => {
                let own = self.own_minor.map(|own| self.money(own));
                guildhall::bid::amount(amount, self.money(self.budget_minor), own)
                    .err()
                    .map(|refusal| refusal.to_string())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: BidLimits = BidLimits {
        currency: Currency::Eur,
        budget_minor: 180_000,
        own_minor: None,
    };

    #[test]
    fn an_amount_is_checked_by_the_rules_of_the_auction() {
        assert_eq!(TERMS.problem_with("1800"), None);
        assert_eq!(
            TERMS.problem_with("1800.01").as_deref(),
            Some("Your bid is over the €1,800.00 budget.")
        );
        assert_eq!(TERMS.problem_with("").as_deref(), Some("Fill this in."));
        let again = BidLimits {
            own_minor: Some(118_000),
            ..TERMS
        };
        assert_eq!(again.problem_with("1179,99"), None);
        assert_eq!(
            again.problem_with("1180").as_deref(),
            Some("You have bid €1,180.00; a new bid must be lower.")
        );
    }
}
