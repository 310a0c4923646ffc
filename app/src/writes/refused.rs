//! Refusals of writes, one type for islands and forms: kind, message, fields, and when to try again.
//!
//! One table gives each kind its status. Layers that answer before the function runs (session, CSRF check, body limit,
//! timeout, outage) use the same members, so an island reads every response in the same way.

use super::json::JsonText;
#[cfg(feature = "ssr")]
use guildhall::{Error, error::ErrorKind};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
#[cfg(feature = "ssr")]
use std::time::Duration;

/// What a caller can do about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// The session has ended. A form that the browser sends itself leads to the sign-in page and back.
    SignInRequired,
    NotAllowed,
    NotFound,
    /// It is too late for this.
    Closed,
    /// It conflicts with what is stored now.
    Conflict,
    /// Something must be confirmed first: the write, which may be a mistake, or the account's e-mail address. The
    /// response to a plain form is a page that asks for it.
    Unconfirmed,
    /// Fields have to be corrected.
    Invalid,
    TooMany,
    /// Try again later. Nobody knows whether this attempt took effect.
    Unavailable,
    /// A sign-in provider failed.
    BadGateway,
    /// Page and server have incompatible versions.
    Outdated,
    /// Any other failure, and any kind from a newer server that this program does not know.
    #[serde(other)]
    Failed,
}

impl RefusalKind {
    /// The corresponding HTTP status (RFC 9110, section 15).
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Outdated => 400,
            Self::SignInRequired => 401,
            Self::NotAllowed => 403,
            Self::NotFound => 404,
            Self::Closed => 405,
            Self::Conflict | Self::Unconfirmed => 409,
            Self::Invalid => 422,
            Self::TooMany => 429,
            Self::Failed => 500,
            Self::BadGateway => 502,
            Self::Unavailable => 503,
        }
    }
}

#[cfg(feature = "ssr")]
impl RefusalKind {
    /// The kind for a status that did not come from an [`Error`], such as a body that is too large.
    #[must_use]
    pub const fn of_status(status: u16) -> Self {
        match status {
            401 => Self::SignInRequired,
            403 => Self::NotAllowed,
            404 => Self::NotFound,
            405 => Self::Closed,
            409 => Self::Conflict,
            429 => Self::TooMany,
            502 => Self::BadGateway,
            503 => Self::Unavailable,
            500.. => Self::Failed,
            _ => Self::Invalid,
        }
    }
}

/// An error's kind. Its status is [`RefusalKind::status`].
#[cfg(feature = "ssr")]
impl From<&Error> for RefusalKind {
    fn from(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::SignInRequired => Self::SignInRequired,
            ErrorKind::NotAllowed => Self::NotAllowed,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::TooLate => Self::Closed,
            ErrorKind::Conflict => Self::Conflict,
            ErrorKind::Unconfirmed => Self::Unconfirmed,
            ErrorKind::Invalid => Self::Invalid,
            ErrorKind::TooMany => Self::TooMany,
            ErrorKind::ProviderFailed => Self::BadGateway,
            ErrorKind::Unavailable => Self::Unavailable,
            ErrorKind::Failed => Self::Failed,
        }
    }
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldMessage {
    pub field: String,
    pub message: String,
}

/// A refused write. Other parts of the server, such as its guard during an outage, answer with the same members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub kind: RefusalKind,
    pub message: String,
    /// The fields to correct, in the order of the form.
    #[serde(default, rename = "errors")]
    pub fields: Vec<FieldMessage>,
    /// In seconds.
    #[serde(default)]
    pub retry_after: Option<u64>,
}

impl Refused {
    /// A refusal that is not about fields.
    #[must_use]
    pub fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            fields: Vec::new(),
            retry_after: None,
        }
    }

    /// The refusal for a page and a server of different versions. The island then lets the browser send the form.
    #[must_use]
    pub fn outdated() -> Self {
        Self::new(
            RefusalKind::Outdated,
            "Guildhall was updated after you opened this page. Press the button again; what you entered is kept.",
        )
    }

    /// The error of this field, if any.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|error| error.field == name)
            .map(|error| error.message.as_str())
    }
}

#[cfg(feature = "ssr")]
impl From<&Error> for Refused {
    fn from(error: &Error) -> Self {
        let fields = match error {
            Error::Invalid(errors) => errors
                .iter()
                .map(|error| FieldMessage {
                    field: error.field.clone(),
                    message: error.message(),
                })
                .collect(),
            Error::Refused(refusal) => refusal
                .field()
                .map(|field| FieldMessage {
                    field: field.to_owned(),
                    message: refusal.to_string(),
                })
                .into_iter()
                .collect(),
            _ => Vec::new(),
        };
        Self {
            kind: RefusalKind::from(error),
            message: error.to_string(),
            fields,
            retry_after: error.retry_after().map(in_seconds),
        }
    }
}

/// A wait as the value of `Retry-After` (RFC 9110, section 10.2.3): whole seconds, at least one.
#[cfg(feature = "ssr")]
#[must_use]
pub fn in_seconds(wait: Duration) -> u64 {
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    u64::try_from(seconds).unwrap_or(u64::MAX)
}

impl FromServerFnError for Refused {
    type Encoder = JsonText;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::UnsupportedRequestMethod(_)
            // A response that this version can't read.
            | ServerFnErrorErr::Deserialization(_) => Self::outdated(),
            // No response. The form's key makes another attempt safe.
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => Self::new(
                RefusalKind::Unavailable,
                "The server could not be reached, so this may not have been done. Try again.",
            ),
            ServerFnErrorErr::Registration(_)
            | ServerFnErrorErr::ServerError(_)
            | ServerFnErrorErr::MiddlewareError(_)
            | ServerFnErrorErr::Serialization(_) => {
                Self::new(RefusalKind::Failed, "Something went wrong on our side.")
            }
        }
    }
}
