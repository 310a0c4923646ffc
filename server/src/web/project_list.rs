use super::{
    failure::Failure,
    list_query::{Filters, Parameters, parameters},
    routes::Routes,
    visit::Visit,
    visits::Visits,
};
use app::pages::{Projects, Query};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use axum_extra::extract::CookieJar;
use guildhall::{
    Error,
    field::{FieldError, ValueError},
    moment::from_rfc3339,
    project::{self, Filter, Listing, Sort},
};
use std::{ops::RangeInclusive, sync::Arc};
use time::OffsetDateTime;

/// The years that a link may name: PostgreSQL does not support every year.
const YEARS: RangeInclusive<i32> = 2000..=9000;

pub(crate) fn routes() -> Routes {
    Routes::default().get("/projects", show)
}

/// `GET /projects`
async fn show(visit: Visit, raw: Parameters, cookies: CookieJar) -> Result<Response, Failure> {
    let get = parameters(raw)?;
    let mut query = query(&get);
    let visits = Visits::of(&cookies, visit.now());
    let last_visit = visits.last();
    if last_visit.is_none() && query.since == "last-visit" {
        // On the first visit every project is new.
        query.since.clear();
    }
    let (filter, sort, errors) = filter(&visit, &query, last_visit);
    let page = get("page").parse().unwrap_or(1);
    let listing = listing(&visit, &filter, sort, page).await?;
    let status = status(&errors);
    let cookie = visits.cookie(&visit);
    let response = visit
        .page_with(
            status,
            Projects {
                listing: Listing::clone(&listing),
                query,
                last_visit,
                errors,
            },
        )
        .await?;
    Ok((cookie, response).into_response())
}

/// 422 if a filter is invalid: the list then ignores that filter and shows the error.
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
        work_place: get("work_place"),
        closing: get("closing"),
        bids: get("bids"),
        since: get("since"),
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

/// The query's filters as the visitor means them: days are those of the visitor's zone.
pub(super) fn filter(
    visit: &Visit,
    query: &Query,
    last_visit: Option<OffsetDateTime>,
) -> (Filter, Sort, Vec<FieldError>) {
    let mut filters = Filters::default();
    let filter = Filter {
        words: filters.words(&query.q),
        category: filters.take("category", &query.category, str::parse),
        currency: filters.take("currency", &query.currency, str::parse),
        budget_from: filters.minor("budget_from", &query.budget_from, &query.currency),
        budget_to: filters.minor("budget_to", &query.budget_to, &query.currency),
        work_place: filters.take("work_place", &query.work_place, str::parse),
        closing_before: filters
            .take("closing", &query.closing, |text| only("today", text))
            .and_then(|()| visit.zone.end_of_day(visit.now())),
        without_bids: filters
            .take("bids", &query.bids, |text| only("none", text))
            .is_some(),
        published_from: filters
            .take("since", &query.since, |text| since(text, last_visit))
            .flatten(),
    };
    let sort = filters.take("sort", &query.sort, str::parse);
    (filter, sort.unwrap_or_default(), filters.errors())
}

/// The last visit, or the time in the link of a saved search's digest.
fn since(
    text: &str,
    last_visit: Option<OffsetDateTime>,
) -> Result<Option<OffsetDateTime>, ValueError> {
    if text == "last-visit" {
        return Ok(last_visit);
    }
    from_rfc3339(text)
        .filter(|at| YEARS.contains(&at.year()))
        .map(Some)
        .ok_or(ValueError::NotAChoice)
}

/// A filter with a single choice.
fn only(choice: &str, text: &str) -> Result<(), ValueError> {
    if text == choice {
        Ok(())
    } else {
        Err(ValueError::NotAChoice)
    }
}
