use super::{
    Details, Draft, DraftForm, Project, ProjectId, Publication, Refusal, SellerProject, State,
    Terms, progress::ChangeState, rules, store,
};
use crate::{
    Error, Result,
    account::{Role, Viewer},
    erasure,
    event::{self, EventKind},
    field::{FieldError, ValueError},
    moment,
    store::{Connection, Tx, now},
};
use serde_json::json;
use time::OffsetDateTime;

/// Maximum number of drafts per seller.
const MAX_DRAFTS: i64 = 50;

/// Saves a project as a draft.
///
/// # Errors
/// `NotAllowed` for buyers, `Refused(TooManyDrafts)`.
pub async fn save_draft(tx: &mut Tx<'_>, viewer: &Viewer, details: &Details) -> Result<ProjectId> {
    viewer.must_be(Role::Seller)?;
    if store::count_drafts(tx, viewer.account).await? >= MAX_DRAFTS {
        return Err(Refusal::TooManyDrafts { most: MAX_DRAFTS }.into());
    }
    if let Some(deadline) = details.deadline {
        must_be_ahead(tx, deadline).await?;
    }
    let id = store::insert_draft(tx, viewer.account, details).await?;
    event::record(
        tx,
        EventKind::DraftSaved,
        Some(id),
        Some(viewer.account),
        json!({}),
    )
    .await?;
    Ok(id)
}

/// Changes one of the seller's drafts. Saving what it has already changes nothing.
///
/// # Errors
/// `NotFound` if the viewer has no such project, `Refused(NotADraft)`; `Refused(ChangedElsewhere)` if the draft was
/// saved from another window since this form was filled.
pub async fn edit_draft(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    id: ProjectId,
    details: &Details,
    form: DraftForm,
) -> Result<()> {
    let draft = lock_replaceable(tx, viewer, id, details, form).await?;
    if let Some(deadline) = details.deadline {
        must_be_ahead(tx, deadline).await?;
    }
    if draft.has(details) {
        return Ok(());
    }
    store::update_draft(tx, id, details, form.window).await?;
    event::record(
        tx,
        EventKind::DraftSaved,
        Some(id),
        Some(viewer.account),
        json!({}),
    )
    .await
}

/// Deletes one of the seller's drafts.
///
/// # Errors
/// `NotFound` if the viewer has no such project, `Refused(NotADraft)`.
pub async fn discard_draft(tx: &mut Tx<'_>, viewer: &Viewer, id: ProjectId) -> Result<()> {
    lock_own_draft(tx, viewer, id).await?;
    store::delete_draft(tx, id).await?;
    event::record(
        tx,
        EventKind::DraftDiscarded,
        None,
        Some(viewer.account),
        json!({ "project": id }),
    )
    .await
}

/// Opens a project for bids: a new one, or one of the seller's drafts with the contents of its form.
///
/// # Errors
/// `NotAllowed` for buyers; `Refused(EmailUnconfirmed)`; `Refused(Scheduled)` if the account is going to be erased;
/// `Invalid` for a deadline that is not in the future; `NotFound` and `Refused(NotADraft | ChangedElsewhere)` as for
/// drafts.
pub async fn publish(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    draft: Option<(ProjectId, DraftForm)>,
    details: &Details,
) -> Result<ProjectId> {
    viewer.must_be(Role::Seller)?;
    viewer.must_have_confirmed_email()?;
    erasure::must_not_be_scheduled(tx, viewer.account).await?;
    let id = match draft {
        Some((id, form)) => {
            lock_replaceable(tx, viewer, id, details, form).await?;
            store::update_draft(tx, id, details, form.window).await?;
            id
        }
        None => store::insert_draft(tx, viewer.account, details).await?,
    };
    let Terms { budget, deadline } = terms(tx, details).await?;
    store::open(tx, id).await?;
    event::record(
        tx,
        EventKind::ProjectPublished,
        Some(id),
        Some(viewer.account),
        json!({ "budget": budget, "deadline": moment::rfc3339(deadline) }),
    )
    .await?;
    event::announce(tx, id).await?;
    Ok(id)
}

/// What publishing would make public at the moment. Nothing is stored or locked.
///
/// # Errors
/// The same as [`publish`].
pub async fn review(
    db: &mut Connection,
    viewer: &Viewer,
    draft: Option<(ProjectId, DraftForm)>,
    details: Details,
) -> Result<Publication> {
    viewer.must_be(Role::Seller)?;
    viewer.must_have_confirmed_email()?;
    erasure::must_not_be_scheduled(db, viewer.account).await?;
    if let Some((id, form)) = draft {
        let draft = draft_to_change(db, viewer, id).await?;
        draft.must_accept(&details, form)?;
    }
    let terms = terms(db, &details).await?;
    Ok(Publication {
        name: details.name,
        summary: details.summary,
        description: details.description,
        category: details.category.ok_or_else(|| missing("category"))?,
        skills: details.skills,
        terms,
        fulfillment: details.fulfillment,
    })
}

/// Cancels an open project that has no live bid.
///
/// # Errors
/// `NotFound` if the viewer has no such project, `Refused(HasBids | DeadlinePassed | NotOpen)`.
pub async fn cancel(tx: &mut Tx<'_>, viewer: &Viewer, id: ProjectId) -> Result<()> {
    viewer.must_be(Role::Seller)?;
    let held = store::lock_of(tx, viewer.account, id)
        .await?
        .ok_or(Error::NotFound)?;
    rules::cancel(held, now(tx).await?)?;
    store::end_cancelled(tx, id).await?;
    event::record(
        tx,
        EventKind::ProjectCancelled,
        Some(id),
        Some(viewer.account),
        json!({}),
    )
    .await?;
    event::announce(tx, id).await
}

