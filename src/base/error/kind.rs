use serde::{Deserialize, Serialize};

/// What a caller can do about an error. Pages and the API map each kind to one status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    SignInRequired,
    NotAllowed,
    NotFound,
    /// A deadline has passed.
    TooLate,
    /// The request conflicts with what is now stored.
    Conflict,
    /// A confirmation is missing: that the request is meant, because it may be a mistake, or that the account's e-mail
    /// address is its owner's.
    Unconfirmed,
    /// The request has to be corrected.
    Invalid,
    /// The caller sent too many requests or has stored too much; the error says how long to wait.
    TooMany,
    /// A provider that people sign in with failed.
    ProviderFailed,
    /// Try again later.
    Unavailable,
    /// An internal error.
    Failed,
}
