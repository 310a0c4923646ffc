use super::{
    Issued, Kind, Known, MOST_PERSONAL, NewPersonal, Personal, Revoked, Secret, SecretHash,
    TokenId, store,
};
use crate::{
    Error, Refusal, Result,
    account::{AccountId, Viewer},
    event,
    store::{Connection, Tx},
};
use serde_json::json;

/// The hash of what may be an access token by its looks; `None` for what is none, which nobody has to be asked about.
#[must_use]
pub fn presented(token: &str) -> Option<SecretHash> {
    Secret::parse(Kind::AccessToken, token)
        .or_else(|| Secret::parse(Kind::PersonalToken, token))
        .map(|secret| secret.hash())
}

/// Who asks with the token of this hash; `None` for one that is unknown, expired or revoked. Its last use is noted to the
/// minute.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn authenticate(db: &mut Connection, token: &SecretHash) -> Result<Option<Known>> {
    let Some((known, note)) = store::known(db, token).await? else {
        return Ok(None);
    };
    if note {
        store::note_use(db, known.caller.token).await?;
    }
    Ok(Some(known))
}

/// What was revoked within the last [`REMEMBERED`]. `None` when it is too much to be listed: then nothing that was looked
/// up before is sure to be good.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn revoked(db: &mut Connection) -> Result<Option<Revoked>> {
    store::revoked(db).await
}

/// Makes a personal access token; this is the one time that it is seen.
///
/// # Errors
/// `Refused(TooManyTokens)`.
pub async fn create_personal(
    tx: &mut Tx<'_>,
    account: AccountId,
    new: &NewPersonal,
) -> Result<Secret> {
    store::hold(tx, account).await?;
    if store::count_personal(tx, account).await? >= MOST_PERSONAL {
        return Err(Refusal::TooManyTokens {
            most: MOST_PERSONAL,
        }
        .into());
    }
    let secret = Secret::mint(Kind::PersonalToken)?;
    let token = store::insert(
        tx,
        &Issued {
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
        event::Kind::TokenCreated,
        None,
        Some(account),
        json!({ "token": token.0, "scopes": new.scopes.names() }),
    )
    .await?;
    Ok(secret)
}

/// The viewer's own personal access tokens that are good, newest first, at most 100.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn personal(db: &mut Connection, viewer: &Viewer) -> Result<Vec<Personal>> {
    store::personal(db, viewer.account).await
}

/// The viewer takes one of its personal access tokens back. One that is revoked already stays so: a second click is no mistake.
///
/// # Errors
/// `NotFound` for what is not the viewer's.
pub async fn revoke_personal(tx: &mut Tx<'_>, viewer: &Viewer, token: TokenId) -> Result<()> {
    if !store::revoke_personal(tx, viewer.account, token).await? {
        return match store::is_personal_of(tx, viewer.account, token).await? {
            true => Ok(()),
            false => Err(Error::NotFound),
        };
    }
    event::record(
        tx,
        event::Kind::TokenRevoked,
        None,
        Some(viewer.account),
        json!({ "token": token.0 }),
    )
    .await
}

/// The viewer takes back all of its personal access tokens.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn revoke_all_personal(tx: &mut Tx<'_>, viewer: &Viewer) -> Result<()> {
    for token in store::revoke_all_personal(tx, viewer.account).await? {
        event::record(
            tx,
            event::Kind::TokenRevoked,
            None,
            Some(viewer.account),
            json!({ "token": token }),
        )
        .await?;
    }
    Ok(())
}

/// Forgets up to a thousand tokens that expired more than a day ago, and as many that were revoked; answers how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn end_expired(db: &mut Connection) -> Result<u64> {
    store::delete_expired(db).await
}
