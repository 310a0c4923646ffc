use super::{
    Web,
    failure::{Failure, RefusedForm},
    page_cache::ProjectView,
    posted_form::{PostedForm, fresh},
    routes::Routes,
    saved_form,
    success::follow,
    visit::Visit,
    writes::context,
};
use crate::cache::read_cache::Freshness;
use app::{
    form::Form,
    islands::HistoryRow,
    pages::{self, BindingAct, Confirmation, ProjectPage, Visitor},
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
    let shown = match (found, &visit.viewer) {
        (Err(Error::NotFound), Some(viewer)) if viewer.role == Role::Seller => {
            project::draft(&mut *visit.app.pool.acquire().await?, viewer, id).await?;
            return Ok(Redirect::to(&format!("/projects/{id}/edit")).into_response());
        }
        (found, _) => found?,
    };
    let (app, viewer, zone) = (visit.app.clone(), visit.viewer.clone(), visit.zone.clone());
    let amount = query.map_or_else(
        |_| String::new(),
        |Query(query)| linked_amount(&query, &shown.project),
    );
    let bid = fresh(&[("amount", amount)]);
    let form = saved_form::restored_or(&visit, bid).await?;
    let page = page(&app, visit.client(), viewer.as_ref(), &shown, &zone, form);
    Box::pin(visit.page_as_of(shown.as_of, &headers, page)).await
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
    shown: &ProjectView,
    zone: &Zone,
    form: Form,
) -> Result<ProjectPage, Error> {
    let project = &shown.project;
    let visitor = visitor(app, viewer, shown).await?;
    let description = app.pages.description(&app.heavy, client, project).await?;
    let contacts = contacts(app, viewer, project, &visitor).await?;
    let own = match &visitor {
        Visitor::Buyer(own) => own.live.map(|live| live.id),
        _ => None,
    };
    let notes = notes(app, viewer, shown, own).await?;
    Ok(ProjectPage {
        description: description.to_string(),
        project: project.clone(),
        own_note: own.and_then(|own| notes.get(&own).cloned()),
        is_watched: is_watched(app, viewer, project).await?,
        bids: bids(app, viewer, shown, notes, zone).await?,
        visitor,
        contacts,
        form,
    })
}

async fn visitor(
    app: &Web,
    viewer: Option<&Viewer>,
    shown: &ProjectView,
) -> Result<Visitor, Error> {
    Ok(match viewer {
        None => Visitor::Anonymous,
        Some(viewer) if viewer.account == shown.project.seller => Visitor::Owner,
        Some(viewer) if viewer.role == Role::Buyer => {
            Visitor::Buyer(own(app, viewer, shown).await?)
        }
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
    let may_watch = |viewer: &&Viewer| viewer.account != project.seller && project.takes_bids();
    let Some(viewer) = viewer.filter(may_watch) else {
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
    shown: &ProjectView,
    own: Option<BidId>,
) -> Result<HashMap<BidId, Note>, Error> {
    let Some(viewer) = viewer else {
        return Ok(HashMap::new());
    };
    let mut noted = shown.history.noted_for(Some(viewer));
    if !shown.history.includes_bid_of(viewer) {
        noted.extend(own);
    }
    if noted.is_empty() {
        return Ok(HashMap::new());
    }
    let db = &mut *app.pool.acquire().await?;
    bid::notes(db, viewer, &shown.project, &noted).await
}

/// The project's bids as this viewer may see them, with these notes.
async fn bids(
    app: &Web,
    viewer: Option<&Viewer>,
    shown: &ProjectView,
    mut notes: HashMap<BidId, Note>,
    zone: &Zone,
) -> Result<Vec<HistoryRow>, Error> {
    let ProjectView {
        project, history, ..
    } = shown;
    let owner = viewer.filter(|viewer| viewer.account == project.seller);
    let mut made = match owner {
        Some(owner) => {
            let db = &mut *app.pool.acquire().await?;
            bid::history_with_names(db, owner, history).await?
        }
        None => history.seen_by(viewer),
    };
    for made in &mut made {
        made.note = notes.remove(&made.id);
    }
    Ok(pages::bids(project, made, history.leader(), zone))
}

/// `GET /projects/{id}/history`: the bids and the state that results from them, both as of one moment, for an open
/// page. With `steps`, also what the viewer does next: a page of the version before this one does not expect that.
async fn history(
    visit: Visit,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let app = &visit.app;
    let shown = app
        .pages
        .project(&app.pool, &app.live, id_in(&id)?, visit.freshness())
        .await?;
    let viewer = visit.viewer.as_ref();
    let notes = notes(app, viewer, &shown, None).await?;
    let bids = bids(app, viewer, &shown, notes, &visit.zone).await?;
    let headers = [(header::CACHE_CONTROL, "private, no-store")];
    let contacts = match shown.project.state() {
        State::Awarded => {
            let visitor = visitor(app, viewer, &shown).await?;
            contacts(app, viewer, &shown.project, &visitor).await?
        }
        _ => Contacts::Hidden,
    };
    let (lot, bids, steps) = pages::history_update(&shown.project, bids, &contacts);
    Ok(if query.contains_key("steps") {
        (headers, Json((lot, bids, steps))).into_response()
    } else {
        (headers, Json((lot, bids))).into_response()
    })
}

/// The viewer's bids, queried only if they may be older than the history.
async fn own(app: &Web, viewer: &Viewer, shown: &ProjectView) -> Result<ViewerBids, Error> {
    let ProjectView {
        project, history, ..
    } = shown;
    if history.includes_bid_of(viewer) {
        return Ok(history.own(viewer, project));
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
    let shown = app
        .pages
        .project(&app.pool, &app.live, id, Freshness::Now)
        .await?;
    let (client, viewer) = (visit.client(), visit.viewer.as_ref());
    Ok(page(app, client, viewer, &shown, &visit.zone, form).await?)
}

/// `GET /projects/{id}/cancel`: asks whether to cancel the project.
async fn cancellation(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let act = cancellable(&visit, id).await;
    ask(visit, id, act).await
}

/// Asks before an act on the project, or shows the project's page with the reason why it can't be done.
pub(super) async fn ask(
    visit: Visit,
    id: ProjectId,
    act: Result<BindingAct, Error>,
) -> Result<Response, Failure> {
    let form = fresh(&[]);
    match act {
        Ok(act) => visit.page(Confirmation { act, form }).await,
        Err(error) => show_refused(visit, id, form, error).await,
    }
}

async fn cancellable(visit: &Visit, id: ProjectId) -> Result<BindingAct, Error> {
    let viewer = visit.signed_in()?;
    let db = &mut *visit.app.pool.acquire().await?;
    let project = project::cancellable(db, viewer, id).await?;
    Ok(BindingAct::CancelProject(project))
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
        Ok(cancelled) => follow(&visit, cancelled).await,
        Err(error) => show_refused(visit, id, posted.again(&[]), error).await,
    }
}
