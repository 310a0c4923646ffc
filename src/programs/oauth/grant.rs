//! Grants: what one person allowed one program at one time.
//!
//! For each account, a program has at most 50 grants with tokens, and 50 whose tokens it has not fetched yet. The two
//! are counted separately, so that redirecting somebody's browser here again and again ends no grant with tokens. A
//! grant made without asking depends on the earlier consent and expires with it, after a year at most.

use super::{
    ACCESS_LIFE, CODE_LIFE, Client, ClientId, DEVICE_LIFE, GRANT_LIFE, OauthError, OauthResult,
    REFRESH_LIFE, client,
    store::{grant as store, grant::Grant},
};
use crate::{
    Error, Result,
    account::{AccountId, Viewer},
    event::{self, EventKind},
    store::{Connection, Tx},
    token::{self, IssuedToken, Scopes, Secret, SecretKind},
};
use serde_json::json;
use time::{Duration, OffsetDateTime};

/// Maximum number of grants per program and account, counted separately for grants with tokens and grants not fetched
/// yet; a further one ends the oldest of the same kind. Unfetched grants never push out fetched ones, because anyone
/// who can redirect a browser here can start as many as they like.
const MAX_GRANTS: i64 = 50;

/// Tokens issued to a program, which are visible only here.
#[derive(Debug, Clone)]
pub struct IssuedTokens {
    /// Valid for [`ACCESS_LIFE`].
    pub access: Secret,
    pub refresh: Option<Secret>,
    pub scopes: Scopes,
}

/// A program that the viewer has authorized.
#[derive(Debug, Clone)]
pub struct AuthorizedProgram {
    pub client: ClientId,
    pub name: String,
    /// The name of the account that registered it.
    pub owner_name: String,
    pub scopes: Scopes,
    pub since: OffsetDateTime,
}

/// How the program fetches its first tokens.
#[derive(Debug, Clone, Copy)]
pub(super) enum FirstFetch {
    ByCode,
    ByDevice,
}

impl FirstFetch {
    const fn name(self) -> &'static str {
        match self {
            Self::ByCode => "code",
            Self::ByDevice => "device",
        }
    }

    /// How long the program has to fetch its tokens.
    const fn time_limit(self) -> Duration {
        match self {
            Self::ByCode => CODE_LIFE,
            Self::ByDevice => DEVICE_LIFE,
        }
    }
}

/// Why a grant ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum GrantEnd {
    /// The account revoked it.
    RevokedByAccount,
    /// The program revoked it.
    RevokedByProgram,
    CodeReused,
    RefreshTokenReused,
    /// The account had too many grants for the program.
    Superseded,
}

impl GrantEnd {
    const fn name(self) -> &'static str {
        match self {
            Self::RevokedByAccount => "taken_back",
            Self::RevokedByProgram => "given_back",
            Self::CodeReused => "code_reused",
            Self::RefreshTokenReused => "refresh_token_reused",
            Self::Superseded => "superseded",
        }
    }
}

/// The programs that the viewer has authorized, newest first, at most 100.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn allowed(db: &mut Connection, viewer: &Viewer) -> Result<Vec<AuthorizedProgram>> {
    store::allowed(db, viewer.account).await
}

/// True if the viewer has a valid authorization for the program, given since the program last changed.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn has_consent(db: &mut Connection, viewer: &Viewer, client: &Client) -> Result<bool> {
    let any = consent(db, viewer, client, Scopes::default()).await?;
    Ok(any.is_some())
}

/// When the viewer last consented to all these scopes, if that consent is still valid. Consent given before the
/// program's name, redirect URIs or secret changed does not count.
pub(super) async fn consent(
    db: &mut Connection,
    viewer: &Viewer,
    client: &Client,
    scopes: Scopes,
) -> Result<Option<OffsetDateTime>> {
    store::consent(db, viewer.account, client.id, scopes, GRANT_LIFE).await
}

/// Locks one of the program's grants until the transaction ends. The program's row is locked first; everyone who locks
/// both uses this order. A concurrent use of a code or token of the grant waits here and then sees what the first one
/// did.
pub(super) async fn hold(
    tx: &mut Tx<'_>,
    client: &Client,
    grant: Option<i64>,
) -> OauthResult<Grant> {
    let Some(grant) = grant else {
        return Ok(Err(OauthError::InvalidGrant));
    };
    if let Err(denied) = client::hold(tx, client).await? {
        return Ok(Err(denied));
    }
    let grant = store::lock(tx, grant).await?;
    Ok(grant
        .filter(|grant| grant.client == client.id)
        .ok_or(OauthError::InvalidGrant))
}

