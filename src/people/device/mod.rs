//! Device cookies (OWASP): browsers that have opened an account or signed in to it.
//!
//! Invariant: a device vouches for an account only after the sign-up that created it or a sign-in to it, and opens nothing by
//! itself. A trusted one stands in for the code of a second factor, never for the first.
//!
//! - The cookie is signed with HMAC-SHA256 and a key that all processes read from the database, and is valid for a
//!   year. It is set after every sign-up and every successful sign-in, so it tells nobody whether an e-mail is known.
//! - Until the address of an account is confirmed, its password opens it only in a browser that it knows.
//! - Once it is confirmed, an attempt from such a browser counts against that browser alone. After ten wrong passwords it counts as a
//!   stranger.
//! - "Sign out everywhere else" and a new password revoke the account's other devices.
//! - A browser may show an account's notices while the site is closed (`webhook`). This ends when the browser is
//!   revoked, signs out, or signs in to another account, because two people may share it, or when its session is ended
//!   elsewhere.
//! - The cookie gets a new number whenever it vouches for another account, so a planted cookie is worthless.
//!
//! The server sets the cookies.

mod signature;
mod store;

pub use signature::Signer;
pub(crate) use store::{
    account_with, count_a_try, end_push_of, forgive, is_known, is_trusted, push_of, set_push,
    take_back_a_try,
};
pub use store::{end_expired, end_push, end_trust, trust, trusted, unconfirmed_account};

use crate::{
    Result,
    account::{self, AccountId},
    event::{self, EventKind},
    random,
    store::{Connection, Tx},
};
use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

/// A browser, identified by the random number in its cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct DeviceId(pub(crate) Uuid);

impl DeviceId {
    fn random() -> Result<Self> {
        random::uuid().map(Self)
    }
}

/// How many days a browser is remembered after its last sign-in.
pub const REMEMBERED_DAYS: i32 = 365;
/// How many wrong passwords a device may enter before it counts as a stranger: enough for an owner who mistypes, and
/// the most guesses that a stolen cookie is worth.
pub(crate) const TRIES: i32 = 10;
/// For how many days a trusted device is not asked for a code of the second factor.
pub const TRUSTED_DAYS: i32 = 30;
/// The longest `User-Agent` that is stored, in characters.
const LONGEST_AGENT: usize = 500;
/// Maximum number of devices per account; a further one replaces the least recently used.
const MAX_DEVICES: i64 = 20;

/// A browser that is not asked for a code of the second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedDevice {
    pub user_agent: String,
    pub trusted_until: OffsetDateTime,
}

/// A browser that has just signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RememberedDevice {
    /// The number its cookie must hold from now on.
    pub id: DeviceId,
    /// True if it had signed in to the account before.
    pub is_known: bool,
}

/// Remembers that this browser signed in to the account. Its number changes whenever the device vouches for one more
/// account, so that a cookie planted earlier is worthless.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn remember(
    tx: &mut Tx<'_>,
    current: Option<DeviceId>,
    account: AccountId,
) -> Result<RememberedDevice> {
    account::hold(tx, account).await?;
    if let Some(id) = current
        && store::renew(tx, id, account).await?
    {
        end_push(tx, id, Some(account)).await?;
        return Ok(RememberedDevice { id, is_known: true });
    }
    if let Some(current) = current {
        end_push(tx, current, None).await?;
    }
    if store::is_surprising(tx, account).await? {
        event::record(tx, EventKind::BrowserAdded, None, Some(account), json!({})).await?;
    }
    let id = introduce(tx, current, account).await?;
    store::drop_beyond(tx, account, MAX_DEVICES).await?;
    Ok(RememberedDevice {
        id,
        is_known: false,
    })
}

/// Makes this browser known to an account that it does not know yet, for example because it has just signed up. Returns
/// the number that its cookie must hold from now on.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn introduce(
    tx: &mut Tx<'_>,
    current: Option<DeviceId>,
    account: AccountId,
) -> Result<DeviceId> {
    let device = DeviceId::random()?;
    if let Some(current) = current {
        store::rename(tx, current, device).await?;
    }
    store::insert(tx, device, account).await?;
    Ok(device)
}

/// Forgets every browser that signed in to the account, except the one to keep.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_others(
    db: &mut Connection,
    account: AccountId,
    except: Option<DeviceId>,
) -> Result<()> {
    store::delete_others(db, account, except).await
}
