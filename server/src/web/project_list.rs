use super::{
    failure::Failure,
    list_query::{Filters, Parameters, parameters},
    routes::Routes,
    visit::Visit,
};
use app::pages::{Projects, Query};
use axum::{http::StatusCode, response::Response};
use guildhall::{
    Error,
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
    let query = query(&get);
    let (filter, sort, errors) = filter(&query);
    let page = get("page").parse().unwrap_or(1);
    let listing = listing(&visit, &filter, sort, page).await?;
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

/// The query of the list and of its feed.
pub(super) fn query(get: &impl Fn(&str) -> String) -> Query {
    Query {
        q: get("q"),
        category: get("category"),
        currency: get("currency"),
        budget_from: get("budget_from"),
        budget_to: get("budget_to"),
        sort: get("sort"),
    }
}

/// A page of the list, from the cache if possible.
pub(super) async fn listing(
    visit: &Visit,
    filter: &Filter,
    sort: Sort,
    page: i64,
) -> Result<Arc<Listing>, Error> {
    // Keyed by the parsed filter: unknown parameters in the URL do not change the list.
    let key = format!("{filter:?} {sort:?} {page}");
    let read = async || {
        let _place = visit.app.request_limits.list_place().await?;
        let db = &mut *visit.app.pool.acquire().await?;
        project::list(db, Some(&visit.app.totals), filter, sort, page)
            .await
            .map(Arc::new)
    };
    let lists = &visit.app.pages.lists;
    lists.get(&key, visit.freshness(), read).await
}

pub(super) fn filter(query: &Query) -> (Filter, Sort, Vec<FieldError>) {
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
