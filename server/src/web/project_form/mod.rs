mod prefill;
mod review;

use super::{
    failure::{Failure, RefusedForm},
    posted_form::{PostedForm, new_key},
    project::id_in,
    routes::Routes,
    saved_form,
    success::redirect_after,
    visit::Visit,
    writes::context,
};
use app::{
    form::Form,
    pages::ProjectForm,
    writes::{self, ProjectFields, preview_description, publish_project, save_draft},
};
use axum::{
    extract::{Path, Query},
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error,
    account::{Role, Viewer},
    autosave::{self, Autosave, AutosaveId, FormWindow, UnfinishedForm},
    field::FieldError,
    project::{
        self, Category, Draft, DraftVersion, Insertion, ProjectId, Template, name_with_template,
        with_template,
    },
    receipt,
    store::Connection,
};
use prefill::{empty, from_autosave, from_draft};
use review::{ask_for_review, edit_again, review_saved};
use std::{collections::HashMap, sync::Arc};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/projects/new", new)
        .post("/projects/new", post)
        .get("/projects/{id}/edit", edit)
        .post("/projects/{id}/edit", post_draft)
}

/// `GET /projects/new`. With `continue`, the form is filled from that autosave; with `from`, from a project that has
/// ended, to post it again. With `review`, that autosave is shown as buyers will see it.
async fn new(
    visit: Visit,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    if let Some(saved) = query.get("review").and_then(|id| id.parse().ok()) {
        return review_saved(visit, None, AutosaveId(saved)).await;
    }
    let viewer = visit.signed_in_as(Role::Seller)?;
    let seller = viewer.account;
    let chosen = query.get("continue").and_then(|id| id.parse().ok());
    let (restored, unfinished, posted_before) = {
        let db = &mut *visit.app.pool.acquire().await?;
        let posted_before = match query.get("from") {
            Some(from) => Some(project::ended(db, viewer, id_in(from)?).await?),
            None => None,
        };
        let restored = match chosen.map(AutosaveId) {
            Some(id) => autosave::find(db, seller, id).await?,
            None => None,
        };
        let restored = restored.filter(|autosave| autosave.form.draft.is_none());
        // If the form is filled already, a list of other autosaves would only distract.
        let unfinished = match (&restored, &posted_before) {
            (None, None) => autosave::unfinished(db, seller, None).await?,
            _ => Vec::new(),
        };
        (restored, unfinished, posted_before)
    };
    let form = match (&restored, &posted_before) {
        (Some(autosave), _) => from_autosave(autosave),
        (None, Some(before)) => from_draft(&before.to_post_again(), &visit.zone),
        (None, None) => empty(&visit.zone),
    };
    let form = saved_form::restore_or(&visit, form).await?;
    let page = ProjectForm {
        form,
        restored,
        unfinished,
        posted_before,
        ..ProjectForm::default()
    };
    visit.page(page).await
}

/// `POST /projects/new`
async fn post(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    carry_out(visit, None, posted).await
}

/// `GET /projects/{id}/edit`. The form is filled from the autosave that `continue` names or the latest one of the
/// draft's current version, or else from the draft. With `review`, that autosave is shown as buyers will see it. A
/// published project redirects to its page.
async fn edit(
    visit: Visit,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    if let Some(saved) = query.get("review").and_then(|id| id.parse().ok()) {
        return review_saved(visit, Some(id), AutosaveId(saved)).await;
    }
    let viewer = visit.signed_in_as(Role::Seller)?;
    let chosen = query.get("continue").and_then(|id| id.parse().ok());
    let (draft, (restored, unfinished)) = {
        let db = &mut *visit.app.pool.acquire().await?;
        match project::draft(db, viewer, id).await {
            Ok(draft) => {
                let autosaves = autosaves(db, viewer, &draft, chosen.map(AutosaveId)).await?;
                (draft, autosaves)
            }
            Err(Error::NotFound) => {
                project::find(db, id).await?;
                return Ok(Redirect::to(&format!("/projects/{id}")).into_response());
            }
            Err(error) => return Err(error.into()),
        }
    };
    let form = match &restored {
        Some(autosave) => from_autosave(autosave),
        None => from_draft(&draft, &visit.zone),
    };
    let form = saved_form::restore_or(&visit, form).await?;
    let page = ProjectForm {
        draft: Some(id),
        form,
        restored,
        unfinished,
        ..ProjectForm::default()
    };
    visit.page(page).await
}

/// The chosen autosave of a draft, or the latest one whose form was filled from the draft's current version; and the
/// draft's other autosaves.
async fn autosaves(
    db: &mut Connection,
    viewer: &Viewer,
    draft: &Draft,
    chosen: Option<AutosaveId>,
) -> Result<(Option<Autosave>, Vec<UnfinishedForm>), Error> {
    let (seller, version) = (viewer.account, draft.last_save.map(|last| last.version));
    let restored = match chosen {
        Some(id) => autosave::find(db, seller, id).await?,
        None => autosave::of_draft(db, seller, draft.id, version).await?,
    };
    let restored = restored.filter(|autosave| autosave.form.draft == Some(draft.id));
    let mut others = autosave::unfinished(db, seller, Some(draft.id)).await?;
    others.retain(|other| restored.as_ref().is_none_or(|shown| shown.id != other.id));
    Ok((restored, others))
}

