//! What a buyer offers, before the project's currency is known.
//!
//! The currency decides how many decimals an amount may have, so an offer becomes an amount only when the project's row
//! has been read. A program may name a `currency` beside its `amount`; it is compared at that point too. Everything
//! that is wrong with a JSON body is reported at once, unknown members included.
//!
//! Text of more than 400 bytes is parsed before it is queued, and so usually refused: no amount is that long.

use super::Note;
use crate::{
    Error, Result,
    field::{Check, FieldError, ValueError},
    money::{Currency, Money},
};

/// What a buyer offers: an amount, and perhaps a note to the seller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    amount: OfferedAmount,
    note: Result<Option<Note>, ValueError>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum OfferedAmount {
    Exact(Money),
    /// Text from a form.
    Typed(String),
    /// Members of an API request.
    Json(JsonOffer),
}

/// The members of a JSON body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JsonOffer {
    /// The amount as written in the JSON text; empty if it was missing.
    pub amount: String,
    /// The currency the client expects the project to have, if it names one.
    pub currency: Option<Currency>,
    /// Problems found before the project was known.
    pub errors: Vec<FieldError>,
}

impl JsonOffer {
    /// Checks every member, so that all problems are reported at once.
    fn amount_in(&self, currency: Currency) -> Result<Money> {
        let mut check = Check::default();
        let amount = match &*self.amount {
            "" | "null" => Err(ValueError::Missing),
            number => Money::from_json(number, currency),
        };
        let amount = check.take("amount", amount);
        if let Some(named) = self.currency.filter(|named| *named != currency) {
            let other = ValueError::OtherCurrency {
                typed: named.code().to_owned(),
                expected: currency,
            };
            check.take::<()>("currency", Err(other));
        }
        for error in &self.errors {
            check.take::<()>(&error.field, Err(error.problem.clone()));
        }
        check.finish()?;
        amount
            .ok_or_else(|| Error::unexpected("an amount is missing although no problem was found"))
    }
}

impl From<Money> for Offer {
    fn from(amount: Money) -> Self {
        OfferedAmount::Exact(amount).into()
    }
}

impl From<JsonOffer> for Offer {
    fn from(members: JsonOffer) -> Self {
        OfferedAmount::Json(members).into()
    }
}

impl From<OfferedAmount> for Offer {
    fn from(amount: OfferedAmount) -> Self {
        let note = Ok(None);
        Self { amount, note }
    }
}

/// Longer text cannot be an amount in any currency, unless it is padded with zeros.
const MAX_AMOUNT_BYTES: usize = 400;

impl Offer {
    /// An amount as typed into a form.
    #[must_use]
    pub fn from_input(amount: String) -> Self {
        OfferedAmount::Typed(amount).into()
    }

    /// The same offer with this note, or with the problem found in the note.
    #[must_use]
    pub fn with_note(self, note: Result<Option<Note>, ValueError>) -> Self {
        Self { note, ..self }
    }

    /// The note, if there is one and it is valid.
    #[must_use]
    pub fn note(&self) -> Option<&Note> {
        self.note.as_ref().ok()?.as_ref()
    }

    /// Refuses text that is too long to be an amount in any currency, so that it is not queued.
    ///
    /// # Errors
    /// `Invalid`.
    pub fn must_be_short(&self) -> Result<()> {
        let (text, named) = match &self.amount {
            OfferedAmount::Exact(_) => return Ok(()),
            OfferedAmount::Typed(text) => (text, None),
            OfferedAmount::Json(members) => (&members.amount, members.currency),
        };
        if text.len() <= MAX_AMOUNT_BYTES {
            return Ok(());
        }
        self.amount(named.unwrap_or_default()).map(|_| ())
    }

    /// Parses the amount in the project's currency.
    ///
    /// # Errors
    /// `Invalid` if it is not a valid amount in that currency, or the note is not valid.
    pub fn amount(&self, currency: Currency) -> Result<Money> {
        let amount = self.amount.in_currency(currency);
        let Err(problem) = &self.note else {
            return amount;
        };
        let mut errors = match amount {
            Err(Error::Invalid(errors)) => errors,
            Err(other) => return Err(other),
            Ok(_) => Vec::new(),
        };
        errors.push(FieldError::new("note", problem.clone()));
        Err(Error::Invalid(errors))
    }
}

impl OfferedAmount {
    fn in_currency(&self, currency: Currency) -> Result<Money> {
        let amount = match self {
            Self::Exact(amount) if amount.currency() == currency => Ok(*amount),
            Self::Exact(_) => Err(FieldError::new("currency", ValueError::NotAChoice)),
            Self::Typed(text) => or_amount_error(Money::parse(text, currency)),
            Self::Json(sent) => return sent.amount_in(currency),
        };
        amount.map_err(|error| Error::Invalid(vec![error]))
    }
}

fn or_amount_error(amount: Result<Money, ValueError>) -> Result<Money, FieldError> {
    amount.map_err(|problem| FieldError::new("amount", problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invalid_fields(offer: impl Into<Offer>, currency: Currency) -> Vec<String> {
        match offer.into().amount(currency) {
            Ok(_) => Vec::new(),
            Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.field).collect(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_currency_sent_with_an_amount_must_be_the_projects() {
        for sent in Currency::ALL {
            for project in Currency::ALL {
                let offer = JsonOffer {
                    amount: "50".to_owned(),
                    currency: Some(sent),
                    ..JsonOffer::default()
                };
                let expected: &[&str] = if sent == project { &[] } else { &["currency"] };
                assert_eq!(
                    invalid_fields(offer, project),
                    expected,
                    "{sent} on {project}"
                );
            }
        }
    }

    #[test]
    fn every_problem_of_an_offer_is_reported_at_once() {
        let offer = JsonOffer {
            amount: "null".to_owned(),
            currency: Some(Currency::Usd),
            errors: vec![FieldError::new("price", ValueError::UnknownMember)],
        };
        let offer = Offer::from(offer).with_note(Note::parse(&"a".repeat(501)));
        let expected = ["amount", "currency", "price", "note"];
        assert_eq!(invalid_fields(offer, Currency::Eur), expected);
    }

    #[test]
    fn an_offer_with_an_invalid_note_is_refused() {
        let offer = |note: &str| Offer::from_input("50".to_owned()).with_note(Note::parse(note));
        assert_eq!(invalid_fields(offer("a\0b"), Currency::Eur), ["note"]);
        assert_eq!(offer("a\0b").note(), None);
        assert_eq!(invalid_fields(offer("Two weeks"), Currency::Eur), [""; 0]);
        let note = offer("Two weeks")
            .note()
            .map(|note| note.as_str().to_owned());
        assert_eq!(note.as_deref(), Some("Two weeks"));
    }
}
