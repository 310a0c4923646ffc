use super::{
    done::follow,
    failure::{Failure, RefusedForm},
    posted::{Posted, fresh},
    project::id_in,
    routes::Routes,
    saved_form,
    visit::Visit,
    writes::context,
};
use app::{
    form::Form,
    pages::{BindingAct, Confirmation, ProjectForm, ProjectReview},
    writes::{
        self, ProjectFields, discard_draft, preview_description, publish_project, review_project,
        save_draft,
    },
};
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error,
    account::Role,
    moment::{self, Hour, Zone},
    money::{Currency, Money},
    project::{self, Category, Draft, ProjectId},
};
use std::sync::Arc;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/projects/new", new)
        .post("/projects/new", post)
        .get("/projects/{id}/edit", edit)
        .post("/projects/{id}/edit", post_draft)
        .get("/projects/{id}/discard", discarding)
        .post("/projects/{id}/discard", discard)
}

/// `GET /projects/new`
async fn new(visit: Visit) -> Result<Response, Failure> {
    visit.signed_in_as(Role::Seller)?;
    let form = fresh(&[
        ("currency", Currency::default().code().to_owned()),
        ("time_zone", visit.zone.name().to_owned()),
    ]);
    let form = saved_form::restored_or(&visit, form).await?;
    visit
        .page(ProjectForm {
            draft: None,
            form,
            preview: None,
        })
        .await
}

/// `POST /projects/new`
async fn post(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    carry_out(visit, None, posted).await
}

/// `GET /projects/{id}/edit`. A published project redirects to its page.
async fn edit(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let viewer = visit.signed_in_as(Role::Seller)?;
    let db = &mut *visit.app.pool.acquire().await?;
    match project::draft(db, viewer, id).await {
        Ok(draft) => {
            let form = saved_form::restored_or(&visit, filled(&draft, &visit.zone)).await?;
            visit
                .clone()
                .page(ProjectForm {
                    draft: Some(id),
                    form,
                    preview: None,
                })
                .await
        }
        Err(Error::NotFound) => {
            project::find(db, id).await?;
            Ok(Redirect::to(&format!("/projects/{id}")).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /projects/{id}/edit`
async fn post_draft(
    visit: Visit,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    carry_out(visit, Some(id), posted).await
}

/// Carries out the action of the pressed button. Without one, nothing is stored.
async fn carry_out(
    mut visit: Visit,
    draft: Option<ProjectId>,
    posted: Posted,
) -> Result<Response, Failure> {
    // The page of the form, also on the page that follows.
    visit.page_path = visit.path.clone();
    let (context, key) = (context(&visit), posted.text("form_key"));
    let stored = match posted.get("intent") {
        "preview" => return preview(visit, draft, posted).await,
        "edit" => return edit_again(visit, draft, &posted).await,
        "draft" => writes::call(context, save_draft(draft, fields(&posted), key)).await,
        "publish" => writes::call(context, publish_project(draft, fields(&posted), key)).await,
        _ => return review(visit, draft, &posted).await,
    };
    match stored {
        Ok(stored) => follow(&visit, stored).await,
        Err(error) => refused(visit, draft, &posted, error).await,
    }
}

/// Shows the whole project as buyers will see it.
async fn review(
    visit: Visit,
    draft: Option<ProjectId>,
    posted: &Posted,
) -> Result<Response, Failure> {
    let reviewed = review_project(draft, fields(posted));
    match writes::call(context(&visit), reviewed).await {
        Ok((publication, description)) => {
            let page = ProjectReview {
                draft,
                publication,
                description,
                form: posted.unfinished(),
            };
            visit.page(page).await
        }
        Err(error) => refused(visit, draft, posted, error).await,
    }
}

/// Shows the form again, as it was before the review.
async fn edit_again(
    visit: Visit,
    draft: Option<ProjectId>,
    posted: &Posted,
) -> Result<Response, Failure> {
    visit.signed_in_as(Role::Seller)?;
    let page = ProjectForm {
        draft,
        form: posted.unfinished(),
        preview: None,
    };
    visit.page(page).await
}

/// Shows the form again, with the description as buyers would see it.
async fn preview(
    visit: Visit,
    draft: Option<ProjectId>,
    posted: Posted,
) -> Result<Response, Failure> {
    let html = preview_description(posted.text("description"));
    match writes::call(context(&visit), html).await {
        Ok(html) => {
            let page = ProjectForm {
                draft,
                form: posted.again(&[]),
                preview: Some(html),
            };
            visit.page(page).await
        }
        Err(error) => refused(visit, draft, &posted, error).await,
    }
}

/// Shows the form again, with what was typed and the errors.
async fn refused(
    visit: Visit,
    draft: Option<ProjectId>,
    posted: &Posted,
    error: Arc<Error>,
) -> Result<Response, Failure> {
    let refused = RefusedForm::of(error, posted.again(&[]))?;
    let page = ProjectForm {
        draft,
        form: refused.form.clone(),
        preview: None,
    };
    refused.show(visit, page).await
}

fn fields(posted: &Posted) -> ProjectFields {
    ProjectFields {
        name: posted.text("name"),
        summary: posted.text("summary"),
        description: posted.text("description"),
        category: posted.text("category"),
        skills: posted.text("skills"),
        budget: posted.text("budget"),
        currency: posted.text("currency"),
        deadline: posted.text("deadline"),
        deadline_hour: posted.text("deadline_hour"),
        deadline_shown: posted.text("deadline_shown"),
        time_zone: posted.text("time_zone"),
    }
}

fn filled(draft: &Draft, zone: &Zone) -> Form {
    fresh(&[
        ("name", draft.name.clone()),
        ("summary", draft.summary.clone()),
        ("description", draft.description.clone()),
        (
            "category",
            draft.category.map_or("", Category::slug).to_owned(),
        ),
        ("skills", draft.skills.join(", ")),
        (
            "budget",
            draft.budget.map(Money::to_decimal).unwrap_or_default(),
        ),
        ("currency", draft.currency.code().to_owned()),
        (
            "deadline",
            draft
                .deadline
                .map(|deadline| zone.to_field(deadline))
                .unwrap_or_default(),
        ),
        (
            "deadline_shown",
            draft.deadline.map(moment::rfc3339).unwrap_or_default(),
        ),
        (
            "deadline_hour",
            draft
                .deadline
                .and_then(|deadline| zone.hour(deadline))
                .map_or("", Hour::name)
                .to_owned(),
        ),
        ("time_zone", zone.name().to_owned()),
    ])
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
    posted: Posted,
) -> Result<Response, Failure> {
    let draft = id_in(&id)?;
    let discarded = discard_draft(draft, posted.text("form_key"));
    let discarded = writes::call(context(&visit), discarded).await?;
    follow(&visit, discarded).await
}
