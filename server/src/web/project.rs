use super::{
    App,
    done::done,
    failure::{Failure, RefusedForm},
    posted::{Posted, fresh},
    routes::Routes,
    saved_form,
    seen::Shown,
    visit::Visit,
    writes::context,
};
use crate::cache::fresh::Need;
use app::{
    form::Form,
    pages::{ProjectPage, Projects, Query, ResultPage, Visitor},
    writes::{self, cancel_project},
};
use axum::{
    extract::{Path, Query as Search},
    http::HeaderMap,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error,
    account::{Role, Viewer},
    award,
    bid::{self, Own},
    fairness::Client,
    field::{self, Check, Problem},
    money::{Currency, Money},
    project::{self, Filter, LONGEST_SEARCH, Listing, ProjectId, Sort, Words},
};
use std::{collections::HashMap, sync::Arc};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/projects", list)
        .get("/projects/{id}", show)
        .post("/projects/{id}/cancel", cancel)
        .get("/projects/{id}/result", result)
}

/// A project's number in a path; what is none leads to no project.
pub(super) fn id_in(path: &str) -> Result<ProjectId, Error> {
    path.parse().map(ProjectId).map_err(|_| Error::NotFound)
}

/// `GET /projects`
pub(super) async fn list(
    visit: Visit,
    search: Result<Search<HashMap<String, String>>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Failure> {
    let Search(search) = search.map_err(|_| Error::NotFound)?;
    let get = |name: &str| {
        search
            .get(name)
            .map(|value| value.trim().to_owned())
            .unwrap_or_default()
    };
    let query = Query {
        q: get("q"),
        category: get("category"),
        currency: get("currency"),
        budget_from: get("budget_from"),
        budget_to: get("budget_to"),
        sort: get("sort"),
    };
    let (filter, sort, errors) = filter(&query);
    let page = get("page").parse().unwrap_or(1);
    // By what was understood: whatever else stands in the address makes no other list.
    let asked = format!("{filter:?} {sort:?} {page}");
    let look = async || {
        let _place = visit.app.request_limits.list_place().await?;
        let db = &mut *visit.app.pool.acquire().await?;
        project::list(db, Some(&visit.app.totals), &filter, sort, page)
            .await
            .map(Arc::new)
    };
    let lists = &visit.app.pages.lists;
    let listing = lists.get(&asked, visit.need(), look).await?;
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    visit
        .page_with(
            status,
            Projects {
                listing: Listing::clone(&listing),
                query,
                errors,
            },
        )
        .await
}

/// Reads the query; what is wrong in it is named and not applied.
fn filter(query: &Query) -> (Filter, Sort, Vec<field::FieldError>) {
    fn given<T>(
        text: &str,
        read: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Result<Option<T>, Problem> {
        if text.is_empty() {
            Ok(None)
        } else {
            read(text).map(Some)
        }
    }
    let mut check = Check::default();
    // Every currency has two decimals. One that stands beside the amount is read as the one that is chosen, or as any if none is.
    let chosen: Option<Currency> = query.currency.parse().ok();
    let minor = |text: &str| {
        let currency = chosen.or_else(|| Money::currency_in(text));
        Money::parse(text, currency.unwrap_or_default()).map(Money::minor)
    };
    let filter = Filter {
        words: check
            .take(
                "q",
                given(&query.q, |text| {
                    field::line(text, 1, LONGEST_SEARCH).map(|text| Words::parse(&text))
                }),
            )
            .flatten(),
        category: check
            .take("category", given(&query.category, str::parse))
            .flatten(),
        currency: check
            .take("currency", given(&query.currency, str::parse))
            .flatten(),
        budget_from: check
            .take("budget_from", given(&query.budget_from, minor))
            .flatten(),
        budget_to: check
            .take("budget_to", given(&query.budget_to, minor))
            .flatten(),
    };
    let sort = check
        .take("sort", given(&query.sort, str::parse))
        .flatten()
        .unwrap_or_default();
    let errors = match check.finish() {
        Err(Error::Invalid(errors)) => errors,
        _ => Vec::new(),
    };
    (filter, sort, errors)
}

/// `GET /projects/{id}`; its seller is led from a draft to where it is edited.
pub(super) async fn show(
    visit: Visit,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let app = &visit.app;
    let found = app
        .pages
        .project(&app.pool, &app.live, id, visit.need())
        .await;
    let shown = match (found, &visit.viewer) {
        (Err(Error::NotFound), Some(viewer)) if viewer.role == Role::Seller => {
            project::draft(&mut *visit.app.pool.acquire().await?, viewer, id).await?;
            return Ok(Redirect::to(&format!("/projects/{id}/edit")).into_response());
        }
        (found, _) => found?,
    };
    let (app, viewer) = (visit.app.clone(), visit.viewer.clone());
    let form = saved_form::restored_or(&visit, fresh(&[])).await?;
    let page = page(&app, visit.client(), viewer.as_ref(), &shown, form);
    Box::pin(visit.page_as_of(shown.as_of, &headers, page)).await
}

/// The project's page as this viewer sees it, with its bid form in this state.
async fn page(
    app: &App,
    client: Client,
    viewer: Option<&Viewer>,
    shown: &Shown,
    form: Form,
) -> Result<ProjectPage, Error> {
    let Shown {
        project, history, ..
    } = shown;
    let visitor = match viewer {
        None => Visitor::Anonymous,
        Some(viewer) if viewer.account == project.seller => Visitor::Owner,
        Some(viewer) if viewer.role == Role::Buyer => {
            Visitor::Buyer(own(app, viewer, shown).await?)
        }
        Some(_) => Visitor::OtherSeller,
    };
    let made = match viewer {
        Some(viewer) if viewer.account == project.seller => {
            let db = &mut *app.pool.acquire().await?;
            bid::history_with_names(db, viewer, history).await?
        }
        _ => history.seen_by(viewer),
    };
    let description = app.pages.description(&app.heavy, client, project).await?;
    Ok(ProjectPage {
        description: description.to_string(),
        project: project.clone(),
        leader: history.leader(),
        history: made,
        visitor,
        form,
    })
}

/// The viewer's live bid, as far as the page's history does not tell by itself.
async fn own(app: &App, viewer: &Viewer, shown: &Shown) -> Result<Option<Own>, Error> {
    let Shown {
        project, history, ..
    } = shown;
    if history.tells_of(viewer) {
        return Ok(history.own(viewer));
    }
    let db = &mut *app.pool.acquire().await?;
    bid::own_then(db, viewer, project, history).await
}

/// Shows the project's page again, with what was refused.
pub(super) async fn show_refused(
    visit: Visit,
    id: ProjectId,
    form: Form,
    error: impl Into<Arc<Error>>,
) -> Result<Response, Failure> {
    let error = error.into();
    if visit.wants_json {
        return Err(error.into());
    }
    let refused = RefusedForm::of(error, form)?;
    let app = &visit.app;
    let shown = app
        .pages
        .project(&app.pool, &app.live, id, Need::Now)
        .await?;
    let (client, viewer) = (visit.client(), visit.viewer.as_ref());
    let page = page(app, client, viewer, &shown, refused.form.clone()).await?;
    refused.show(visit, page).await
}

/// `POST /projects/{id}/cancel`
pub(super) async fn cancel(
    visit: Visit,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let cancelled = cancel_project(id, posted.text("form_key"));
    match writes::call(context(&visit), cancelled).await {
        Ok(cancelled) => done(&visit, &cancelled.location, &cancelled.message).await,
        Err(error) => show_refused(visit, id, posted.again(&[]), error).await,
    }
}

/// `GET /projects/{id}/result`; while there is none, leads to the project.
pub(super) async fn result(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let db = &mut *visit.app.pool.acquire().await?;
    let project = project::find(db, id).await?;
    match award::outcome(db, visit.viewer.as_ref(), &project).await {
        Ok(outcome) => visit.clone().page(ResultPage { project, outcome }).await,
        Err(Error::NotFound) => Ok(Redirect::to(&format!("/projects/{id}")).into_response()),
        Err(error) => Err(error.into()),
    }
}
