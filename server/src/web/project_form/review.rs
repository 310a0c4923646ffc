//! The review of a project before it is published, and the way back to its form.

use super::{fields, prefill::from_autosave, refused};
use crate::web::{failure::Failure, posted_form::PostedForm, visit::Visit, writes::context};
use app::{
    form::Form,
    islands::Write,
    pages::{ProjectForm, ProjectReview},
    writes::{self, ProjectFields, check_project, keep_form, review_project},
};
use axum::response::{IntoResponse, Redirect, Response};
use guildhall::{
    Error,
    account::Role,
    autosave::{self, AutosaveId},
    project::ProjectId,
};
use std::sync::Arc;

/// Leads to the review, which has an address of its own: *Back* from the published project must not ask to send this
/// form again. If the form can't be saved, the review is shown at once.
pub(super) async fn ask_for_review(
    visit: Visit,
    draft: Option<ProjectId>,
    posted: &PostedForm,
) -> Result<Response, Failure> {
    // First, so that what was typed is found again whatever is wrong with it.
    let kept = keep(&visit, draft, posted).await;
    let checked = check_project(draft, fields(posted), Some(posted.text("window")));
    match (writes::call(context(&visit), checked).await, kept) {
        (Err(error), _) | (Ok(()), Err(error)) => {
            refused(visit, draft, posted.unfinished(), error).await
        }
        (Ok(()), Ok(Some(AutosaveId(id)))) => Ok(lead_to(draft, "review", id)),
        (Ok(()), Ok(None)) => review(visit, draft, posted.unfinished()).await,
    }
}

async fn keep(
    visit: &Visit,
    draft: Option<ProjectId>,
    posted: &PostedForm,
) -> Result<Option<AutosaveId>, Arc<Error>> {
    let (key, window) = (posted.text("form_key"), posted.text("window"));
    let kept = keep_form(draft, fields(posted), key, Some(window));
    writes::call(context(visit), kept).await
}

/// Redirects to the form's page, which shows this autosave.
fn lead_to(draft: Option<ProjectId>, how: &str, autosave: i64) -> Response {
    let form = Write::Project(draft).path();
    Redirect::to(&format!("{form}?{how}={autosave}")).into_response()
}

/// Shows the whole project as buyers will see it.
async fn review(visit: Visit, draft: Option<ProjectId>, form: Form) -> Result<Response, Failure> {
    let fields = ProjectFields::of(|name| form.value(name));
    let reviewed = review_project(draft, fields, Some(form.value("window")));
    match writes::call(context(&visit), reviewed).await {
        Ok((publication, description)) => {
            let page = ProjectReview {
                draft,
                publication,
                description,
                form,
            };
            visit.page(page).await
        }
        Err(error) => refused(visit, draft, form, error).await,
    }
}

/// The review of a saved form. One that has been sent or discarded since has none.
pub(super) async fn review_saved(
    mut visit: Visit,
    draft: Option<ProjectId>,
    saved: AutosaveId,
) -> Result<Response, Failure> {
    let seller = visit.signed_in_as(Role::Seller)?.account;
    let found = autosave::find(&mut *visit.app.pool.acquire().await?, seller, saved).await?;
    let Some(autosave) = found.filter(|autosave| autosave.form.draft == draft) else {
        let page = draft.map_or_else(
            || "/dashboard".to_owned(),
            |id| format!("/projects/{id}/edit"),
        );
        return Ok(Redirect::to(&page).into_response());
    };
    // A form that is sent from here and kept until the next sign-in is shown by the form's page.
    visit.page_path = Write::Project(draft).path();
    review(visit, draft, from_autosave(&autosave)).await
}

/// Leads back from the review to the form. If the form can't be saved, it is shown at once.
pub(super) async fn edit_again(
    visit: Visit,
    draft: Option<ProjectId>,
    posted: &PostedForm,
) -> Result<Response, Failure> {
    visit.signed_in_as(Role::Seller)?;
    if let Ok(Some(AutosaveId(id))) = keep(&visit, draft, posted).await {
        return Ok(lead_to(draft, "continue", id));
    }
    let page = ProjectForm {
        draft,
        form: posted.unfinished(),
        ..ProjectForm::default()
    };
    visit.page(page).await
}
