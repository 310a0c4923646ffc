//! Sign-in flows: what is stored about visitors while they are at a provider.
//!
//! Flows have a table of their own and are not in the session: a session is read, changed and written as a whole, so
//! two concurrent answers could both use the same flow.

use super::store;
use crate::{Result, account::AccountId, receipt, store::Tx};
use time::OffsetDateTime;

/// Maximum number of flows in progress per session; a further one replaces the oldest.
pub(super) const MAX_FLOWS: i64 = 5;
/// How long a visitor may spend at the provider.
pub(super) const LIFE_SECS: f64 = 600.0;

/// Why a visitor is sent to a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowPurpose {
    /// To sign in or sign up.
    SignIn,
    /// To link an identity to this account, which is signed in.
    Link(AccountId),
    /// To confirm, through a linked identity, that the owner of this signed-in account is present.
    Again(AccountId),
}

impl FlowPurpose {
    /// The account that is signed in when the visitor leaves, and must still be signed in when the visitor returns.
    #[must_use]
    pub const fn account(self) -> Option<AccountId> {
        match self {
            Self::SignIn => None,
            Self::Link(account) | Self::Again(account) => Some(account),
        }
    }

    /// The name in the database.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Link(_) => "link",
            Self::Again(_) => "again",
        }
    }

    /// Parses what the database holds; `None` for combinations that its constraints forbid.
    pub(super) fn of(name: &str, account: Option<AccountId>) -> Option<Self> {
        match (name, account) {
            ("sign_in", None) => Some(Self::SignIn),
            ("link", Some(account)) => Some(Self::Link(account)),
            ("again", Some(account)) => Some(Self::Again(account)),
            _ => None,
        }
    }
}

/// What is stored about a visitor sent to a provider, until the provider answers.
#[derive(Clone, PartialEq, Eq)]
pub struct Flow {
    /// The provider's name, as in its URLs.
    pub provider: String,
    pub purpose: FlowPurpose,
    /// The provider returns it inside the ID token (OpenID Connect Core, section 3.1.2.1).
    pub nonce: String,
    /// Proves that the client exchanging the code is the one that requested it (RFC 7636).
    pub code_verifier: String,
    /// Where the visitor continues afterwards, at most 2000 characters; empty for the default page.
    pub next: String,
}

impl std::fmt::Debug for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flow")
            .field("provider", &self.provider)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

/// Stores the flow under its `state` for ten minutes, bound to the session with this token. A session keeps its five
/// latest flows.
///
/// # Errors
/// `Refused(StalePage)` if the session has ended in the meantime.
pub async fn begin_flow(tx: &mut Tx<'_>, session: &[u8], state: &str, flow: &Flow) -> Result<()> {
    store::forget_oldest_flows(tx, session, MAX_FLOWS - 1).await?;
    if store::insert_flow(tx, session, state, flow, LIFE_SECS).await? {
        Ok(())
    } else {
        Err(receipt::Refusal::StalePage.into())
    }
}

/// Removes and returns the flow with this `state`, and when it began. Each flow can be taken once, even by concurrent
/// requests. `None` if the flow never existed, was used, has expired, or belongs to another session or provider.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn take_flow(
    tx: &mut Tx<'_>,
    session: &[u8],
    provider: &str,
    state: &str,
) -> Result<Option<(Flow, OffsetDateTime)>> {
    store::take_flow(tx, session, provider, state).await
}

/// Deletes up to a thousand expired flows and returns how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn end_expired_flows(db: &mut crate::store::Connection) -> Result<u64> {
    store::delete_expired_flows(db).await
}
