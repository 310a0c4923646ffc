//! OAuth 2 as RFC 9700 recommends it: programs that people register, and what other people allow them.
//!
//! Invariant: a code or refresh token can be used once. A second use ends everything issued under the same grant.
//!
//! A grant is what one person allowed one program at one time. Every code and refresh token belongs to a grant. A
//! request that uses one up locks the grant's row first, so of two concurrent requests one succeeds and the other
//! counts as a second use. The handler commits that refusal too, so that the grant stays ended.
//!
//! There is no grace period for a second use, because a thief may be as quick as the program. A program that retries
//! blindly must ask its user for consent again. `token` checks access tokens when they are used.

mod client;
mod code;
mod device;
mod error;
mod grant;
mod redirect;
mod refresh;
mod refusal;
mod revocation;
mod rules;
mod store;

pub use client::{
    Client, ClientId, ClientType, Credentials, MAX_CLIENTS, NewClient, act_as_owner, authenticate,
    change, delete, find_by_public_id, owned, owned_by_id, register, renew_all_secrets,
    renew_secret,
};
pub use code::{AuthorizationRequest, allow, allow_again, redeem};
pub use device::{
    DEVICE_LIFE, DeviceAuthorization, PendingDevice, UserCode, allow_device, deny_device,
    find_pending_device, poll, start_device_flow,
};
pub use error::{OauthError, OauthResult};
pub use grant::{
    AuthorizedProgram, IssuedTokens, allowed, has_consent, revoke_all_grants, revoke_grants,
};
pub use redirect::{Destination, RedirectUri, destination};
pub use refresh::refresh;
pub use refusal::Refusal;
pub use revocation::{ActiveToken, introspect, revoke};
pub use rules::{Challenge, Verifier};

use crate::{Result, store::Connection};
use time::Duration;

/// The lifetime of an access token.
pub const ACCESS_LIFE: Duration = Duration::hours(1);
/// The lifetime of an authorization code. It reaches the program through the browser at once.
const CODE_LIFE: Duration = Duration::seconds(60);
/// The lifetime of an unused refresh token; each use issues a new one.
const REFRESH_LIFE: Duration = Duration::days(30);
/// The lifetime of a grant, however often it is refreshed. After that, the program must ask for consent again.
const GRANT_LIFE: Duration = Duration::days(365);

/// Deletes expired codes, devices, refresh tokens, grants and deleted programs, up to a thousand of each (for grants, a
/// thousand expired and a thousand revoked). Returns the count for each.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn end_expired(db: &mut Connection) -> Result<[(&'static str, u64); 5]> {
    Ok([
        ("codes", store::code::delete_expired(db).await?),
        ("devices", store::device::delete_expired(db).await?),
        ("refresh tokens", store::refresh::delete_expired(db).await?),
        ("grants", store::grant::delete_ended(db).await?),
        ("programs", store::client::purge_deleted(db).await?),
    ])
}