/// The viewer's project that can be cancelled at the moment. Nothing is changed or locked.
///
/// # Errors
/// The same as [`cancel`].
pub async fn cancellable(db: &mut Connection, viewer: &Viewer, id: ProjectId) -> Result<Project> {
    viewer.must_be(Role::Seller)?;
    match find(db, id).await {
        Ok(project) if project.seller == viewer.account => {
            rules::cancel(project.before_change(), project.now)?;
            Ok(project)
        }
        Ok(_) => Err(Error::NotFound),
        Err(Error::NotFound) => {
            draft(db, viewer, id).await?;
            Err(Refusal::NotOpen.into())
        }
        Err(error) => Err(error),
    }
}

/// The viewer's own project that has ended, to post it again. Nothing is changed or locked.
///
/// # Errors
/// `NotAllowed` for buyers, `NotFound` for somebody else's project or one that has not ended.
pub async fn ended(db: &mut Connection, viewer: &Viewer, id: ProjectId) -> Result<Project> {
    viewer.must_be(Role::Seller)?;
    let project = find(db, id).await?;
    if project.seller == viewer.account && project.state().is_final() {
        Ok(project)
    } else {
        Err(Error::NotFound)
    }
}

/// The viewer's draft that can be changed or discarded at the moment. Nothing is changed or locked.
///
/// # Errors
/// The same as [`discard_draft`].
pub async fn draft_to_change(db: &mut Connection, viewer: &Viewer, id: ProjectId) -> Result<Draft> {
    viewer.must_be(Role::Seller)?;
    match draft(db, viewer, id).await {
        Err(Error::NotFound) if find(db, id).await?.seller == viewer.account => {
            Err(Refusal::NotADraft.into())
        }
        found => found,
    }
}

/// Finds a published project.
///
/// # Errors
/// `NotFound`, also for drafts, even for their seller.
pub async fn find(db: &mut Connection, id: ProjectId) -> Result<Project> {
    let mut found = store::published(db, &[id.0]).await?;
    found.pop().ok_or(Error::NotFound)
}

/// The published ones among these projects, in no particular order.
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
/// `NotFound` if the viewer has no such draft.
pub async fn draft(db: &mut Connection, viewer: &Viewer, id: ProjectId) -> Result<Draft> {
    store::draft_of(db, viewer.account, id)
        .await?
        .ok_or(Error::NotFound)
}

/// The seller's own projects, newest first, at most 500, and the database's clock.
///
/// # Errors
/// `NotAllowed` for buyers.
pub async fn of_seller(
    db: &mut Connection,
    viewer: &Viewer,
) -> Result<(Vec<SellerProject>, OffsetDateTime)> {
    let projects = of_seller_before(db, viewer, None, None, 500).await?;
    Ok((projects, now(db).await?))
}

/// Up to `most` of the seller's projects older than `before`, in this state or in any, newest first.
///
/// # Errors
/// `NotAllowed` for buyers.
pub async fn of_seller_before(
    db: &mut Connection,
    viewer: &Viewer,
    state: Option<State>,
    before: Option<ProjectId>,
    most: i64,
) -> Result<Vec<SellerProject>> {
    viewer.must_be(Role::Seller)?;
    store::of_seller(db, viewer.account, state, before, most).await
}

/// The terms to publish a project with.
///
/// # Errors
/// `Invalid` if one is missing, or if [`must_be_ahead`] refuses the deadline.
async fn terms(db: &mut Connection, details: &Details) -> Result<Terms> {
    if details.category.is_none() {
        return Err(missing("category"));
    }
    let budget = details.budget.ok_or_else(|| missing("budget"))?;
    let deadline = details.deadline.ok_or_else(|| missing("deadline"))?;
    must_be_ahead(db, deadline).await?;
    Ok(Terms { budget, deadline })
}

fn missing(field: &str) -> Error {
    Error::Invalid(vec![FieldError::new(field, ValueError::Missing)])
}

/// # Errors
/// `Invalid` for a deadline that the database's clock has passed or that is too far ahead.
async fn must_be_ahead(db: &mut Connection, deadline: OffsetDateTime) -> Result<()> {
    rules::deadline(deadline, now(db).await?)
        .map_err(|problem| Error::Invalid(vec![FieldError::new("deadline", problem)]))
}

async fn lock_own_draft(tx: &mut Tx<'_>, viewer: &Viewer, id: ProjectId) -> Result<()> {
    viewer.must_be(Role::Seller)?;
    let held = store::lock_of(tx, viewer.account, id)
        .await?
        .ok_or(Error::NotFound)?;
    match held {
        ChangeState::Draft => Ok(()),
        ChangeState::Open { .. } | ChangeState::Ended => Err(Refusal::NotADraft.into()),
    }
}

/// Locks one of the viewer's drafts, whose contents these may replace.
async fn lock_replaceable(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    id: ProjectId,
    details: &Details,
    form: DraftForm,
) -> Result<Draft> {
    lock_own_draft(tx, viewer, id).await?;
    let draft = store::draft_of(tx, viewer.account, id).await?;
    let draft = draft.ok_or(Error::NotFound)?;
    draft.must_accept(details, form)?;
    Ok(draft)
}
