use super::{
    failure::{Failure, RefusedForm},
    list_query::{Parameters, parameters},
    posted_form::{PostedForm, fresh},
    routes::Routes,
    saved_form,
    success::redirect_after,
    visit::Visit,
    writes::context,
};
use app::{
    form::Form,
    pages::{ChangeSearch, SaveSearch, SavedSearches},
    writes::{self, SearchParameters, change_search, delete_search, save_search},
};
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error,
    error::ErrorKind,
    saved_search::{self, Frequency, SavedFilter, SavedSearch, SavedSearchId},
};

const LIST: &str = "/account/searches";

/// The filters of the list of open projects that are not saved.
const LEFT_OUT: [&str; 3] = ["closing", "bids", "since"];

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/account/searches", list)
        .post("/account/searches", save)
        .get("/account/searches/new", new)
        .get("/account/searches/{id}", show)
        .post("/account/searches/{id}", change)
        .post("/account/searches/{id}/delete", delete)
}

/// `GET /account/searches`
async fn list(visit: Visit) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let db = &mut *visit.app.pool.acquire().await?;
    let searches = saved_search::of_account(db, viewer).await?;
    visit.page(SavedSearches { searches }).await
}

/// `GET /account/searches/new`, with the parameters of the list of open projects. What is wrong with them is left out, as
/// by the list itself.
async fn new(visit: Visit, given: Parameters) -> Result<Response, Failure> {
    visit.signed_in()?;
    let get = parameters(given)?;
    let values: Vec<_> = SavedFilter::NAMES.map(|name| (name, get(name))).to_vec();
    let (filter, _) = SavedFilter::read(|name| value(&values, name));
    if filter.is_empty() {
        return Ok(Redirect::to("/projects").into_response());
    }
    let leaves_out = LEFT_OUT.iter().any(|name| !get(name).is_empty());
    let form = fresh(&[
        ("name", filter.suggested_name()),
        ("frequency", Frequency::AtOnce.name().to_owned()),
    ]);
    let form = saved_form::restore_or(&visit, form).await?;
    let page = SaveSearch {
        filter,
        leaves_out,
        form,
    };
    visit.page(page).await
}

fn value<'a>(values: &'a [(&str, String)], name: &str) -> &'a str {
    let found = values.iter().find(|(known, _)| *known == name);
    found.map_or("", |(_, value)| value)
}

/// `POST /account/searches`
async fn save(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let search = SearchParameters {
        q: posted.text("q"),
        category: posted.text("category"),
        currency: posted.text("currency"),
        budget_from: posted.text("budget_from"),
        budget_to: posted.text("budget_to"),
        work_place: posted.text("work_place"),
    };
    let saved = save_search(
        search,
        posted.text("name"),
        posted.text("frequency"),
        posted.text("form_key"),
    );
    match writes::call(context(&visit), saved).await {
        Ok(saved) => redirect_after(&visit, saved).await,
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&[]))?;
            let (filter, _) = SavedFilter::read(|name| posted.get(name));
            let page = SaveSearch {
                filter,
                leaves_out: false,
                form: refused.form.clone(),
            };
            refused.show(visit, page).await
        }
    }
}

/// `GET /account/searches/{id}`
async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let search = own(&visit, id_in(&id)?).await?;
    let form = fresh(&[
        ("name", search.name.clone()),
        ("frequency", search.frequency.name().to_owned()),
    ]);
    let form = saved_form::restore_or(&visit, form).await?;
    visit.page(ChangeSearch { search, form }).await
}

/// `POST /account/searches/{id}`
async fn change(
    visit: Visit,
    Path(id): Path<String>,
    posted: PostedForm,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let changed = change_search(id.0, posted.text("name"), posted.text("frequency"));
    match writes::call(context(&visit), changed).await {
        Ok(changed) => redirect_after(&visit, changed).await,
        Err(error) => {
            let search = own(&visit, id).await?;
            let refused = RefusedForm::of(error, posted.again(&[]))?;
            let form: Form = refused.form.clone();
            refused.show(visit, ChangeSearch { search, form }).await
        }
    }
}

/// `POST /account/searches/{id}/delete`
async fn delete(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    match writes::call(context(&visit), delete_search(id.0)).await {
        Ok(deleted) => redirect_after(&visit, deleted).await,
        // Already gone after a double click: nothing to report.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Redirect::to(LIST).into_response()),
        Err(error) => Err(error.into()),
    }
}

async fn own(visit: &Visit, id: SavedSearchId) -> Result<SavedSearch, Error> {
    let viewer = visit.signed_in()?;
    saved_search::find(&mut *visit.app.pool.acquire().await?, viewer, id).await
}

fn id_in(text: &str) -> Result<SavedSearchId, Error> {
    text.parse().map(SavedSearchId).map_err(|_| Error::NotFound)
}
