use super::{
    Client, OauthError, OauthResult,
    grant::{self, GrantEnd},
    store::{grant as grants, refresh, token as store},
};
use crate::{
    Result,
    account::AccountId,
    event::{self, EventKind},
    store::{Connection, Tx},
    token::{Scopes, Secret, SecretKind},
};
use serde_json::json;
use time::OffsetDateTime;

/// Revokes a token for its program (RFC 7009): a refresh token together with its whole grant, an access token alone.
/// Revoking an unknown or expired token succeeds too.
///
/// # Errors
/// `InvalidGrant` if the token belongs to another program; `Busy` or `Unexpected`.
pub async fn revoke(tx: &mut Tx<'_>, client: &Client, token: &str) -> OauthResult<()> {
    if let Some(token) = Secret::parse(SecretKind::RefreshToken, token) {
        let Some(grant) = refresh::grant_of(tx, &token.hash()).await? else {
            return Ok(Ok(()));
        };
        return match grants::lock(tx, grant).await? {
            None => Ok(Ok(())),
            Some(grant) if grant.client == client.id => {
                grant::end(tx, &grant, GrantEnd::RevokedByProgram).await?;
                Ok(Ok(()))
            }
            Some(_) => Ok(Err(OauthError::InvalidGrant)),
        };
    }
    let Some(token) = Secret::parse(SecretKind::AccessToken, token) else {
        return Ok(Ok(()));
    };
    match store::client_of(tx, &token.hash()).await? {
        Some(owner) if owner != client.id => return Ok(Err(OauthError::InvalidGrant)),
        _ => {}
    }
    if let Some((id, account)) = store::revoke(tx, &token.hash()).await? {
        let body = json!({ "token": id, "program": client.id.0 });
        event::record(tx, EventKind::TokenRevoked, None, Some(account), body).await?;
    }
    Ok(Ok(()))
}

/// What a program may learn about one of its own valid tokens (RFC 7662).
#[derive(Debug, Clone)]
pub struct ActiveToken {
    pub scopes: Scopes,
    /// The account that the token acts for.
    pub account: AccountId,
    pub issued_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    pub is_access_token: bool,
}

/// Describes the token if it is valid and belongs to the program; `None` otherwise, whatever the reason.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn introspect(
    db: &mut Connection,
    client: &Client,
    token: &str,
) -> Result<Option<ActiveToken>> {
    if let Some(token) = Secret::parse(SecretKind::AccessToken, token) {
        return store::active(db, client.id, &token.hash()).await;
    }
    match Secret::parse(SecretKind::RefreshToken, token) {
        Some(token) => refresh::active(db, client.id, &token.hash()).await,
        None => Ok(None),
    }
}
