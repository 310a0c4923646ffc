//! Discarding drafts and what was typed into a project's form.

use super::{
    failure::Failure,
    posted_form::{PostedForm, fresh},
    project::id_in,
    routes::Routes,
    success::follow,
    visit::Visit,
    writes::context,
};
use app::{
    pages::{BindingAct, Confirmation},
    writes::{self, discard_autosave, discard_draft},
};
use axum::{extract::Path, response::Response};
use guildhall::{
    Error,
    account::Role,
    autosave::{self, AutosaveId},
    project::{self, ProjectId},
};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/projects/{id}/discard", discarding)
        .post("/projects/{id}/discard", discard)
        .get("/autosaves/{id}/discard", forgetting)
        .post("/autosaves/{id}/discard", forget)
}

/// `GET /projects/{id}/discard`: asks whether to discard the draft.
async fn discarding(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let act = discardable(&visit, id_in(&id)?).await?;
    let form = fresh(&[]);
    visit.page(Confirmation { act, form }).await
}

async fn discardable(visit: &Visit, id: ProjectId) -> Result<BindingAct, Error> {
    let viewer = visit.signed_in()?;
    let db = &mut *visit.app.pool.acquire().await?;
    let draft = project::draft_to_change(db, viewer, id).await?;
    Ok(BindingAct::DiscardDraft(draft))
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
    follow(&visit, discarded).await
}

/// `GET /autosaves/{id}/discard`: asks whether to discard what was typed.
async fn forgetting(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let viewer = visit.signed_in_as(Role::Seller)?;
    let db = &mut *visit.app.pool.acquire().await?;
    let found = autosave::find(db, viewer.account, autosave_in(&id)?).await?;
    let act = BindingAct::DiscardAutosave(found.ok_or(Error::NotFound)?);
    let form = fresh(&[]);
    visit.clone().page(Confirmation { act, form }).await
}

/// `POST /autosaves/{id}/discard`
async fn forget(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let discarded = discard_autosave(autosave_in(&id)?.0);
    let discarded = writes::call(context(&visit), discarded).await?;
    follow(&visit, discarded).await
}

fn autosave_in(id: &str) -> Result<AutosaveId, Error> {
    id.parse().map(AutosaveId).map_err(|_| Error::NotFound)
}
