use super::{
    failure::Failure,
    list_query::{Filters, Parameters, parameters},
    routes::Routes,
    visit::Visit,
};
use app::pages::{Projects, Query};
use axum::{http::StatusCode, response::Response};
use guildhall::{
    field::FieldError,
    project::{self, Filter, Listing, Sort},
};
use std::sync::Arc;

pub(crate) fn routes() -> Routes {
    Routes::default().get("/projects", show)
}

/// `GET /projects`
async fn show(visit: Visit, given: Parameters) -> Result<Response, Failure> {
    let get = parameters(given)?;
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
    // Keyed by the parsed filter: unknown parameters in the URL do not change the list.
    let key = format!("{filter:?} {sort:?} {page}");
    let read = async || {
        let _place = visit.app.request_limits.list_place().await?;
        let db = &mut *visit.app.pool.acquire().await?;
        project::list(db, Some(&visit.app.totals), &filter, sort, page)
            .await
            .map(Arc::new)
    };
    let lists = &visit.app.pages.lists;
    let listing = lists.get(&key, visit.freshness(), read).await?;
    let status = status(&errors);
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

/// A list with invalid filters shows the rest, and the errors.
pub(super) const fn status(errors: &[FieldError]) -> StatusCode {
    if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

fn filter(query: &Query) -> (Filter, Sort, Vec<FieldError>) {
    let mut filters = Filters::default();
    let filter = Filter {
        words: filters.words(&query.q),
        category: filters.take("category", &query.category, str::parse),
        currency: filters.take("currency", &query.currency, str::parse),
        budget_from: filters.minor("budget_from", &query.budget_from, &query.currency),
        budget_to: filters.minor("budget_to", &query.budget_to, &query.currency),
    };
    let sort = filters.take("sort", &query.sort, str::parse);
    (filter, sort.unwrap_or_default(), filters.errors())
}
