//! Why no address is created.

use crate::error::{ErrorKind, Refuse};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(
        "The address was already created, and it is shown only once. If you have no copy of it, create another one."
    )]
    MadeAlready,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::MadeAlready => "calendar-feed-made-already",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::MadeAlready => ErrorKind::Conflict,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::MadeAlready => None,
        }
    }
}
