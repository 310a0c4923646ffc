//! The errors of the marketplace, by meaning.
//! Invariant: the set is closed, and each error has a code and a kind, from which pages and the API derive the status
//! and the problem type. Each capability has its own enum of refusals, which implements [`Refuse`].
//! Pages and the API render the errors.

mod kind;
mod refusal;

pub use kind::ErrorKind;
pub use refusal::{Refusal, Refuse};

use crate::{field::FieldError, quota};
use std::time::Duration;

/// The result of every use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the marketplace did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("Sign in first.")]
    SignInRequired,
    #[error("Your account doesn't have permission to do this.")]
    NotAllowed,
    /// The token lacks the scope for this.
    #[error("This needs a token with the scope {scope}.")]
    ScopeMissing { scope: &'static str },
    #[error("This doesn't exist, or you don't have access to it.")]
    NotFound,
    #[error("Some of the fields need another look.")]
    Invalid(Vec<FieldError>),
    /// A rule of a capability refused the request.
    #[error(transparent)]
    Refused(Refusal),
    /// A provider that people sign in with could not be reached, or gave an unusable answer.
    #[error(
        "{provider} did not give a usable answer. Nothing was changed; try again in a minute, or sign in another way."
    )]
    ProviderFailed { provider: String },
    /// The caller tried too often.
    #[error("Too many tries; wait {} and try again.", wait_text(*.retry_after))]
    TooManyTries { retry_after: Duration },
    /// A quota is used up: the account's, or that of its address or network.
    #[error("{0}")]
    QuotaReached(quota::ReachedQuota),
    /// The marketplace is overloaded.
    #[error("Guildhall is very busy at the moment. Check whether your request went through, or try again in {}.", wait_text(*.retry_after))]
    Busy { retry_after: Duration },
    /// The database does not answer.
    #[error("{}", unreachable_text(*.may_be_stored, *.retry_after))]
    Unreachable {
        /// The request was under way when the database stopped answering, so its outcome is unknown.
        may_be_stored: bool,
        retry_after: Duration,
    },
    /// The disk is nearly full. Whatever is less urgent than a bid is refused first.
    #[error("Guildhall's disk is nearly full, so {what} can't be stored at the moment. This request stored nothing; try again in {}.", wait_text(*.retry_after))]
    NoSpace {
        what: &'static str,
        retry_after: Duration,
    },
    /// Logged once, by the outermost layer; the visitor sees only the request's id.
    #[error("Something went wrong on our side.")]
    Unexpected(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Wraps an unexpected error, with its chain.
    pub fn unexpected(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unexpected(source.into())
    }

    /// Stable, in lower case with hyphens.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::SignInRequired => "sign-in-required",
            Self::NotAllowed => "not-allowed",
            Self::ScopeMissing { .. } => "scope-missing",
            Self::NotFound => "not-found",
            Self::Invalid(_) => "invalid-fields",
            Self::Refused(refusal) => refusal.code(),
            Self::ProviderFailed { .. } => "provider-failed",
            Self::TooManyTries { .. } => "too-many-requests",
            Self::QuotaReached(_) => "quota-reached",
            Self::Busy { .. } => "busy",
            Self::Unreachable { .. } => "database-unreachable",
            Self::NoSpace { .. } => "no-space",
            Self::Unexpected(_) => "unexpected",
        }
    }

    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::SignInRequired => ErrorKind::SignInRequired,
            Self::NotAllowed | Self::ScopeMissing { .. } => ErrorKind::NotAllowed,
            Self::NotFound => ErrorKind::NotFound,
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Refused(refusal) => refusal.kind(),
            Self::ProviderFailed { .. } => ErrorKind::ProviderFailed,
            Self::TooManyTries { .. } | Self::QuotaReached(_) => ErrorKind::TooMany,
            Self::Busy { .. } | Self::Unreachable { .. } | Self::NoSpace { .. } => {
                ErrorKind::Unavailable
            }
            Self::Unexpected(_) => ErrorKind::Failed,
        }
    }

    /// The capability's own value, as in [`Refusal::reason`]: `error.refused() == Some(&bid::Refusal::NoBid)`.
    #[must_use]
    pub fn refused<R: Refuse>(&self) -> Option<&R> {
        match self {
            Self::Refused(refusal) => refusal.reason(),
            _ => None,
        }
    }

    /// When to retry, if that is known.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyTries { retry_after }
            | Self::QuotaReached(quota::ReachedQuota { retry_after, .. })
            | Self::Busy { retry_after }
            | Self::Unreachable { retry_after, .. }
            | Self::NoSpace { retry_after, .. } => Some(*retry_after),
            Self::SignInRequired
            | Self::NotAllowed
            | Self::ScopeMissing { .. }
            | Self::NotFound
            | Self::Invalid(_)
            | Self::Refused(_)
            | Self::ProviderFailed { .. }
            | Self::Unexpected(_) => None,
        }
    }

    /// True if a retry may have a different outcome.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. }
                | Self::TooManyTries { .. }
                | Self::Unreachable { .. }
                | Self::NoSpace { .. }
                | Self::QuotaReached(_)
                | Self::Unexpected(_)
        )
    }
}

fn unreachable_text(may_be_stored: bool, wait: Duration) -> String {
    let wait = wait_text(wait);
    if may_be_stored {
        format!(
            "Guildhall lost the connection to its database while your request was under way. Wait {wait}, then check whether it went through before you send it again."
        )
    } else {
        format!(
            "Guildhall can't reach its database at the moment; nothing was stored. Try again in {wait}."
        )
    }
}

pub(crate) fn wait_text(wait: Duration) -> String {
    match wait.as_secs().max(1) {
        1 => "a second".to_owned(),
        seconds @ 2..=90 => format!("{seconds} seconds"),
        seconds @ 91..=5400 => format!("{} minutes", seconds.div_ceil(60)),
        seconds => format!("{} hours", seconds.div_ceil(3600)),
    }
}

#[cfg(feature = "postgres")]
impl From<sqlx::Error> for Error {
    /// Known conditions become specific errors; everything else is unexpected.
    fn from(error: sqlx::Error) -> Self {
        let code = error
            .as_database_error()
            .and_then(|e| e.code().map(|c| c.into_owned()));
        match (&error, code.as_deref()) {
            // If a restart or the timeout for idle transactions closes a connection, its transaction is rolled back.
            (sqlx::Error::PoolTimedOut | sqlx::Error::Io(_), _)
            // lock_not_available, query_canceled, idle_in_transaction_session_timeout (PostgreSQL, appendix A)
            // and serialization_failure, deadlock_detected, admin_shutdown, crash_shutdown, cannot_connect_now
            | (_, Some("55P03" | "57014" | "25P03" | "40001" | "40P01" | "57P01" | "57P02" | "57P03")) => Self::Busy { retry_after: Duration::from_secs(1) },
            // disk_full: the transaction is rolled back.
            (_, Some("53100")) => Self::NoSpace { what: "what you sent", retry_after: Duration::from_secs(10) },
            _ => Self::unexpected(error),
        }
    }
}
