use super::{
    Web,
    failure::{Failure, RefusedForm},
    page_cache::ProjectView,
    posted_form::{PostedForm, fresh},
    routes::Routes,
    saved_form, session,
    success::redirect_after,
    visit::Visit,
    writes::context,
};
use crate::cache::read_cache::Freshness;
use app::{
    form::Form,
    islands::HistoryRow,
    pages::{self, ActionToConfirm, Confirmation, ProjectPage, Visitor},
    writes::{self, cancel_project},
};
use axum::{
    Json,
    extract::{Path, Query, rejection::QueryRejection},
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error,
    account::{Role, Viewer},
    award::{self, AwardOutcome, Contacts},
    bid::{self, BidId, Note, ViewerBids},
    fairness::Submitter,
    moment::Zone,
    money::Money,
    project::{self, Project, ProjectId, State},
    watch,
};
use std::{collections::HashMap, sync::Arc};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/projects/{id}", show)
        .get("/projects/{id}/history", history)
        .get("/projects/{id}/cancel", cancellation)
        .post("/projects/{id}/cancel", cancel)
}

/// Parses a project's number from a path. Anything else is `NotFound`.
pub(super) fn id_in(path: &str) -> Result<ProjectId, Error> {
    path.parse().map(ProjectId).map_err(|_| Error::NotFound)
}

/// `GET /projects/{id}`. A seller's own draft redirects to its edit page. The query's `amount` fills in the bid form.
async fn show(
    visit: Visit,
    Path(id): Path<String>,
    query: Result<Query<HashMap<String, String>>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let app = &visit.app;
    let found = app
        .pages
        .project(&app.pool, &app.live, id, visit.freshness())
        .await;
    let view = match (found, &visit.viewer) {
        (Err(Error::NotFound), Some(viewer)) if viewer.role == Role::Seller => {
            project::draft(&mut *visit.app.pool.acquire().await?, viewer, id).await?;
            return Ok(Redirect::to(&format!("/projects/{id}/edit")).into_response());
        }
        (found, _) => found?,
    };
    let (app, viewer, zone) = (visit.app.clone(), visit.viewer.clone(), visit.zone.clone());
    let amount = query.map_or_else(
        |_| String::new(),
        |Query(query)| linked_amount(&query, &view.project),
    );
    let bid = fresh(&[("amount", amount)]);
    let bid = match session::take_undone_note(&visit.session, id).await {
        Some(note) => bid.with_default("note", &note),
        None => bid,
    };
    let form = saved_form::restore_or(&visit, bid).await?;
    let page = page(&app, visit.client(), viewer.as_ref(), &view, &zone, form);
    Box::pin(visit.page_as_of(view.as_of, &headers, page)).await
}

/// The amount in a link to the bid form, or nothing if it could not be bid.
fn linked_amount(query: &HashMap<String, String>, project: &Project) -> String {
    let amount = query
        .get("amount")
        .and_then(|text| Money::parse(text, project.budget.currency()).ok())
        .filter(|amount| amount.minor() <= project.budget.minor());
    amount.map(Money::to_decimal).unwrap_or_default()
}

/// The project's page as this viewer sees it, with this bid form.
async fn page(
    app: &Web,
    client: Submitter,
    viewer: Option<&Viewer>,
    view: &ProjectView,
    zone: &Zone,
    form: Form,
) -> Result<ProjectPage, Error> {
    let project = &view.project;
    let visitor = visitor(app, viewer, view).await?;
    let description = app.pages.description(&app.heavy, client, project).await?;
    let contacts = contacts(app, viewer, project, &visitor).await?;
    let own = match &visitor {
        Visitor::Buyer(own) => own.live.map(|live| live.id),
        _ => None,
    };
    let notes = notes(app, viewer, view, own).await?;
    Ok(ProjectPage {
        description: description.to_string(),
        project: project.clone(),
        own_note: own.and_then(|own| notes.get(&own).cloned()),
        is_watched: is_watched(app, viewer, project).await?,
        bids: bids(app, viewer, view, notes, zone).await?,
        visitor,
        contacts,
        form,
    })
}

