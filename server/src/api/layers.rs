//! The layers around the endpoints, and everything else below `/api`.

use super::{
    admission, headers,
    problem::{Problem, ProblemKind},
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

/// Maximum size of a body: a description of 20,000 characters, each four bytes and escaped, plus the other fields.
pub(super) const LARGEST_BODY_BYTES: usize = 512 * 1024;
const DOCUMENT: &str = "/api/v1/openapi.json";

/// Every method and path in the OpenAPI document, and the document's own.
pub(crate) fn all_endpoints(document: &OpenApi) -> Vec<(Method, String)> {
    let mut endpoints = vec![(Method::GET, DOCUMENT.to_owned())];
    for (path, item) in &document.paths.paths {
        for (method, operation) in [
            (Method::GET, &item.get),
            (Method::POST, &item.post),
            (Method::PUT, &item.put),
            (Method::PATCH, &item.patch),
            (Method::DELETE, &item.delete),
        ] {
            if operation.is_some() {
                endpoints.push((method, path.clone()));
            }
        }
    }
    endpoints
}

/// The API with its layers. Neither cookies nor sessions reach it, so a browser cannot be tricked into acting for a
/// signed-in user.
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
        .route("/api/v0", any(moved_to_v1))
        .route("/api/v0/{*rest}", any(moved_to_v1))
        .layer(around)
        .with_state(api.clone())
}

/// `GET /api/v1/openapi.json`
async fn describe(State(api): State<Api>) -> Result<impl IntoResponse, Problem> {
    let now = store::now(&mut *api.pool.acquire().await?).await?;
    let content_type = [(header::CONTENT_TYPE, "application/json")];
    Ok((content_type, api.description.document(now)))
}

/// Answers an unknown path: with a redirect if it merely ends in a slash, otherwise with 404.
async fn unknown(State(_): State<Api>, uri: Uri) -> Response {
    slash::redirect(&uri).unwrap_or_else(|| Problem::new(ProblemKind::NotFound).into_response())
}

/// Tells clients written for v0 where v1 is.
async fn moved_to_v1(State(api): State<Api>) -> Problem {
    let base_url = &api.settings.base_url;
    Problem::new(ProblemKind::VersionGone).with_detail(format!(
        "Version v0 is no longer served. Use v1, at {base_url}/api/v1; {base_url}/api/docs describes it."
    ))
}
