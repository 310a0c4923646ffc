use super::{Details, Draft, Own, Project, ProjectId, State, rules, store};
use crate::{
    Error, Refusal, Result,
    account::{Role, Viewer},
    event::{self, Kind},
    field::{FieldError, Problem},
    moment,
    store::{Connection, Tx, now},
};
use serde_json::json;
use time::OffsetDateTime;

/// How many drafts a seller may keep.
const MOST_DRAFTS: i64 = 50;

/// A seller keeps a project to work on later.
///
/// # Errors
/// `NotAllowed` for buyers, `Refused(TooManyDrafts)`.
pub async fn save_draft(tx: &mut Tx<'_>, viewer: &Viewer, details: &Details) -> Result<ProjectId> {
    viewer.must_be(Role::Seller)?;
    if store::count_drafts(tx, viewer.account).await? >= MOST_DRAFTS {
        return Err(Refusal::TooManyDrafts { most: MOST_DRAFTS }.into());
    }
    if let Some(deadline) = details.deadline {
        ahead(tx, deadline).await?;
    }
    let id = store::insert_draft(tx, viewer.account, details).await?;
    event::record(
        tx,
        Kind::DraftSaved,
        Some(id),
        Some(viewer.account),
        json!({}),
    )
    .await?;
    Ok(id)
}

/// A seller changes one of its drafts.
///
/// # Errors
/// `NotFound` for what is not the viewer's, `Refused(NotADraft)`.
pub async fn edit_draft(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    id: ProjectId,
    details: &Details,
) -> Result<()> {
    lock_own_draft(tx, viewer, id).await?;
    if let Some(deadline) = details.deadline {
        ahead(tx, deadline).await?;
    }
    store::update_draft(tx, id, details).await?;
    event::record(
        tx,
        Kind::DraftSaved,
        Some(id),
        Some(viewer.account),
        json!({}),
    )
    .await
}

/// A seller throws one of its drafts away.
///
/// # Errors
/// `NotFound` for what is not the viewer's, `Refused(NotADraft)`.
pub async fn discard_draft(tx: &mut Tx<'_>, viewer: &Viewer, id: ProjectId) -> Result<()> {
    lock_own_draft(tx, viewer, id).await?;
    store::delete_draft(tx, id).await?;
    event::record(
        tx,
        Kind::DraftDiscarded,
        None,
        Some(viewer.account),
        json!({ "project": id }),
    )
    .await
}

/// A seller opens a project for bids: a new one, or one of its drafts with what its form says now.
///
/// # Errors
/// `NotAllowed` for buyers; `Invalid` for a deadline that is not ahead; `NotFound` and `Refused(NotADraft)` as for drafts.
pub async fn publish(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    draft: Option<ProjectId>,
    details: &Details,
) -> Result<ProjectId> {
    viewer.must_be(Role::Seller)?;
    let id = match draft {
        Some(id) => {
            lock_own_draft(tx, viewer, id).await?;
            store::update_draft(tx, id, details).await?;
            id
        }
        None => store::insert_draft(tx, viewer.account, details).await?,
    };
    let missing = |field| Error::Invalid(vec![FieldError::new(field, Problem::Missing)]);
    let budget = details.budget.ok_or_else(|| missing("budget"))?;
    let deadline = details.deadline.ok_or_else(|| missing("deadline"))?;
    ahead(tx, deadline).await?;
    store::open(tx, id).await?;
    event::record(
        tx,
        Kind::ProjectPublished,
        Some(id),
        Some(viewer.account),
        json!({ "budget": budget, "deadline": moment::rfc3339(deadline) }),
    )
    .await?;
    event::announce(tx, id).await?;
    Ok(id)
}

/// A seller takes back an open project that has no bid.
///
/// # Errors
/// `NotFound` for what is not the viewer's, `Refused(HasBids | DeadlinePassed | NotOpen)`.
pub async fn cancel(tx: &mut Tx<'_>, viewer: &Viewer, id: ProjectId) -> Result<()> {
    viewer.must_be(Role::Seller)?;
    let held = store::lock_of(tx, viewer.account, id)
        .await?
        .ok_or(Error::NotFound)?;
    let deadline = held.deadline.ok_or(Refusal::NotOpen)?;
    rules::cancel(held.state, held.bid_count, deadline, now(tx).await?)?;
    store::end_cancelled(tx, id).await?;
    event::record(
        tx,
        Kind::ProjectCancelled,
        Some(id),
        Some(viewer.account),
        json!({}),
    )
    .await?;
    event::announce(tx, id).await
}

/// A published project.
///
/// # Errors
/// `NotFound` also for every draft, whoever asks.
pub async fn find(db: &mut Connection, id: ProjectId) -> Result<Project> {
    let mut found = store::published(db, &[id.0]).await?;
    found.pop().ok_or(Error::NotFound)
}

/// Those of these projects that are published, in no order.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn find_all(db: &mut Connection, ids: &[ProjectId]) -> Result<Vec<Project>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    store::published(db, &ids).await
}

/// One of the viewer's own drafts.
///
/// # Errors
/// `NotFound` for what is no draft or not the viewer's.
pub async fn draft(db: &mut Connection, viewer: &Viewer, id: ProjectId) -> Result<Draft> {
    store::draft_of(db, viewer.account, id)
        .await?
        .ok_or(Error::NotFound)
}

/// The seller's own projects, newest first, at most 500, and the database's clock.
///
/// # Errors
/// `NotAllowed` for buyers.
pub async fn of_seller(db: &mut Connection, viewer: &Viewer) -> Result<(Vec<Own>, OffsetDateTime)> {
    let projects = of_seller_before(db, viewer, None, None, 500).await?;
    Ok((projects, now(db).await?))
}

/// The seller's own projects in this state, or in any, that are older than `before`: the newest of them first, at most
/// `most`.
///
/// # Errors
/// `NotAllowed` for buyers.
pub async fn of_seller_before(
    db: &mut Connection,
    viewer: &Viewer,
    state: Option<State>,
    before: Option<ProjectId>,
    most: i64,
) -> Result<Vec<Own>> {
    viewer.must_be(Role::Seller)?;
    store::of_seller(db, viewer.account, state, before, most).await
}

/// # Errors
/// `Invalid` for a deadline that is not ahead of the database's clock, or too far.
async fn ahead(tx: &mut Tx<'_>, deadline: OffsetDateTime) -> Result<()> {
    rules::deadline(deadline, now(tx).await?)
        .map_err(|problem| Error::Invalid(vec![FieldError::new("deadline", problem)]))
}

async fn lock_own_draft(tx: &mut Tx<'_>, viewer: &Viewer, id: ProjectId) -> Result<()> {
    viewer.must_be(Role::Seller)?;
    let held = store::lock_of(tx, viewer.account, id)
        .await?
        .ok_or(Error::NotFound)?;
    if held.state == State::Draft {
        Ok(())
    } else {
        Err(Refusal::NotADraft.into())
    }
}
