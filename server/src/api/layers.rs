//! The layers around the endpoints, and what else is answered below `/api`.

use super::{
    admission, headers,
    problem::{Kind, Problem},
    state::Api,
};
use crate::http::slash;
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use guildhall::store;
use tower::ServiceBuilder;
use tower_http::{catch_panic::CatchPanicLayer, set_header::SetResponseHeaderLayer};
use utoipa::openapi::OpenApi;

/// The largest body: a description of 20,000 characters, four bytes each and escaped, and the rest.
pub(super) const LARGEST_BODY_BYTES: usize = 512 * 1024;
const DOCUMENT: &str = "/api/v1/openapi.json";

/// Every method and path of the document, and its own.
pub(crate) fn known(document: &OpenApi) -> Vec<(Method, String)> {
    let mut known = vec![(Method::GET, DOCUMENT.to_owned())];
    for (path, item) in &document.paths.paths {
        for (method, operation) in [
            (Method::GET, &item.get),
            (Method::POST, &item.post),
            (Method::PUT, &item.put),
            (Method::PATCH, &item.patch),
            (Method::DELETE, &item.delete),
        ] {
            if operation.is_some() {
                known.push((method, path.clone()));
            }
        }
    }
    known
}

/// The API with the layers around it. Neither cookies nor sessions reach it, so that no browser acts for somebody unasked.
pub(crate) fn endpoints(router: Router<Api>, api: &Api) -> Router {
    let around = ServiceBuilder::new()
        .layer(headers::cors())
        .layer(SetResponseHeaderLayer::overriding(
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("cross-origin"),
        ))
        .layer(from_fn_with_state(api.clone(), admission::guard))
        .layer(from_fn_with_state(api.clone(), admission::admit))
        .layer(CatchPanicLayer::custom(|_| {
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }))
        .layer(DefaultBodyLimit::max(LARGEST_BODY_BYTES));
    router
        .route(DOCUMENT, get(describe))
        .route("/api", any(unknown))
        .route("/api/{*rest}", any(unknown))
        .route("/api/v0", any(gone))
        .route("/api/v0/{*rest}", any(gone))
        .layer(around)
        .with_state(api.clone())
}

/// `GET /api/v1/openapi.json`
async fn describe(State(api): State<Api>) -> Result<impl IntoResponse, Problem> {
    let now = store::now(&mut *api.pool.acquire().await?).await?;
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((kind, api.described.document(now)))
}

/// What leads nowhere, but for a slash at its end.
async fn unknown(State(_): State<Api>, uri: Uri) -> Response {
    slash::redirect(&uri).unwrap_or_else(|| Problem::new(Kind::NotFound).into_response())
}

/// Clients exist that were written for it; they are told where to go.
async fn gone(State(api): State<Api>) -> Problem {
    let base_url = &api.settings.base_url;
    Problem::new(Kind::VersionGone).saying(format!(
        "Version v0 is no longer served. Use v1, at {base_url}/api/v1; {base_url}/api/docs describes it."
    ))
}
