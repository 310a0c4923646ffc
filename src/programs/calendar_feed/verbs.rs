use super::{CalendarFeed, CalendarReader, store};
use crate::{
    Error, Result,
    account::{AccountId, Viewer},
    event::{self, EventKind},
    store::{Connection, Tx},
    token::{Secret, SecretKind},
};
use serde_json::json;

/// Creates the account's address, replacing an earlier one, and returns its secret, which is visible only here.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn create(tx: &mut Tx<'_>, account: AccountId) -> Result<Secret> {
    let secret = Secret::generate(SecretKind::CalendarFeed)?;
    store::replace(tx, account, &secret.hash(), secret.hint()).await?;
    event::record(
        tx,
        EventKind::CalendarFeedCreated,
        None,
        Some(account),
        json!({}),
    )
    .await?;
    Ok(secret)
}

/// The viewer's address, if there is one.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn of_account(db: &mut Connection, viewer: &Viewer) -> Result<Option<CalendarFeed>> {
    store::of_account(db, viewer.account).await
}

/// Revokes the viewer's address. Without one this succeeds too: a second click is not an error.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn revoke(tx: &mut Tx<'_>, viewer: &Viewer) -> Result<()> {
    if !store::delete(tx, viewer.account).await? {
        return Ok(());
    }
    event::record(
        tx,
        EventKind::CalendarFeedRevoked,
        None,
        Some(viewer.account),
        json!({}),
    )
    .await
}

/// Finds out whose deadlines the address with this secret shows. Records its last use at most once a minute.
///
/// # Errors
/// `NotFound` if the secret is malformed or belongs to no current address.
pub async fn reader(db: &mut Connection, secret: &str) -> Result<CalendarReader> {
    // A malformed secret needs no lookup.
    let secret = Secret::parse(SecretKind::CalendarFeed, secret).ok_or(Error::NotFound)?;
    let hash = secret.hash();
    let (reader, note) = store::reader(db, &hash).await?.ok_or(Error::NotFound)?;
    if note {
        store::note_use(db, &hash).await?;
    }
    Ok(reader)
}