async fn visitor(app: &Web, viewer: Option<&Viewer>, view: &ProjectView) -> Result<Visitor, Error> {
    Ok(match viewer {
        None => Visitor::Anonymous,
        Some(viewer) if viewer.account == view.project.seller => Visitor::Owner,
        Some(viewer) if viewer.role == Role::Buyer => Visitor::Buyer(own(app, viewer, view).await?),
        Some(_) => Visitor::OtherSeller,
    })
}

/// Whether the viewer watches the project; `None` for those who can't: strangers, its seller, and everybody once it takes
/// no more bids.
async fn is_watched(
    app: &Web,
    viewer: Option<&Viewer>,
    project: &Project,
) -> Result<Option<bool>, Error> {
    let Some(viewer) = viewer.filter(|viewer| watch::may_watch(viewer, project)) else {
        return Ok(None);
    };
    let db = &mut *app.pool.acquire().await?;
    Ok(Some(
        watch::is_watching(db, viewer.account, project.id).await?,
    ))
}

/// What the seller and the winner of an awarded project see of each other.
async fn contacts(
    app: &Web,
    viewer: Option<&Viewer>,
    project: &Project,
    visitor: &Visitor,
) -> Result<Contacts, Error> {
    let is_party = match visitor {
        Visitor::Owner => true,
        Visitor::Buyer(own) => own.live.is_some_and(|bid| bid.leads),
        Visitor::Anonymous | Visitor::OtherSeller => false,
    };
    if !is_party || project.state() != State::Awarded {
        return Ok(Contacts::Hidden);
    }
    let db = &mut *app.pool.acquire().await?;
    match award::outcome(db, viewer, project).await? {
        AwardOutcome::Awarded(award) => Ok(award.contacts),
        AwardOutcome::Unawarded { .. } => Ok(Contacts::Hidden),
    }
}

/// The notes that the viewer may read, of the bids in the history and of the viewer's live one, which may be older. They
/// are never shared with other viewers, unlike the history.
async fn notes(
    app: &Web,
    viewer: Option<&Viewer>,
    view: &ProjectView,
    own: Option<BidId>,
) -> Result<HashMap<BidId, Note>, Error> {
    let Some(viewer) = viewer else {
        return Ok(HashMap::new());
    };
    let mut bids_with_note = view.history.with_note_for(Some(viewer));
    if !view.history.includes_bid_of(viewer) {
        bids_with_note.extend(own);
    }
    if bids_with_note.is_empty() {
        return Ok(HashMap::new());
    }
    let db = &mut *app.pool.acquire().await?;
    bid::notes(db, viewer, &view.project, &bids_with_note).await
}

/// The project's bids as this viewer may see them, with these notes.
async fn bids(
    app: &Web,
    viewer: Option<&Viewer>,
    view: &ProjectView,
    mut notes: HashMap<BidId, Note>,
    zone: &Zone,
) -> Result<Vec<HistoryRow>, Error> {
    let ProjectView {
        project, history, ..
    } = view;
    let owner = viewer.filter(|viewer| viewer.account == project.seller);
    let mut history_bids = match owner {
        Some(owner) => {
            let db = &mut *app.pool.acquire().await?;
            bid::history_with_names(db, owner, history).await?
        }
        None => history.for_viewer(viewer),
    };
    for bid in &mut history_bids {
        bid.note = notes.remove(&bid.id);
    }
    Ok(pages::bids(project, history_bids, history.leader(), zone))
}

