use crate::{
    Error, Result,
    field::{Check, FieldError, Problem},
    money::{Currency, Money},
};

/// What a buyer offers. How much it is shows when the project is known: its currency says how many decimals there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    Exact(Money),
    /// As a person typed it.
    Typed(String),
    /// As a program sent it.
    Json(JsonOffer),
}

/// The members of a JSON body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JsonOffer {
    /// The amount, as the value stands in the text; empty where none was sent.
    pub amount: String,
    /// The currency that the program takes the project to be in, if it says so.
    pub currency: Option<Currency>,
    /// What was wrong with members before the project was known.
    pub errors: Vec<FieldError>,
}

impl JsonOffer {
    /// Every member is checked, so that all that is wrong is named at once.
    fn amount_in(&self, currency: Currency) -> Result<Money> {
        let mut check = Check::default();
        let amount = match &*self.amount {
            "" | "null" => Err(Problem::Missing),
            number => Money::from_json(number, currency),
        };
        let amount = check.take("amount", amount);
        if let Some(typed) = self.currency.filter(|typed| *typed != currency) {
            let other = Problem::OtherCurrency {
                typed: typed.code().to_owned(),
                expected: currency,
            };
            check.take::<()>("currency", Err(other));
        }
        for error in &self.errors {
            check.take::<()>(&error.field, Err(error.problem.clone()));
        }
        check.finish()?;
        amount.ok_or_else(|| Error::unexpected("an amount without a problem is none"))
    }
}

impl From<Money> for Offer {
    fn from(amount: Money) -> Self {
        Self::Exact(amount)
    }
}

/// The longest text of an amount, in bytes: no currency has one of as many digits.
const LONGEST: usize = 400;

impl Offer {
    /// Whether it is worth being decided: what is longer than any amount is none, whichever the currency.
    ///
    /// # Errors
    /// `Invalid`.
    pub fn must_be_short(&self) -> Result<()> {
        match self {
            Self::Typed(text) | Self::Json(JsonOffer { amount: text, .. })
                if text.len() > LONGEST =>
            {
                self.amount(Currency::default()).map(|_| ())
            }
            _ => Ok(()),
        }
    }

    /// The amount, in the currency of the project.
    ///
    /// # Errors
    /// `Invalid` for what is no amount in it.
    pub fn amount(&self, currency: Currency) -> Result<Money> {
        let amount = match self {
            Self::Exact(amount) if amount.currency() == currency => Ok(*amount),
            Self::Exact(_) => Err(FieldError::new("currency", Problem::NotAChoice)),
            Self::Typed(text) => at_amount(Money::parse(text, currency)),
            Self::Json(sent) => return sent.amount_in(currency),
        };
        amount.map_err(|error| Error::Invalid(vec![error]))
    }
}

fn at_amount(amount: Result<Money, Problem>) -> Result<Money, FieldError> {
    amount.map_err(|problem| FieldError::new("amount", problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(offer: JsonOffer, currency: Currency) -> Vec<String> {
        match Offer::Json(offer).amount(currency) {
            Ok(_) => Vec::new(),
            Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.field).collect(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_currency_beside_an_amount_has_to_be_the_projects() {
        for said in Currency::ALL {
            for project in Currency::ALL {
                let offer = JsonOffer {
                    amount: "50".to_owned(),
                    currency: Some(said),
                    ..JsonOffer::default()
                };
                let expected: &[&str] = if said == project { &[] } else { &["currency"] };
                assert_eq!(wrong(offer, project), expected, "{said} on {project}");
            }
        }
    }

    #[test]
    fn all_that_is_wrong_with_an_offer_is_named_at_once() {
        let offer = JsonOffer {
            amount: "null".to_owned(),
            currency: Some(Currency::Usd),
            errors: vec![FieldError::new("note", Problem::UnknownMember)],
        };
        assert_eq!(wrong(offer, Currency::Eur), ["amount", "currency", "note"]);
    }
}
