use super::store;
use crate::{
    Result,
    event::{self, Kind},
    project::ProjectId,
    store::{Connection, Tx},
};
use time::OffsetDateTime;

/// A project that came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    pub project: ProjectId,
    pub awarded: bool,
    pub deadline: OffsetDateTime,
    pub decided_at: OffsetDateTime,
}

impl Ended {
    const fn kind(&self) -> Kind {
        if self.awarded {
            Kind::ProjectAwarded
        } else {
            Kind::ProjectUnawarded
        }
    }
}

/// Ends up to `most` projects whose deadline was reached, the oldest first, passing by those that somebody else holds:
/// several workers share the work.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn close_due(tx: &mut Tx<'_>, most: i64) -> Result<Vec<Ended>> {
    let due = store::lock_due(tx, most).await?;
    close(tx, &due).await
}

/// The projects whose deadline was reached and that nobody has ended yet, the oldest first, at most `most`.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn due(db: &mut Connection, most: i64) -> Result<Vec<ProjectId>> {
    store::due(db, most).await
}

/// Ends one due project, waiting for whoever holds it: what is always passed by would never end. Answers `None` when
/// somebody ended it meanwhile.
///
/// # Errors
/// `Busy` when it is still held after the lock's time-out.
pub async fn close_one(tx: &mut Tx<'_>, project: ProjectId) -> Result<Option<Ended>> {
    let due = store::lock_one_due(tx, project).await?;
    Ok(close(tx, &due).await?.pop())
}

/// When the next open project's deadline is, past ones included, and the database's clock.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn next_deadline(
    db: &mut Connection,
) -> Result<(Option<OffsetDateTime>, OffsetDateTime)> {
    store::next_deadline(db).await
}

/// The rows are held, so every bid that was accepted has committed and is seen by the statements that follow.
async fn close(tx: &mut Tx<'_>, due: &[ProjectId]) -> Result<Vec<Ended>> {
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
