use super::{
    done::done,
    failure::{Failure, RefusedForm},
    posted::{Posted, fresh},
    project::id_in,
    routes::Routes,
    saved_form,
    visit::Visit,
};
use crate::markdown;
use app::{form::Form, pages::ProjectForm};
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::disk::Storing;
use guildhall::{
    Error,
    account::{Role, Viewer},
    field::{self, FieldError, Problem},
    moment::{self, Hour, Wall, Zone},
    money::{Currency, Money},
    project::{self, Category, Details, Draft, LIMITS, ProjectId, Purpose, Typed},
    quota::Kind,
    receipt::form::{self, Begun},
};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/projects/new", new)
        .post("/projects/new", post)
        .get("/projects/{id}/edit", edit)
        .post("/projects/{id}/edit", post_draft)
        .post("/projects/{id}/discard", discard)
}

/// Which button of the form was pressed.
#[derive(Clone, Copy)]
enum Intent {
    Publish,
    Draft,
    Preview,
}

impl Intent {
    fn of(posted: &Posted) -> Self {
        match posted.get("intent") {
            "preview" => Self::Preview,
            "draft" => Self::Draft,
            _ => Self::Publish,
        }
    }
}

/// `GET /projects/new`
pub(super) async fn new(visit: Visit) -> Result<Response, Failure> {
    visit.signed_in_as(Role::Seller)?;
    let form = fresh(&[
        ("category", Category::Software.slug().to_owned()),
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
pub(super) async fn post(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    carry_out(visit, None, posted).await
}

/// `GET /projects/{id}/edit`; what is published already is shown instead.
pub(super) async fn edit(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
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
pub(super) async fn post_draft(
    visit: Visit,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    carry_out(visit, Some(id), posted).await
}

async fn carry_out(
    visit: Visit,
    draft: Option<ProjectId>,
    posted: Posted,
) -> Result<Response, Failure> {
    let viewer = visit.signed_in_as(Role::Seller)?;
    let _turn = match visit.app.drafting.take(&visit.client()).await {
        Ok(turn) => turn,
        Err(error) => return refused(visit, draft, &posted, error).await,
    };
    let intent = Intent::of(&posted);
    let words = match intent {
        Intent::Preview => {
            return match preview(&visit, &posted).await {
                Ok(preview) => {
                    let form = posted.again(&[]);
                    let preview = Some(preview);
                    let page = ProjectForm {
                        draft,
                        form,
                        preview,
                    };
                    visit.page(page).await
                }
                Err(error) => refused(visit, draft, &posted, error).await,
            };
        }
        Intent::Draft => "The draft is saved. Only you can see it.",
        Intent::Publish => "The project is published and takes bids.",
    };
    match kept(&visit, viewer, draft, intent, &posted).await {
        Ok(id) => done(&visit, &path_of(id, intent), words).await,
        Err(error) => refused(visit, draft, &posted, error).await,
    }
}

/// Shows the form again, with what was typed and what is wrong with it.
async fn refused(
    visit: Visit,
    draft: Option<ProjectId>,
    posted: &Posted,
    error: Error,
) -> Result<Response, Failure> {
    let refused = RefusedForm::of(error, posted.again(&[]))?;
    let page = ProjectForm {
        draft,
        form: refused.form.clone(),
        preview: None,
    };
    refused.show(visit, page).await
}

/// The description as buyers would see it, as HTML.
async fn preview(visit: &Visit, posted: &Posted) -> Result<String, Error> {
    let text = field::body(posted.get("description"), 0, LIMITS.description.1)
        .map_err(|problem| Error::Invalid(vec![FieldError::new("description", problem)]))?;
    markdown::rendered(&visit.app.heavy, visit.client(), text).await
}

/// Where a project is shown after this button was pressed.
fn path_of(id: ProjectId, intent: Intent) -> String {
    match intent {
        Intent::Draft => format!("/projects/{id}/edit"),
        Intent::Publish | Intent::Preview => format!("/projects/{id}"),
    }
}

async fn kept(
    visit: &Visit,
    viewer: &Viewer,
    draft: Option<ProjectId>,
    intent: Intent,
    posted: &Posted,
) -> Result<ProjectId, Error> {
    let app = &visit.app;
    let mark = posted.mark(viewer.account)?;
    let details = details(
        posted,
        if matches!(intent, Intent::Draft) {
            Purpose::Draft
        } else {
            Purpose::Publish
        },
    )?;
    let mut once = match form::begin(&app.pool, mark).await? {
        // Saving is the same however often it is done, and the draft may have been saved otherwise in between.
        Begun::Repeated(id) => {
            if let (Intent::Draft, Some(id)) = (intent, draft) {
                let mut tx = app.pool.begin().await?;
                project::edit_draft(&mut tx, viewer, id, &details).await?;
                tx.commit().await?;
            }
            return Ok(id);
        }
        Begun::First(once) => once,
    };
    app.disk.must_take(Storing::Projects)?;
    let kind = match (intent, draft) {
        (Intent::Draft, None) => Some(Kind::Draft),
        (Intent::Draft, Some(_)) => None,
        _ => Some(Kind::Project),
    };
    if let Some(kind) = kind {
        let (tx, account) = (once.tx(), viewer.account);
        app.quotas.spend(tx, kind, account, visit.origin()).await?;
    }
    let id = match (intent, draft) {
        (Intent::Draft, None) => project::save_draft(once.tx(), viewer, &details).await?,
        (Intent::Draft, Some(id)) => {
            project::edit_draft(once.tx(), viewer, id, &details).await?;
            id
        }
        (_, draft) => project::publish(once.tx(), viewer, draft, &details).await?,
    };
    once.commit(id).await
}

fn details(posted: &Posted, purpose: Purpose) -> Result<Details, Error> {
    let zone = Zone::named(posted.get("time_zone"));
    let typed = Typed {
        name: posted.get("name"),
        summary: posted.get("summary"),
        description: posted.get("description"),
        category: posted.get("category"),
        skills: posted.get("skills"),
        currency: posted.get("currency"),
        budget: posted.get("budget"),
        deadline: zone.and_then(|zone| {
            zone.parse(&Wall {
                text: posted.get("deadline"),
                hour: posted.get("deadline_hour").parse().ok(),
                shown: moment::from_rfc3339(posted.get("deadline_shown")),
            })
        }),
    };
    Details::parse(&typed, purpose).map_err(|error| match error {
        Error::Invalid(errors) => Error::Invalid(errors.into_iter().map(at_its_field).collect()),
        other => other,
    })
}

/// A moment is typed into two fields; a zone that is none is the second one's fault.
fn at_its_field(error: FieldError) -> FieldError {
    match error.problem {
        Problem::NotAZone => FieldError::new("time_zone", Problem::NotAZone),
        _ => error,
    }
}

fn filled(draft: &Draft, zone: &Zone) -> Form {
    fresh(&[
        ("name", draft.name.clone()),
        ("summary", draft.summary.clone()),
        ("description", draft.description.clone()),
        ("category", draft.category.slug().to_owned()),
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

/// `POST /projects/{id}/discard`
pub(super) async fn discard(
    visit: Visit,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let viewer = visit.signed_in_as(Role::Seller)?;
    let mark = posted.mark(viewer.account)?;
    if let Begun::First(mut once) = form::begin(&visit.app.pool, mark).await? {
        project::discard_draft(once.tx(), viewer, id).await?;
        once.commit(id).await?;
    }
    done(&visit, "/dashboard", "The draft is discarded.").await
}
