//! The log of an account's sign-ins, for its owner.
//!
//! Invariant: an entry is committed before the session of its sign-in is stored, so no sign-in lacks one. The newest 200 of
//! an account are kept, for 90 days.

mod store;

pub use store::{forget_old, recent, record};

use std::net::IpAddr;
use time::OffsetDateTime;

/// How long entries are kept, in days.
pub const KEPT_DAYS: i32 = 90;
/// How many are listed.
pub const LISTED: i64 = 50;
/// How many entries of an account are kept.
pub const MAX_KEPT: i64 = 200;
/// The longest `User-Agent` that is stored, in characters.
const LONGEST_AGENT: usize = 500;

/// How somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInMethod<'a> {
    Password,
    /// The label of the provider that vouched for the person.
    Provider(&'a str),
    Passkey,
}

impl<'a> SignInMethod<'a> {
    /// What the log calls it; `None` for a password.
    const fn name(self) -> Option<&'a str> {
        match self {
            Self::Password => None,
            Self::Provider(label) => Some(label),
            Self::Passkey => Some("Passkey"),
        }
    }
}

/// A sign-in to be logged.
#[derive(Debug, Clone)]
pub struct NewSignIn<'a> {
    pub address: IpAddr,
    /// The `User-Agent` header; what is too long is cut off.
    pub user_agent: &'a str,
    pub method: SignInMethod<'a>,
    /// True if this browser had signed in to the account before.
    pub is_known: bool,
}

/// A sign-in to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    pub happened_at: OffsetDateTime,
    pub address: String,
    pub user_agent: String,
    /// The label of a provider, or “Passkey”; `None` for the account's password.
    pub provider: Option<String>,
    pub is_known: bool,
}
