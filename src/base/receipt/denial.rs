use crate::{Error, Refusal, field::FieldError};
use serde::{Deserialize, Serialize};

/// An error that is the request's own, so that it is answered in the same way when the request is sent again. Any other
/// error, such as `Busy`, may be gone by then, and is never kept.
///
/// Receipts hold its names for a day: if one is renamed, keep the old one as an alias for a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Denial {
    NotAllowed,
    NotFound,
    Invalid(Vec<FieldError>),
    Refused(Refusal),
}

impl Denial {
    /// What is kept of an error, if it is kept.
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
        field::Problem,
        money::{Currency, Money},
    };
    use std::time::Duration;

    #[test]
    fn what_is_kept_of_an_error_is_the_same_error_when_it_is_read_again() {
        let budget = Money::from_minor(90_000, Currency::Gbp);
        let typed = "$".to_owned();
        let expected = Currency::Eur;
        for error in [
            Error::NotAllowed,
            Error::NotFound,
            Error::Invalid(vec![
                FieldError::new("amount", Problem::OtherCurrency { typed, expected }),
                FieldError::new(
                    "name",
                    Problem::TooLong {
                        most: 100,
                        has: 101,
                    },
                ),
            ]),
            Refusal::DeadlinePassed.into(),
            Refusal::AboveBudget { budget }.into(),
            Refusal::TooManyDrafts { most: 50 }.into(),
        ] {
            let denial = Denial::of(&error).expect("it is kept");
            let stored = serde_json::to_string(&denial).expect("JSON");
            let read: Denial = serde_json::from_str(&stored).expect("the same JSON");
            assert_eq!(
                format!("{:?}", Error::from(read)),
                format!("{error:?}"),
                "{stored}"
            );
        }
    }

    #[test]
    fn an_error_that_may_be_gone_the_next_time_is_not_kept() {
        let retry_after = Duration::from_secs(1);
        for error in [
            Error::Busy { retry_after },
            Error::TooManyTries { retry_after },
            Error::unexpected("a fault of ours"),
        ] {
            assert!(
                Denial::of(&error).is_none() && error.is_passing(),
                "{error}"
            );
        }
    }
}