/// Revokes everything the viewer granted to a program.
///
/// # Errors
/// `NotFound` if the viewer has not authorized that program.
pub async fn revoke_grants(tx: &mut Tx<'_>, viewer: &Viewer, client: ClientId) -> Result<()> {
    let ended = store::end_all(tx, viewer.account, client).await?;
    if ended.is_empty() {
        return Err(Error::NotFound);
    }
    for grant in ended {
        record_end(tx, grant, viewer.account, GrantEnd::RevokedByAccount).await?;
    }
    Ok(())
}

/// Revokes everything the viewer granted to any program.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn revoke_all_grants(tx: &mut Tx<'_>, viewer: &Viewer) -> Result<()> {
    for grant in store::end_all_of(tx, viewer.account).await? {
        record_end(tx, grant, viewer.account, GrantEnd::RevokedByAccount).await?;
    }
    Ok(())
}

/// Starts a grant by the viewer, with consent given now or earlier. The program must still fetch its tokens, with an
/// authorization code or a device code.
pub(super) async fn begin(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    client: &Client,
    scopes: Scopes,
    first_fetch: FirstFetch,
    consented_at: Option<OffsetDateTime>,
) -> Result<i64> {
    let account = viewer.account;
    let life = first_fetch.time_limit();
    let grant = store::insert(tx, account, client.id, scopes, life, consented_at).await?;
    event::record(
        tx,
        EventKind::GrantAllowed,
        None,
        Some(account),
        json!({
            "grant": grant,
            "program": client.id.0,
            "scopes": scopes.names(),
            "by": first_fetch.name(),
            "asked": consented_at.is_none(),
        }),
    )
    .await?;
    supersede(tx, account, client.id, false).await?;
    Ok(grant)
}

/// Ends the oldest grants beyond the limit, among those with tokens or those without.
async fn supersede(
    tx: &mut Tx<'_>,
    account: AccountId,
    client: ClientId,
    is_fetched: bool,
) -> Result<()> {
    for old in store::end_oldest(tx, account, client, is_fetched, MAX_GRANTS).await? {
        record_end(tx, old, account, GrantEnd::Superseded).await?;
    }
    Ok(())
}

/// Issues an access token for `scopes` and the grant's next refresh token. The caller holds the grant's row lock.
pub(super) async fn issue_tokens(
    tx: &mut Tx<'_>,
    client: &Client,
    grant: &Grant,
    scopes: Scopes,
) -> Result<IssuedTokens> {
    let access = issue_access_token(tx, client, grant.account, Some(grant.id), scopes).await?;
    let refresh = Secret::generate(SecretKind::RefreshToken)?;
    store::add_refresh_token(tx, grant.id, &refresh.hash(), REFRESH_LIFE, GRANT_LIFE).await?;
    if !grant.is_fetched {
        supersede(tx, grant.account, grant.client, true).await?;
    }
    Ok(IssuedTokens {
        access,
        refresh: Some(refresh),
        scopes,
    })
}

pub(super) async fn issue_access_token(
    tx: &mut Tx<'_>,
    client: &Client,
    account: AccountId,
    grant: Option<i64>,
    scopes: Scopes,
) -> Result<Secret> {
    let access = Secret::generate(SecretKind::AccessToken)?;
    let issued = IssuedToken {
        hash: &access.hash(),
        account,
        client: Some(client.id.0),
        grant,
        name: None,
        hint: None,
        scopes,
        life: ACCESS_LIFE,
    };
    let token = token::insert(tx, &issued).await?;
    event::record(
        tx,
        EventKind::TokenCreated,
        None,
        Some(account),
        json!({ "token": token.0, "program": client.id.0, "grant": grant, "scopes": scopes.names() }),
    )
    .await?;
    Ok(access)
}

/// Ends the grant, whose row lock the caller holds. Once committed, all its codes and tokens are invalid.
pub(super) async fn end(tx: &mut Tx<'_>, grant: &Grant, why: GrantEnd) -> Result<()> {
    if store::end(tx, grant.id).await? {
        record_end(tx, grant.id, grant.account, why).await?;
    }
    Ok(())
}

async fn record_end(tx: &mut Tx<'_>, grant: i64, account: AccountId, why: GrantEnd) -> Result<()> {
    event::record(
        tx,
        EventKind::GrantRevoked,
        None,
        Some(account),
        json!({ "grant": grant, "why": why.name() }),
    )
    .await
}
