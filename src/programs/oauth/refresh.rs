use super::{
    Answer, Client, Denied, Tokens,
    grant::{self, Ending},
    rules::asked,
    store::refresh as store,
};
use crate::{
    store::Tx,
    token::{Kind, Secret},
};

/// The program renews its access token, and gets a new refresh token for the one it used up. A second use of one ends
/// all that came of the grant: the thief's tokens or the program's own, nobody can tell them apart (RFC 9700, section 4.14.2).
/// A program that sends one twice by mistake has to ask its person again.
///
/// The new refresh token allows what the old one did, also when less is asked for this time (RFC 6749, section 6).
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn refresh(
    tx: &mut Tx<'_>,
    client: &Client,
    token: &str,
    scopes: Option<&str>,
) -> Answer<Tokens> {
    let denied = Ok(Err(Denied::InvalidGrant));
    let Some(hash) = Secret::parse(Kind::RefreshToken, token).map(|token| token.hash()) else {
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
        grant::end(tx, &grant, Ending::RefreshTokenReused).await?;
        return Ok(Err(Denied::RefreshTokenReused));
    }
    if token.is_expired || grant.is_revoked {
        return denied;
    }
    let most = grant.scopes.and(client.scopes);
    // Asking for too much uses nothing up: the program may ask again for less.
    let scopes = match scopes.map(|scopes| asked(scopes, most)) {
        Some(Ok(scopes)) => scopes,
        None if !most.is_empty() => most,
        _ => return Ok(Err(Denied::InvalidScope)),
    };
    store::use_up(tx, &hash).await?;
    Ok(Ok(grant::give_out(tx, client, &grant, scopes).await?))
}
