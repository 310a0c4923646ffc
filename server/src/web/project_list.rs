use super::{failure::Failure, routes::Routes, visit::Visit};
use app::pages::{Projects, Query};
use axum::{
    extract::{Query as Search, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use guildhall::{
    Error,
    field::{self, Check, Problem},
    money::{Currency, Money},
    project::{self, Filter, LONGEST_SEARCH, Listing, Sort, Words},
};
use std::{collections::HashMap, sync::Arc};

pub(crate) fn routes() -> Routes {
    Routes::default().get("/projects", show)
}

/// `GET /projects`
async fn show(
    visit: Visit,
    search: Result<Search<HashMap<String, String>>, QueryRejection>,
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

/// Parses the query; invalid parameters are reported and not applied.
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
    // All currencies have two decimals. A currency written next to the amount must be the chosen one, if any is chosen.
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
