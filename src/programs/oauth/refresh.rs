use super::{
    Client, IssuedTokens, OauthError, OauthResult,
    grant::{self, GrantEnd},
    rules::requested,
    store::refresh as store,
};
use crate::{
    store::Tx,
    token::{Secret, SecretKind},
};

/// Exchanges a refresh token for a new access token and a new refresh token. Using a refresh token twice ends the whole
/// grant, because a thief's tokens and the program's own cannot be told apart (RFC 9700, section 4.14.2). A program
/// that sends one twice by mistake must ask for consent again.
///
/// The new refresh token keeps the old one's scopes, even if fewer are requested this time (RFC 6749, section 6).
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn refresh(
    tx: &mut Tx<'_>,
    client: &Client,
    token: &str,
    scopes: Option<&str>,
) -> OauthResult<IssuedTokens> {
    let denied = Ok(Err(OauthError::InvalidGrant));
    let Some(hash) = Secret::parse(SecretKind::RefreshToken, token).map(|token| token.hash())
    else {
        return denied;
    };
    let grant = store::grant_of(tx, &hash).await?;
    let grant = match grant::hold(tx, client, grant).await? {
        Ok(grant) => grant,
        Err(denied) => return Ok(Err(denied)),
    };
    let Some(token) = store::find(tx, &hash).await? else {
        return denied;
    };
    if token.is_used {
        grant::end(tx, &grant, GrantEnd::RefreshTokenReused).await?;
        return Ok(Err(OauthError::RefreshTokenReused));
    }
    if token.is_expired || grant.is_revoked {
        return denied;
    }
    let most = grant.scopes.and(client.scopes);
    // Requesting too many scopes does not use the token up: the program may retry with fewer.
    let scopes = match scopes.map(|scopes| requested(scopes, most)) {
        Some(Ok(scopes)) => scopes,
        None if !most.is_empty() => most,
        _ => return Ok(Err(OauthError::InvalidScope)),
    };
    store::use_up(tx, &hash).await?;
    Ok(Ok(grant::issue_tokens(tx, client, &grant, scopes).await?))
}
