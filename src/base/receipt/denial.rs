use crate::{Error, bid, error::Refusal, field::FieldError, project};
use serde::{Deserialize, Deserializer, Serialize};

/// An error caused by the request itself, so that repeating the request gives the same answer. Other errors, such as
/// `Busy`, are transient and never stored.
///
/// Receipts store these variant names for a day: if you rename one, keep the old name as an alias for one release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Denial {
    NotAllowed,
    NotFound,
    Invalid(Vec<FieldError>),
    #[serde(deserialize_with = "refusal")]
    Refused(Refusal),
}

/// Deserializes a refusal. The previous version stored the variant names of a single enum. Only those of bids and projects
/// can occur, because only API calls store refusals. Once no server has run that version for a day, this function and the
/// `Deserialize` of both enums can go.
fn refusal<'de, D: Deserializer<'de>>(from: D) -> Result<Refusal, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum StoredRefusal {
        Current(Refusal),
        OfBid(bid::Refusal),
        OfProject(project::Refusal),
    }

    Ok(match StoredRefusal::deserialize(from)? {
        StoredRefusal::Current(refusal) => refusal,
        StoredRefusal::OfBid(reason) => reason.into(),
        StoredRefusal::OfProject(reason) => reason.into(),
    })
}

impl Denial {
    /// The denial to store for this error; `None` if the error is not stored.
    #[must_use]
    pub fn of(error: &Error) -> Option<Self> {
        match error {
            Error::NotAllowed => Some(Self::NotAllowed),
            Error::NotFound => Some(Self::NotFound),
            Error::Invalid(errors) => Some(Self::Invalid(errors.clone())),
            Error::Refused(refusal) => Some(Self::Refused(refusal.clone())),
            Error::SignInRequired
            | Error::ScopeMissing { .. }
            | Error::ProviderFailed { .. }
            | Error::TooManyTries { .. }
            | Error::QuotaReached(_)
            | Error::Busy { .. }
            | Error::Unreachable { .. }
            | Error::NoSpace { .. }
            | Error::Unexpected(_) => None,
        }
    }
}

impl From<Denial> for Error {
    fn from(denial: Denial) -> Self {
        match denial {
            Denial::NotAllowed => Self::NotAllowed,
            Denial::NotFound => Self::NotFound,
            Denial::Invalid(errors) => Self::Invalid(errors),
            Denial::Refused(refusal) => Self::Refused(refusal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        field::ValueError,
        money::{Currency, Money},
    };
    use std::time::Duration;

    #[test]
    fn a_stored_error_has_the_same_code_kind_and_message_when_read_back() {
        let budget = Money::from_minor(90_000, Currency::Gbp);
        let typed = "$".to_owned();
        let expected = Currency::Eur;
        for error in [
            Error::NotAllowed,
            Error::NotFound,
            Error::Invalid(vec![
                FieldError::new("amount", ValueError::OtherCurrency { typed, expected }),
                FieldError::new(
                    "name",
                    ValueError::TooLong {
                        most: 100,
                        has: 101,
                    },
                ),
            ]),
            bid::Refusal::DeadlinePassed.into(),
            bid::Refusal::AboveBudget { budget }.into(),
            project::Refusal::TooManyDrafts { most: 50 }.into(),
        ] {
            let denial = Denial::of(&error).expect("it is stored");
            let stored = serde_json::to_string(&denial).expect("JSON");
            let read: Denial = serde_json::from_str(&stored).expect("the same JSON");
            assert_eq!(read, denial, "{stored}");
            let read = Error::from(read);
            assert_eq!(
                (read.code(), read.kind(), read.to_string()),
                (error.code(), error.kind(), error.to_string())
            );
        }
    }

    #[test]
    fn refusals_stored_by_this_version_and_the_previous_one_are_read() {
        let budget = Money::from_minor(90_000, Currency::Gbp);
        let above: Refusal = bid::Refusal::AboveBudget { budget }.into();
        let own = Money::from_minor(5, Currency::Eur);
        for (stored, expected) in [
            (
                r#"{"refused":{"code":"above-budget","kind":"invalid","field":"amount","message":"Your bid is over the £900.00 budget."}}"#,
                above.clone(),
            ),
            (
                r#"{"refused":{"above_budget":{"budget":{"minor":90000,"currency":"GBP"}}}}"#,
                above,
            ),
            (
                r#"{"refused":{"not_lower":{"own":{"minor":5,"currency":"EUR"}}}}"#,
                bid::Refusal::NotLower { own }.into(),
            ),
            (
                r#"{"refused":"deadline_passed"}"#,
                bid::Refusal::DeadlinePassed.into(),
            ),
            (r#"{"refused":"not_open"}"#, bid::Refusal::NotOpen.into()),
            (r#"{"refused":"no_bid"}"#, bid::Refusal::NoBid.into()),
            (
                r#"{"refused":"has_bids"}"#,
                project::Refusal::HasBids.into(),
            ),
            (
                r#"{"refused":{"too_many_drafts":{"most":50}}}"#,
                project::Refusal::TooManyDrafts { most: 50 }.into(),
            ),
        ] {
            let read: Denial = serde_json::from_str(stored).expect(stored);
            assert_eq!(read, Denial::Refused(expected), "{stored}");
        }
    }

    #[test]
    fn a_transient_error_is_not_stored() {
        let retry_after = Duration::from_secs(1);
        for error in [
            Error::Busy { retry_after },
            Error::TooManyTries { retry_after },
            Error::unexpected("an internal error"),
        ] {
            assert!(
                Denial::of(&error).is_none() && error.is_transient(),
                "{error}"
            );
        }
    }
}
