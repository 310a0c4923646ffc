//! How a capability says that one of its rules refused a request.

use super::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, sync::Arc};

/// Implemented by the `Refusal` enum of each capability, with a match that names every variant. Its message tells
/// people what happened and what to do next.
pub trait Refuse: std::error::Error + Send + Sync + 'static {
    /// A code in lower case with hyphens. Programs see it as the last part of a problem's `type`, and receipts store it, so it
    /// never changes. Two capabilities may share a code if it means the same in both.
    fn code(&self) -> &'static str;

    fn kind(&self) -> ErrorKind;

    /// The field of the form that the rule is about.
    fn field(&self) -> Option<&'static str>;
}

/// A request that a rule of a capability refused. It holds all that pages, the API and receipts need, so none of them
/// matches on a capability's own refusals.
///
/// Receipts store its serialized form for a day.
#[derive(Debug, Clone, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct Refusal {
    code: Cow<'static, str>,
    kind: ErrorKind,
    field: Option<Cow<'static, str>>,
    message: String,
    /// The capability's own value; a receipt does not store it.
    #[serde(skip)]
    reason: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Refusal {
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// The capability's own value, for use cases that continue after a refusal they expect. `None` if the refusal is
    /// another capability's or was read from a receipt.
    #[must_use]
    pub fn reason<R: Refuse>(&self) -> Option<&R> {
        self.reason.as_deref()?.downcast_ref()
    }
}

/// Ignores `reason`, so that a refusal read from a receipt equals the original.
impl PartialEq for Refusal {
    fn eq(&self, other: &Self) -> bool {
        (&self.code, self.kind, &self.field, &self.message)
            == (&other.code, other.kind, &other.field, &other.message)
    }
}

impl Eq for Refusal {}

impl<R: Refuse> From<R> for Refusal {
    fn from(reason: R) -> Self {
        Self {
            code: Cow::Borrowed(reason.code()),
            kind: reason.kind(),
            field: reason.field().map(Cow::Borrowed),
            message: reason.to_string(),
            reason: Some(Arc::new(reason)),
        }
    }
}

impl<R: Refuse> From<R> for Error {
    fn from(reason: R) -> Self {
        Self::Refused(reason.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The refusals of a capability that exists only in this test.
    #[derive(Debug, PartialEq, Eq, thiserror::Error)]
    enum HallRefusal {
        #[error("The hall is full; come back tomorrow.")]
        HallIsFull,
    }

    impl Refuse for HallRefusal {
        fn code(&self) -> &'static str {
            match self {
                Self::HallIsFull => "hall-is-full",
            }
        }

        fn kind(&self) -> ErrorKind {
            match self {
                Self::HallIsFull => ErrorKind::Conflict,
            }
        }

        fn field(&self) -> Option<&'static str> {
            match self {
                Self::HallIsFull => Some("hall"),
            }
        }
    }

    #[test]
    fn an_enum_that_implements_refuse_becomes_an_error_and_can_be_read_back() {
        let error = Error::from(HallRefusal::HallIsFull);
        assert_eq!(
            (error.code(), error.kind(), &*error.to_string()),
            (
                "hall-is-full",
                ErrorKind::Conflict,
                "The hall is full; come back tomorrow."
            )
        );
        assert_eq!(error.refused(), Some(&HallRefusal::HallIsFull));
        assert_eq!(error.refused::<crate::bid::Refusal>(), None);
    }

    #[test]
    fn a_stored_refusal_equals_the_original_but_has_no_reason() {
        let refusal = Refusal::from(HallRefusal::HallIsFull);
        let stored = serde_json::to_string(&refusal).unwrap();
        let read: Refusal = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, refusal);
        assert_eq!(read.reason::<HallRefusal>(), None);
    }
}
