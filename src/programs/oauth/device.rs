use super::{
    Client, IssuedTokens, OauthError, OauthResult, Refusal, client,
    grant::{self, FirstFetch, GrantEnd},
    rules::{USER_CODE_LENGTH, USER_CODE_LETTERS, usable, user_code},
    store::{client as clients, device as store, device::State, grant as grants},
};
use crate::{
    Error, Result,
    account::{self, Viewer},
    event::{self, EventKind},
    random,
    store::Tx,
    token::{Scopes, Secret, SecretHash, SecretKind},
};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use std::fmt;
use time::Duration;

/// How long a device code is valid.
pub const DEVICE_LIFE: Duration = Duration::minutes(10);
/// The initial polling interval, in seconds (RFC 8628, section 3.2).
const INTERVAL_SECS: i32 = 5;
/// How many user codes to try before giving up. With ten thousand pending devices, one draw in two million collides.
const DRAWS: usize = 5;

/// The code a person reads on the device and types into the page.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    /// Parses a code as typed; `None` if it is malformed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        user_code(text).map(Self)
    }

    fn generate() -> Result<Self> {
        let mut letters = String::new();
        while letters.len() < USER_CODE_LENGTH {
            let bytes = random::bytes::<32>()?;
            // 240 is the largest multiple of 20 that fits in a byte; higher values would favor some letters.
            let drawn = bytes.iter().filter(|byte| **byte < 240);
            let missing = USER_CODE_LENGTH - letters.len();
            letters.extend(
                drawn
                    .map(|byte| char::from(USER_CODE_LETTERS[usize::from(byte % 20)]))
                    .take(missing),
            );
        }
        Ok(Self(letters))
    }

    /// The code is so short that it can be recovered from its hash, but it opens nothing without a person's approval.
    fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(format!("user code {}", self.0)).to_vec())
    }
}

/// Displays the code in two groups, which are easier to type.
impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(self.0.len() / 2);
        write!(f, "{first}-{second}")
    }
}

/// Redacted: the code is a secret for ten minutes.
impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(…)")
    }
}

/// The answer to a device authorization request.
#[derive(Debug)]
pub struct DeviceAuthorization {
    pub device_code: Secret,
    pub user_code: UserCode,
    pub interval_secs: i32,
}

/// A pending device, as shown to the person.
#[derive(Debug, Clone)]
pub struct PendingDevice {
    pub user_code: UserCode,
    pub client: Client,
    /// Those of the requested scopes that the person's role can use.
    pub scopes: Scopes,
    /// The others.
    pub left_out: Scopes,
}

/// Starts the device flow (RFC 8628, section 3.1). The caller must check [`Client::must_have_device_flow`] first. No
/// event is recorded: the request belongs to nobody yet, and strangers could fill the outbox.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn start_device_flow(
    tx: &mut Tx<'_>,
    client: &Client,
    scopes: Scopes,
) -> Result<DeviceAuthorization> {
    let device_code = Secret::generate(SecretKind::DeviceCode)?;
    for _ in 0..DRAWS {
        let user_code = UserCode::generate()?;
        let row = store::NewDevice {
            hash: &device_code.hash(),
            user_code_hash: &user_code.hash(),
            client: client.id,
            scopes,
            interval_secs: INTERVAL_SECS,
            life: DEVICE_LIFE,
        };
        if store::insert(tx, &row).await? {
            return Ok(DeviceAuthorization {
                device_code,
                user_code,
                interval_secs: INTERVAL_SECS,
            });
        }
    }
    Err(Error::Busy {
        retry_after: std::time::Duration::from_secs(1),
    })
}

