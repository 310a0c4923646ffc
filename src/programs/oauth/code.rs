//! Authorization codes (RFC 6749, section 4.1).
//!
//! Only the holder of the verifier can use up an authorization code, or end its grant by sending the code twice. If a
//! wrong verifier invalidated the code, anybody who saw the code in a browser history or a log could cut off an honest
//! program. Nobody guesses 256 bits within a minute.

use super::{
    CODE_LIFE, Challenge, Client, IssuedTokens, OauthError, OauthResult, Verifier,
    grant::{self, FirstFetch, GrantEnd},
    rules::usable,
    store::code as store,
};
use crate::{
    Result,
    account::{Role, Viewer},
    store::Tx,
    token::{Scopes, Secret, SecretKind},
};
use time::OffsetDateTime;

/// A validated authorization request.
#[derive(Debug, Clone)]
pub struct AuthorizationRequest {
    pub client: Client,
    pub redirect_uri: String,
    pub scopes: Scopes,
    pub challenge: Challenge,
}

impl AuthorizationRequest {
    /// Leaves out the scopes that an account with this role can't use, as RFC 6749, section 3.3, allows. Returns them.
    ///
    /// # Errors
    /// `NotForRole` if it can use none.
    pub fn drop_unusable_scopes(&mut self, role: Role) -> std::result::Result<Scopes, OauthError> {
        let usable = usable(self.scopes, role)?;
        let left_out = self.scopes.without(usable);
        self.scopes = usable;
        Ok(left_out)
    }
}

/// Grants the request for the viewer and returns the code that the browser carries to the program.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn allow(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    authorization: &AuthorizationRequest,
) -> Result<Secret> {
    issue(tx, viewer, authorization, None).await
}

/// Like [`allow`], but without asking: succeeds only if the viewer's earlier consent to all these scopes is still
/// valid, otherwise `None`. The new grant ends when that consent does.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn allow_again(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    authorization: &AuthorizationRequest,
) -> Result<Option<Secret>> {
    match grant::consent(tx, viewer, &authorization.client, authorization.scopes).await? {
        Some(consented_at) => Ok(Some(
            issue(tx, viewer, authorization, Some(consented_at)).await?,
        )),
        None => Ok(None),
    }
}

async fn issue(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    authorization: &AuthorizationRequest,
    consented_at: Option<OffsetDateTime>,
) -> Result<Secret> {
    let first_fetch = FirstFetch::ByCode;
    let (client, scopes) = (&authorization.client, authorization.scopes);
    let grant = grant::begin(tx, viewer, client, scopes, first_fetch, consented_at).await?;
    let code = Secret::generate(SecretKind::AuthorizationCode)?;
    store::insert(tx, &code.hash(), grant, authorization, CODE_LIFE).await?;
    Ok(code)
}

/// Exchanges a code for tokens, once. A second attempt revokes everything the first one issued.
///
/// A wrong program, redirect URI or verifier changes nothing.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn redeem(
    tx: &mut Tx<'_>,
    client: &Client,
    code: &str,
    redirect_uri: &str,
    verifier: &Verifier,
) -> OauthResult<IssuedTokens> {
    let denied = Ok(Err(OauthError::InvalidGrant));
    let Some(hash) = Secret::parse(SecretKind::AuthorizationCode, code).map(|code| code.hash())
    else {
        return denied;
    };
    let grant = store::grant_of(tx, &hash).await?;
    let grant = match grant::hold(tx, client, grant).await? {
        Ok(grant) => grant,
        Err(denied) => return Ok(Err(denied)),
    };
    let Some(code) = store::find(tx, &hash).await? else {
        return denied;
    };
    if code.redirect_uri != redirect_uri || !code.challenge.matches(verifier) {
        return denied;
    }
    if code.is_used {
        grant::end(tx, &grant, GrantEnd::CodeReused).await?;
        return Ok(Err(OauthError::CodeReused));
    }
    let scopes = grant.scopes.and(client.scopes);
    if code.is_expired || grant.is_revoked || scopes.is_empty() {
        return denied;
    }
    store::use_up(tx, &hash).await?;
    Ok(Ok(grant::issue_tokens(tx, client, &grant, scopes).await?))
}
