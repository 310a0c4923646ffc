use super::store;
use crate::{
    Result,
    event::{self, EventKind},
    project::ProjectId,
    store::{Connection, Tx},
};
use time::OffsetDateTime;

/// A project that has just ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndedProject {
    pub project: ProjectId,
    pub awarded: bool,
    pub deadline: OffsetDateTime,
    pub decided_at: OffsetDateTime,
}

impl EndedProject {
    const fn kind(&self) -> EventKind {
        if self.awarded {
            EventKind::ProjectAwarded
        } else {
            EventKind::ProjectUnawarded
        }
    }
}

/// Ends up to `most` projects whose deadline has passed, oldest first. Locked projects are skipped, so that several
/// workers can share the work.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn close_due(tx: &mut Tx<'_>, most: i64) -> Result<Vec<EndedProject>> {
    let due = store::lock_due(tx, most).await?;
    close(tx, &due).await
}

/// Projects past their deadline that have not been ended yet, oldest first, at most `most`.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn due(db: &mut Connection, most: i64) -> Result<Vec<ProjectId>> {
    store::due(db, most).await
}

/// Ends one due project, after waiting for its row lock. [`close_due`] skips locked projects, so by itself it would never
/// end one that is always locked. `None` if another worker has ended the project in the meantime.
///
/// # Errors
/// `Busy` if the row is still locked after the lock timeout.
pub async fn close_one(tx: &mut Tx<'_>, project: ProjectId) -> Result<Option<EndedProject>> {
    let due = store::lock_one_due(tx, project).await?;
    Ok(close(tx, &due).await?.pop())
}

/// The earliest deadline of an open project, which may be in the past, and the database's clock.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn next_deadline(
    db: &mut Connection,
) -> Result<(Option<OffsetDateTime>, OffsetDateTime)> {
    store::next_deadline(db).await
}

/// Ends the projects and decides their awards. The caller holds the row locks, so every accepted bid has committed and is
/// visible to the statements that follow.
async fn close(tx: &mut Tx<'_>, due: &[ProjectId]) -> Result<Vec<EndedProject>> {
    if due.is_empty() {
        return Ok(Vec::new());
    }
    store::award_lowest(tx, due).await?;
    let ended = store::end(tx, due).await?;
    let events: Vec<_> = ended
        .iter()
        .map(|project| (project.project, project.kind()))
        .collect();
    event::record_ended(tx, &events).await?;
    Ok(ended)
}
