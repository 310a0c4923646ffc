use crate::{
    Error, Result,
    field::{FieldError, Problem},
    money::{Currency, Money},
};

/// What a buyer offers. How much it is shows when the project is known: its currency says how many decimals there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    Exact(Money),
    /// As a person typed it.
    Typed(String),
    /// As a JSON value stands in its text; nothing where none was sent.
    Json(String),
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
            Self::Typed(text) | Self::Json(text) if text.len() > LONGEST => {
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
            Self::Json(text) if text.is_empty() || text == "null" => {
                at_amount(Err(Problem::Missing))
            }
            Self::Json(text) => at_amount(Money::from_json(text, currency)),
        };
        amount.map_err(|error| Error::Invalid(vec![error]))
    }
}

fn at_amount(amount: Result<Money, Problem>) -> Result<Money, FieldError> {
    amount.map_err(|problem| FieldError::new("amount", problem))
}