/// `GET /projects/{id}/history`: the bids and the state that results from them, both as of one moment, for an open
/// page. With `steps`, also what the viewer does next: a page of the version before this one does not expect that.
async fn history(
    visit: Visit,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let app = &visit.app;
    let view = app
        .pages
        .project(&app.pool, &app.live, id_in(&id)?, visit.freshness())
        .await?;
    let viewer = visit.viewer.as_ref();
    let notes = notes(app, viewer, &view, None).await?;
    let bids = bids(app, viewer, &view, notes, &visit.zone).await?;
    let headers = [(header::CACHE_CONTROL, "private, no-store")];
    let contacts = match view.project.state() {
        State::Awarded => {
            let visitor = visitor(app, viewer, &view).await?;
            contacts(app, viewer, &view.project, &visitor).await?
        }
        _ => Contacts::Hidden,
    };
    let (lot, bids, steps) = pages::history_update(&view.project, bids, &contacts);
    Ok(if query.contains_key("steps") {
        (headers, Json((lot, bids, steps))).into_response()
    } else {
        (headers, Json((lot, bids))).into_response()
    })
}

/// The viewer's bids, queried only if they may be older than the history.
async fn own(app: &Web, viewer: &Viewer, view: &ProjectView) -> Result<ViewerBids, Error> {
    let ProjectView {
        project, history, ..
    } = view;
    if history.includes_bid_of(viewer) {
        return Ok(history.bids_of(viewer, project));
    }
    let db = &mut *app.pool.acquire().await?;
    bid::own_bids_at_snapshot(db, viewer, project, history).await
}

/// Shows the project's page again, with the refused bid form, or with the reason why something else could
/// not be done.
pub(super) async fn show_refused(
    mut visit: Visit,
    id: ProjectId,
    form: Form,
    error: impl Into<Arc<Error>>,
) -> Result<Response, Failure> {
    let error = error.into();
    if visit.wants_json {
        return Err(error.into());
    }
    let refused = RefusedForm::of(error, form)?;
    let page = page_again(&mut visit, id, refused.form.clone()).await?;
    refused.show(visit, page).await
}

/// Shows the project's page with what was typed into the bid form, which has not been sent yet.
pub(super) async fn show_unfinished(
    mut visit: Visit,
    id: ProjectId,
    form: Form,
) -> Result<Response, Failure> {
    let page = page_again(&mut visit, id, form).await?;
    visit.page(page).await
}

/// The project's page with this bid form, in answer to a form that was sent to another path.
async fn page_again(visit: &mut Visit, id: ProjectId, form: Form) -> Result<ProjectPage, Failure> {
    // The page that the bid form is on, wherever the request came from.
    visit.page_path = format!("/projects/{id}");
    let app = &visit.app;
    let view = app
        .pages
        .project(&app.pool, &app.live, id, Freshness::Now)
        .await?;
    let (client, viewer) = (visit.client(), visit.viewer.as_ref());
    Ok(page(app, client, viewer, &view, &visit.zone, form).await?)
}

/// `GET /projects/{id}/cancel`: asks whether to cancel the project.
async fn cancellation(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let action = cancellable(&visit, id).await;
    confirm_action(visit, id, action).await
}

/// Asks for confirmation before an action on the project, or shows the project's page with the reason why it can't be
/// done.
pub(super) async fn confirm_action(
    visit: Visit,
    id: ProjectId,
    action: Result<ActionToConfirm, Error>,
) -> Result<Response, Failure> {
    let form = fresh(&[]);
    match action {
        Ok(action) => visit.page(Confirmation { action, form }).await,
        Err(error) => show_refused(visit, id, form, error).await,
    }
}

async fn cancellable(visit: &Visit, id: ProjectId) -> Result<ActionToConfirm, Error> {
    let viewer = visit.signed_in()?;
    let db = &mut *visit.app.pool.acquire().await?;
    let project = project::cancellable(db, viewer, id).await?;
    Ok(ActionToConfirm::CancelProject(project))
}

/// `POST /projects/{id}/cancel`
async fn cancel(
    visit: Visit,
    Path(id): Path<String>,
    posted: PostedForm,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let cancelled = cancel_project(id, posted.text("form_key"));
    match writes::call(context(&visit), cancelled).await {
        Ok(cancelled) => redirect_after(&visit, cancelled).await,
        Err(error) => show_refused(visit, id, posted.again(&[]), error).await,
    }
}
