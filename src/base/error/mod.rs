//! What can come of asking the marketplace for something, by meaning.
//! Invariant: closed; a door maps every variant in one table and adds none.
//! Ends where words are laid out: pages and the API do that.

use crate::{field::FieldError, money::Money, quota};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The answer of every verb.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the marketplace did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("Sign in first.")]
    SignInRequired,
    #[error("Your account may not do this.")]
    NotAllowed,
    /// The token allows other things than this.
    #[error("This needs a token with the scope {scope}.")]
    ScopeMissing { scope: &'static str },
    #[error("There is nothing here, or it is not yours to see.")]
    NotFound,
    #[error("Some of the fields need another look.")]
    Invalid(Vec<FieldError>),
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A provider that people sign in with could not be reached, or gave an answer that makes no sense.
    #[error(
        "{provider} did not give a usable answer. Nothing was changed; try again in a minute, or sign in another way."
    )]
    ProviderFailed { provider: String },
    /// This one asked too often.
    #[error("Too many tries; wait {} and try again.", in_words(*.retry_after))]
    TooManyTries { retry_after: Duration },
    /// As much was stored as may be for now: by the account, or from where it asks.
    #[error("{0}")]
    QuotaReached(quota::Reached),
    /// The marketplace has more to do than it can at the moment.
    #[error("Guildhall is very busy at the moment. Check whether your request went through, or try again in {}.", in_words(*.retry_after))]
    Busy { retry_after: Duration },
    /// The database does not answer.
    #[error("{}", unreachable_text(*.may_be_stored, *.retry_after))]
    Unreachable {
        /// The request was under way when the database went silent, so nobody knows what came of it.
        may_be_stored: bool,
        retry_after: Duration,
    },
    /// The disk is nearly full; what is less urgent than bids waits first.
    #[error("Guildhall's disk is nearly full, so {what} can't be stored at the moment. This request stored nothing; try again in {}.", in_words(*.retry_after))]
    NoSpace {
        what: &'static str,
        retry_after: Duration,
    },
    /// Logged once, at the door; the visitor sees the request's id only.
    #[error("Something went wrong on our side.")]
    Unexpected(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Wraps what nobody expected, with its chain.
    pub fn unexpected(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unexpected(source.into())
    }

    /// When it makes sense to ask again, where that is known.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyTries { retry_after }
            | Self::QuotaReached(quota::Reached { retry_after, .. })
            | Self::Busy { retry_after }
            | Self::Unreachable { retry_after, .. }
            | Self::NoSpace { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }

    /// Whether asking the same again may come out otherwise.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
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

/// A rule of the auction said no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    #[error("The deadline has passed; no bid is accepted any more.")]
    DeadlinePassed,
    #[error("This project is not open for bids.")]
    NotOpen,
    #[error("The budget is {budget}; bid that or less.")]
    AboveBudget { budget: Money },
    #[error("You have bid {own}; a new bid must be lower.")]
    NotLower { own: Money },
    #[error("There is a bid already, so the project can't be cancelled.")]
    HasBids,
    #[error("This is no draft any more; what is published stays as it is.")]
    NotADraft,
    #[error("This page was out of date; check what it says now and send it again.")]
    StalePage,
    #[error("You have no bid on this project that could be withdrawn.")]
    NoBid,
    #[error("You have {most} drafts; publish or discard one first.")]
    TooManyDrafts { most: i64 },
    #[error("You have {most} access tokens; revoke one first.")]
    TooManyTokens { most: i64 },
    #[error(
        "The sign-in with {provider} could not be finished: its answer came too late, came twice, or does not fit what was asked. Start again."
    )]
    SignInNotFinished { provider: String },
    #[error("You did not allow {provider} to tell us who you are, so nothing was changed.")]
    ProviderDenied { provider: String },
    #[error(
        "{provider} does not say that your e-mail address is verified. Verify it there, or sign up with a password."
    )]
    EmailNotVerified { provider: String },
    #[error("This identity opens another account of Guildhall already; unlink it there first.")]
    IdentityTaken,
    #[error("Your account has {most} sign-in providers linked; unlink one first.")]
    TooManyIdentities { most: i64 },
    #[error(
        "This is the only way into your account; set a password or link another provider first."
    )]
    LastWayIn,
    #[error("Sign in with a provider again first, then do this within ten minutes.")]
    SignInAgain,
    #[error(
        "{provider} did not say that you signed in there just now, so nothing was changed. Try another provider that is linked."
    )]
    NotSignedInJustNow { provider: String },
    #[error(
        "Your identity at {provider} does not open the account that is signed in here, so nothing was changed. Sign out first to use it."
    )]
    NotThisAccount { provider: String },
    #[error(
        "This was sent from a page of another site, or of this one at an address without https, so nothing was done. Open the page here and send it again."
    )]
    OtherSite,
    #[error("Your account has a password already; change it instead.")]
    HasPassword,
    #[error("You have registered {most} programs; delete one first.")]
    TooManyPrograms { most: i64 },
}

impl Refusal {
    /// The field of the form that the rule is about, if it is about one.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::AboveBudget { .. } | Self::NotLower { .. } => Some("amount"),
            _ => None,
        }
    }
}

fn unreachable_text(may_be_stored: bool, wait: Duration) -> String {
    let wait = in_words(wait);
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

pub(crate) fn in_words(wait: Duration) -> String {
    match wait.as_secs().max(1) {
        1 => "a second".to_owned(),
        seconds @ 2..=90 => format!("{seconds} seconds"),
        seconds @ 91..=5400 => format!("{} minutes", seconds.div_ceil(60)),
        seconds => format!("{} hours", seconds.div_ceil(3600)),
    }
}

#[cfg(feature = "postgres")]
impl From<sqlx::Error> for Error {
    /// Named conditions become meaning; everything else is unexpected.
    fn from(error: sqlx::Error) -> Self {
        let code = error
            .as_database_error()
            .and_then(|e| e.code().map(|c| c.into_owned()));
        match (&error, code.as_deref()) {
            // A connection that was cut, by a restart or for being idle inside a transaction, is gone with its transaction.
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
