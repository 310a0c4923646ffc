//! Visitors on their way to a provider and back.

use super::store;
use crate::{Refusal, Result, account::AccountId, store::Tx};
use time::OffsetDateTime;

/// How many flows a session may have under way; the oldest gives way.
pub(super) const MOST: i64 = 5;
/// How long a visitor may take at the provider.
pub(super) const LIFE_SECS: f64 = 600.0;

/// What a visitor is sent to a provider for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To sign in, or up.
    SignIn,
    /// To link an identity to this account, which is signed in.
    Link(AccountId),
    /// To prove by an identity that opens this account, which is signed in, that its owner is there at this moment.
    Again(AccountId),
}

impl Purpose {
    /// Who is signed in when the visitor goes, and must be when it comes back.
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

    /// What the database has; `None` for what its constraints forbid.
    pub(super) fn of(name: &str, account: Option<AccountId>) -> Option<Self> {
        match (name, account) {
            ("sign_in", None) => Some(Self::SignIn),
            ("link", Some(account)) => Some(Self::Link(account)),
            ("again", Some(account)) => Some(Self::Again(account)),
            _ => None,
        }
    }
}

/// What is kept of a visitor who is sent to a provider, until the answer comes.
#[derive(Clone, PartialEq, Eq)]
pub struct Flow {
    /// The provider by the name in its addresses.
    pub provider: String,
    pub purpose: Purpose,
    /// Comes back inside the ID token (OpenID Connect Core, section 3.1.2.1).
    pub nonce: String,
    /// Proves that who exchanges the code is who asked for it (RFC 7636).
    pub code_verifier: String,
    /// Where the visitor goes on to, at most 2000 characters; empty for the usual place.
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

/// Keeps the flow under its `state`, bound to the session with this token, for ten minutes. Of more than five the oldest
/// are forgotten.
///
/// # Errors
/// `Refused(StalePage)` when the session ended meanwhile.
pub async fn begin_flow(tx: &mut Tx<'_>, session: &[u8], state: &str, flow: &Flow) -> Result<()> {
    store::forget_oldest_flows(tx, session, MOST - 1).await?;
    if store::insert_flow(tx, session, state, flow, LIFE_SECS).await? {
        Ok(())
    } else {
        Err(Refusal::StalePage.into())
    }
}

/// Takes the flow with this `state` away, so that it is good once, whoever else asks at the same moment; answers also when
/// it began. `None` when there is none: it never was, was used, is too old, or belongs to another session or provider.
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

/// Forgets up to a thousand flows that nobody came back from; answers how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn end_expired_flows(db: &mut crate::store::Connection) -> Result<u64> {
    store::delete_expired_flows(db).await
}
