//! Visitors on their way to a provider and back.

use super::store;
use crate::{Refusal, Result, account::AccountId, store::Tx};

/// How many flows a session may have under way; the oldest gives way.
pub(super) const MOST: i64 = 5;
/// How long a visitor may take at the provider.
pub(super) const LIFE_SECS: f64 = 600.0;

/// What is kept of a visitor who is sent to a provider, until the answer comes.
#[derive(Clone, PartialEq, Eq)]
pub struct Flow {
    /// The provider by the name in its addresses.
    pub provider: String,
    /// Whose account the identity is to be linked to; `None` for a sign-in.
    pub account: Option<AccountId>,
    /// Comes back inside the ID token (OpenID Connect Core, section 3.1.2.1).
    pub nonce: String,
    /// Proves that who exchanges the code is who asked for it (RFC 7636).
    pub code_verifier: String,
    /// Where the visitor goes on to; empty for the usual place.
    pub next: String,
}

impl std::fmt::Debug for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flow")
            .field("provider", &self.provider)
            .field("account", &self.account)
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

/// Takes the flow with this `state` away, so that it is good once, whoever else asks at the same moment. `None` when there
/// is none: it never was, was used, is too old, or belongs to another session or provider.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn take_flow(
    tx: &mut Tx<'_>,
    session: &[u8],
    provider: &str,
    state: &str,
) -> Result<Option<Flow>> {
    store::take_flow(tx, session, provider, state).await
}

/// Forgets up to a thousand flows that nobody came back from; answers how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn end_expired_flows(db: &mut crate::store::Connection) -> Result<u64> {
    store::delete_expired_flows(db).await
}
