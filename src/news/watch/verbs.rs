use super::{MAX_WATCHED, Refusal, WatchedProject, store};
use crate::{
    Error, Result,
    account::{self, Viewer},
    project::ProjectId,
    store::{Connection, Tx, now},
};
use time::OffsetDateTime;

/// Begins to watch a project. Watching it already is not an error.
///
/// # Errors
/// `NotFound`; `NotAllowed` for the project's seller; `Refused(Ended | TooManyWatched)`.
pub async fn begin(tx: &mut Tx<'_>, viewer: &Viewer, project: ProjectId) -> Result<()> {
    let found = store::published(tx, project)
        .await?
        .ok_or(Error::NotFound)?;
    if found.seller == viewer.account {
        return Err(Error::NotAllowed);
    }
    if !found.accepts_bids {
        return Err(Refusal::Ended.into());
    }
    account::lock(tx, viewer.account).await?;
    if store::is_watching(tx, viewer.account, project).await? {
        return Ok(());
    }
    if store::count(tx, viewer.account).await? >= MAX_WATCHED {
        return Err(Refusal::TooManyWatched { most: MAX_WATCHED }.into());
    }
    store::insert(tx, viewer.account, project).await
}

/// Stops watching a project. Not watching it is not an error: a second click changes nothing.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn end(db: &mut Connection, viewer: &Viewer, project: ProjectId) -> Result<()> {
    store::delete(db, viewer.account, project).await
}

/// What the viewer watches: open projects by deadline, then ended ones, the last first. With the database's clock.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn watched(
    db: &mut Connection,
    viewer: &Viewer,
) -> Result<(Vec<WatchedProject>, OffsetDateTime)> {
    let projects = store::of_account(db, viewer.account).await?;
    Ok((projects, now(db).await?))
}
