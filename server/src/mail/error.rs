//! The outcome of sending a letter.

/// The relay took the letter, or it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What the relay answered, often with its own id of the message.
    pub answer: String,
}

/// Why a letter was not sent. The texts come from the relay or the network and are for operators.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The relay did not answer, or asked to be tried again later. If the connection broke at the very end, the letter
    /// may have been accepted all the same: a retry has the same `Message-ID`.
    #[error("temporary failure: {0}")]
    Temporary(String),
    /// The address accepts no mail at all: stop sending to it.
    #[error("the address was refused: {0}")]
    AddressRefused(String),
    /// No address accepts this letter, and a retry changes nothing.
    #[error("the letter was refused: {0}")]
    LetterRefused(String),
    /// The relay's settings are wrong: the sign-in, the certificate, the sender. That says nothing about the letter or
    /// its address, so retry as after a temporary failure; an operator has to act.
    #[error("the mail settings are wrong: {0}")]
    Misconfigured(String),
}

impl SendError {
    /// True if the same letter may be accepted later.
    #[must_use]
    pub const fn is_worth_retrying(&self) -> bool {
        matches!(self, Self::Temporary(_) | Self::Misconfigured(_))
    }

    /// The outcome's name in counts and logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Temporary(_) => "temporary",
            Self::AddressRefused(_) => "address-refused",
            Self::LetterRefused(_) => "letter-refused",
            Self::Misconfigured(_) => "misconfigured",
        }
    }
}