/// Finds the pending device with this user code. Every attempt is counted against the viewer before it is checked, and
/// waits grow with wrong attempts (RFC 8628, section 5.1).
///
/// # Errors
/// `NotFound` if no pending device has this code, `TooManyTries` after too many wrong codes, `Refused(NotForRole)` if the
/// viewer's role can use none of the scopes.
pub async fn find_pending_device(
    pool: &PgPool,
    viewer: &Viewer,
    typed: &str,
) -> Result<PendingDevice> {
    account::count_a_guess(pool, viewer.account).await?;
    let user_code = UserCode::parse(typed).ok_or(Error::NotFound)?;
    let db = &mut *pool.acquire().await?;
    let (client, requested) = store::waiting(db, &user_code.hash())
        .await?
        .ok_or(Error::NotFound)?;
    let client = clients::by_id(db, client)
        .await?
        .filter(|client| client.device_flow)
        .ok_or(Error::NotFound)?;
    // Forgive only this attempt: knowing one code must not give free guesses at others.
    account::take_back_a_guess(db, viewer.account).await?;
    let role = viewer.role;
    let scopes = usable(requested, role).map_err(|_| Refusal::NotForRole { role })?;
    Ok(PendingDevice {
        user_code,
        client,
        scopes,
        left_out: requested.without(scopes),
    })
}

/// Grants the device's request for the viewer.
///
/// # Errors
/// `NotFound` if the device is no longer pending.
pub async fn allow_device(tx: &mut Tx<'_>, viewer: &Viewer, asking: &PendingDevice) -> Result<()> {
    let hash = asking.user_code.hash();
    if !store::lock_waiting(tx, &hash).await? {
        return Err(Error::NotFound);
    }
    let scopes = asking.scopes;
    let first_fetch = FirstFetch::ByDevice;
    let grant = grant::begin(tx, viewer, &asking.client, scopes, first_fetch, None).await?;
    store::allow(tx, &hash, grant).await
}

/// Denies the device's request.
///
/// # Errors
/// `NotFound` if the device is no longer pending.
pub async fn deny_device(tx: &mut Tx<'_>, viewer: &Viewer, asking: &PendingDevice) -> Result<()> {
    if !store::deny(tx, &asking.user_code.hash()).await? {
        return Err(Error::NotFound);
    }
    event::record(
        tx,
        EventKind::DeviceDenied,
        None,
        Some(viewer.account),
        json!({ "program": asking.client.id.0 }),
    )
    .await
}

/// Answers a device's poll (RFC 8628, section 3.4). Tokens are issued once; as with a code, a second fetch revokes
/// everything the first one issued.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn poll(
    tx: &mut Tx<'_>,
    client: &Client,
    device_code: &str,
) -> OauthResult<IssuedTokens> {
    if let Err(denied) = client.must_have_device_flow() {
        return Ok(Err(denied));
    }
    let Some(hash) = Secret::parse(SecretKind::DeviceCode, device_code).map(|code| code.hash())
    else {
        return Ok(Err(OauthError::InvalidGrant));
    };
    if let Err(denied) = client::hold(tx, client).await? {
        return Ok(Err(denied));
    }
    let Some(device) = store::lock(tx, &hash).await? else {
        return Ok(Err(OauthError::InvalidGrant));
    };
    if device.client != client.id {
        return Ok(Err(OauthError::InvalidGrant));
    }
    match device.state {
        State::Used(grant) => {
            if let Some(grant) = grants::lock(tx, grant).await? {
                grant::end(tx, &grant, GrantEnd::CodeReused).await?;
            }
            Ok(Err(OauthError::CodeReused))
        }
        _ if device.is_expired => Ok(Err(OauthError::ExpiredToken)),
        State::Denied => Ok(Err(OauthError::AccessDenied)),
        State::Waiting => {
            store::note_poll(tx, &hash, device.is_too_soon).await?;
            Ok(Err(if device.is_too_soon {
                OauthError::SlowDown
            } else {
                OauthError::AuthorizationPending
            }))
        }
        State::Allowed(grant) => {
            let grant = grants::lock(tx, grant).await?;
            let Some(grant) = grant.filter(|grant| !grant.is_revoked) else {
                return Ok(Err(OauthError::AccessDenied));
            };
            let scopes = grant.scopes.and(client.scopes);
            if scopes.is_empty() {
                return Ok(Err(OauthError::AccessDenied));
            }
            store::use_up(tx, &hash).await?;
            Ok(Ok(grant::issue_tokens(tx, client, &grant, scopes).await?))
        }
    }
}
