use super::{
    IssuedToken, KnownToken, MAX_PERSONAL, NewPersonalToken, PersonalToken, Refusal, RevokedIds,
    Secret, SecretHash, SecretKind, TokenId, store,
};
use crate::{
    Error, Result,
    account::{self, AccountId, Viewer},
    event::{self, EventKind},
    store::{Connection, Tx},
};
use serde_json::json;

/// The hash of a well-formed access token; `None` for anything else, which needs no lookup.
#[must_use]
pub fn token_hash(token: &str) -> Option<SecretHash> {
    Secret::parse(SecretKind::AccessToken, token)
        .or_else(|| Secret::parse(SecretKind::PersonalToken, token))
        .map(|secret| secret.hash())
}

/// Looks up the caller behind a token hash; `None` if the token is unknown, expired or revoked. Records the token's
/// last use at most once a minute.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn authenticate(db: &mut Connection, token: &SecretHash) -> Result<Option<KnownToken>> {
    let Some((known, note)) = store::load_valid(db, token).await? else {
        return Ok(None);
    };
    if note {
        store::note_use(db, known.caller.token).await?;
    }
    Ok(Some(known))
}

/// What was revoked within the last [`REMEMBERED`]. `None` if there is too much to list; no cached lookup can then be
/// trusted.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn revoked(db: &mut Connection) -> Result<Option<RevokedIds>> {
    store::revoked(db).await
}

/// Creates a personal access token and returns its secret, which is visible only here.
///
/// # Errors
/// `Refused(TooManyTokens)`.
pub async fn create_personal(
    tx: &mut Tx<'_>,
    account: AccountId,
    new: &NewPersonalToken,
) -> Result<Secret> {
    account::lock(tx, account).await?;
    if store::count_personal(tx, account).await? >= MAX_PERSONAL {
        return Err(Refusal::TooManyTokens { most: MAX_PERSONAL }.into());
    }
    let secret = Secret::generate(SecretKind::PersonalToken)?;
    let token = store::insert(
        tx,
        &IssuedToken {
            hash: &secret.hash(),
            account,
            client: None,
            grant: None,
            name: Some(&new.name),
            hint: Some(secret.hint()),
            scopes: new.scopes,
            life: new.life,
        },
    )
    .await?;
    event::record(
        tx,
        EventKind::TokenCreated,
        None,
        Some(account),
        json!({ "token": token.0, "scopes": new.scopes.names() }),
    )
    .await?;
    Ok(secret)
}

/// The viewer's valid personal access tokens, newest first, at most 100.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn personal(db: &mut Connection, viewer: &Viewer) -> Result<Vec<PersonalToken>> {
    store::personal(db, viewer.account).await
}

/// Revokes one of the viewer's personal access tokens. Revoking it again succeeds: a second click is not an error.
///
/// # Errors
/// `NotFound` if the viewer has no such token.
pub async fn revoke_personal(tx: &mut Tx<'_>, viewer: &Viewer, token: TokenId) -> Result<()> {
    if !store::revoke_personal(tx, viewer.account, token).await? {
        return match store::is_personal_of(tx, viewer.account, token).await? {
            true => Ok(()),
            false => Err(Error::NotFound),
        };
    }
    event::record(
        tx,
        EventKind::TokenRevoked,
        None,
        Some(viewer.account),
        json!({ "token": token.0 }),
    )
    .await
}

/// Revokes all personal access tokens of the viewer.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn revoke_all_personal(tx: &mut Tx<'_>, viewer: &Viewer) -> Result<()> {
    for token in store::revoke_all_personal(tx, viewer.account).await? {
        event::record(
            tx,
            EventKind::TokenRevoked,
            None,
            Some(viewer.account),
            json!({ "token": token }),
        )
        .await?;
    }
    Ok(())
}

/// Deletes up to a thousand tokens that expired more than a day ago, and as many revoked ones; returns how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn end_expired(db: &mut Connection) -> Result<u64> {
    store::delete_expired(db).await
}
