//! Discarding drafts, what was typed into a project's form, and forms that were sent after the session had ended.

use super::{
    failure::Failure,
    posted_form::{PostedForm, fresh},
    project::id_in,
    routes::Routes,
    saved_form,
    sign_in::local,
    success::{redirect_after, redirect_with_message},
    visit::Visit,
    writes::context,
};
use app::{
    pages::{ActionToConfirm, Confirmation},
    writes::{self, discard_autosave, discard_draft},
};
use axum::{
    extract::{Path, Query},
    response::Response,
};
use guildhall::{
    Error,
    account::Role,
    autosave::{self, AutosaveId},
    project::{self, ProjectId},
};
use serde::Deserialize;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/projects/{id}/discard", discarding)
        .post("/projects/{id}/discard", discard)
        .get("/autosaves/{id}/discard", forgetting)
        .post("/autosaves/{id}/discard", forget)
        .get("/saved-forms/discard", confirm)
        .post("/saved-forms/discard", forget_saved)
}

/// `GET /projects/{id}/discard`: asks whether to discard the draft.
async fn discarding(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let action = discardable(&visit, id_in(&id)?).await?;
    let form = fresh(&[]);
    visit.page(Confirmation { action, form }).await
}

async fn discardable(visit: &Visit, id: ProjectId) -> Result<ActionToConfirm, Error> {
    let viewer = visit.signed_in()?;
    let db = &mut *visit.app.pool.acquire().await?;
    let draft = project::draft_to_change(db, viewer, id).await?;
    Ok(ActionToConfirm::DiscardDraft(draft))
}

/// `POST /projects/{id}/discard`
async fn discard(
    visit: Visit,
    Path(id): Path<String>,
    posted: PostedForm,
) -> Result<Response, Failure> {
    let draft = id_in(&id)?;
    let discarded = discard_draft(draft, posted.text("form_key"));
    let discarded = writes::call(context(&visit), discarded).await?;
    redirect_after(&visit, discarded).await
}

/// `GET /autosaves/{id}/discard`: asks whether to discard what was typed.
async fn forgetting(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let viewer = visit.signed_in_as(Role::Seller)?;
    let db = &mut *visit.app.pool.acquire().await?;
    let found = autosave::find(db, viewer.account, autosave_in(&id)?).await?;
    let action = ActionToConfirm::DiscardAutosave(found.ok_or(Error::NotFound)?);
    let form = fresh(&[]);
    visit.clone().page(Confirmation { action, form }).await
}

/// `POST /autosaves/{id}/discard`
async fn forget(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let discarded = discard_autosave(autosave_in(&id)?.0);
    let discarded = writes::call(context(&visit), discarded).await?;
    redirect_after(&visit, discarded).await
}

fn autosave_in(id: &str) -> Result<AutosaveId, Error> {
    id.parse().map(AutosaveId).map_err(|_| Error::NotFound)
}

/// The page whose saved form is to be discarded; without one, that of a new project.
#[derive(Deserialize)]
struct OfPage {
    #[serde(default)]
    page: String,
}

/// `GET /saved-forms/discard`: asks whether to discard the form that was sent after the session had ended.
async fn confirm(mut visit: Visit, Query(of): Query<OfPage>) -> Result<Response, Failure> {
    visit.signed_in()?;
    let page = match local(&of.page) {
        "" => "/projects/new",
        page => page,
    };
    // The question's form names this page, whose saved form is deleted once it has been sent.
    page.clone_into(&mut visit.page_path);
    let page = page.to_owned();
    let action = ActionToConfirm::DiscardSavedForm { page };
    let form = fresh(&[]);
    visit.page(Confirmation { action, form }).await
}

/// `POST /saved-forms/discard`. An autosave of the same form goes with it.
async fn forget_saved(visit: Visit, _: PostedForm) -> Result<Response, Failure> {
    let seller = visit.signed_in()?.account;
    let page = visit.form_page.get().ok_or(Error::NotFound)?.clone();
    if let Some(key) = saved_form::key_of(&visit, &page).await? {
        let db = &mut *visit.app.pool.acquire().await?;
        autosave::discard_form(db, seller, key).await?;
    }
    redirect_with_message(&visit, &page, "What you typed has been discarded.").await
}
