//! Why a form is not saved or sent, and what its seller can do instead.

use crate::error::{ErrorKind, Refuse};

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The form of a new project was sent before, perhaps with other contents.
    #[error(
        "You have already sent this form; your dashboard has its project. If you send it again, it makes another project."
    )]
    Sent,
    #[error(
        "You changed this form in another window. Go on there, or reload this page to see what you typed there."
    )]
    OtherWindow,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Sent => "form-sent",
            Self::OtherWindow => "form-in-other-window",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Sent | Self::OtherWindow => ErrorKind::Conflict,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::Sent | Self::OtherWindow => None,
        }
    }
}