/// `POST /projects/{id}/edit`
async fn post_draft(
    visit: Visit,
    Path(id): Path<String>,
    posted: PostedForm,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    carry_out(visit, Some(id), posted).await
}

/// Carries out the action of the pressed button. Without one, the project is only reviewed.
async fn carry_out(
    mut visit: Visit,
    draft: Option<ProjectId>,
    posted: PostedForm,
) -> Result<Response, Failure> {
    // The form posts to the path of its own page, so the pages rendered below do not depend on the Referer.
    visit.page_path = visit.path.clone();
    let (context, key) = (context(&visit), posted.text("form_key"));
    let window = Some(posted.text("window"));
    let stored = match posted.get("intent") {
        "preview" => return preview(visit, draft, posted).await,
        "edit" => return edit_again(visit, draft, &posted).await,
        "template" => return insert_template(visit, draft, &posted, Insertion::Careful).await,
        "template-after" => return insert_template(visit, draft, &posted, Insertion::AtEnd).await,
        "template-only" => {
            return insert_template(visit, draft, &posted, Insertion::Replacing).await;
        }
        "draft" => writes::call(context, save_draft(draft, fields(&posted), key, window)).await,
        "draft-anyway" => {
            let window = Some(replacing(&posted).to_field());
            writes::call(context, save_draft(draft, fields(&posted), key, window)).await
        }
        "publish" => {
            writes::call(
                context,
                publish_project(draft, fields(&posted), key, window),
            )
            .await
        }
        _ => return ask_for_review(visit, draft, &posted).await,
    };
    match stored {
        Ok(stored) => redirect_after(&visit, stored).await,
        Err(error) => refused(visit, draft, posted.unfinished(), error).await,
    }
}

/// The form's window, now allowed to overwrite the newer version that the page warned of.
fn replacing(posted: &PostedForm) -> FormWindow {
    let window = FormWindow::from_field(posted.get("window"));
    match posted.get("replaces").parse() {
        Ok(version) => window.replacing(DraftVersion(version)),
        Err(_) => window,
    }
}

/// Inserts the template of the chosen category. If a description has been typed, the page first asks what to do with it.
async fn insert_template(
    visit: Visit,
    draft: Option<ProjectId>,
    posted: &PostedForm,
    insertion: Insertion,
) -> Result<Response, Failure> {
    visit.signed_in_as(Role::Seller)?;
    let category: Category = match posted.get("category").parse() {
        Ok(category) => category,
        Err(problem) => {
            let error = FieldError::new("category", problem);
            return refused(
                visit,
                draft,
                posted.unfinished(),
                Arc::new(Error::Invalid(vec![error])),
            )
            .await;
        }
    };
    let template = Template::of(category);
    let description = with_template(posted.get("description"), template, insertion);
    let asks_for_template = description.is_none();
    let form = posted.unfinished();
    let form = match description {
        Some(description) => form
            .with("name", name_with_template(posted.get("name"), template))
            .with("description", description),
        None => form,
    };
    let page = ProjectForm {
        draft,
        form,
        asks_for_template,
        ..ProjectForm::default()
    };
    visit.page(page).await
}

/// Shows the form again, with the description as buyers would see it.
async fn preview(
    visit: Visit,
    draft: Option<ProjectId>,
    posted: PostedForm,
) -> Result<Response, Failure> {
    let html = preview_description(posted.text("description"));
    match writes::call(context(&visit), html).await {
        Ok(html) => {
            let page = ProjectForm {
                draft,
                form: posted.unfinished(),
                preview: Some(html),
                ..ProjectForm::default()
            };
            visit.page(page).await
        }
        Err(error) => refused(visit, draft, posted.unfinished(), error).await,
    }
}

/// Shows the form again, with what was typed and the errors.
async fn refused(
    visit: Visit,
    draft: Option<ProjectId>,
    form: Form,
    error: Arc<Error>,
) -> Result<Response, Failure> {
    // Keep the form's key, which its autosave is stored under, unless the key is invalid or has been used already.
    let form = match error.refused() {
        Some(receipt::Refusal::StalePage) => form.with_key(new_key()),
        _ if error.refused() == Some(&autosave::Refusal::Sent) => form.with_key(new_key()),
        _ => form,
    };
    let newer = match error.refused() {
        Some(project::Refusal::ChangedElsewhere { version }) => Some(*version),
        _ => None,
    };
    let refused = RefusedForm::of(error, form)?;
    let page = ProjectForm {
        draft,
        form: refused.form.clone(),
        newer,
        ..ProjectForm::default()
    };
    refused.show(visit, page).await
}

fn fields(posted: &PostedForm) -> ProjectFields {
    ProjectFields::of(|name| posted.text(name))
}
