//! Sessions: the little that is stored about a browser between requests, such as who is signed in.
//! Invariants: the database stores only a token's hash, and a session belongs to one account at most. Once all sessions of
//! an account have ended, no sign-in that was in progress begins another.
//! The server handles the cookies.

mod store;

use crate::{Error, Result, account::AccountId, device, store::Tx};
use serde_json::Value;
use time::OffsetDateTime;

pub use store::{
    SessionContents, SessionOwner, begin, end_expired, end_others, load, may_begin, of_account,
    remove, save,
};
pub(crate) use store::{device_of, exists, token_hash};

/// How long a signed-in session lasts after its last change, in days.
pub const SIGNED_IN_DAYS: i32 = 14;

/// A session's id, with which its owner can end it. It does not authenticate anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionId(pub i64);

/// A session as listed for its owner.
#[derive(Debug, Clone)]
pub struct Session {
    pub id: SessionId,
    pub user_agent: String,
    pub created_at: OffsetDateTime,
    pub seen_at: OffsetDateTime,
}

/// The data stored under a session token.
#[derive(Debug)]
pub struct StoredSession {
    pub data: Value,
    /// The account that is signed in, as it is now.
    pub account: Option<SessionAccount>,
    pub expires_at: OffsetDateTime,
}

/// What may have changed about a signed-in account since the session was stored.
#[derive(Debug)]
pub struct SessionAccount {
    pub name: String,
    pub has_confirmed_email: bool,
}

/// Where a session's data names the device of its browser.
pub const DEVICE: &str = "device";

/// Ends one of the account's sessions. Its browser no longer shows the account's notices, either.
///
/// # Errors
/// `NotFound` if the account has no such session.
pub async fn end(tx: &mut Tx<'_>, account: AccountId, session: SessionId) -> Result<()> {
    let ended = store::delete_of(tx, account, session).await?;
    match ended.ok_or(Error::NotFound)? {
        Some(device) => device::end_push_of(tx, device, account).await,
        None => Ok(()),
    }
}
