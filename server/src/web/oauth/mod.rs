//! The authorization server's HTTP side.
//!
//! `guildhall::oauth` decides; this module answers.
//!
//! People decide on ordinary pages, which have a session. The endpoints for programs (`/oauth/token`, `revoke`,
//! `introspect`, `device_authorization`, the metadata) have a router without sessions and without the cross-site check,
//! because each request carries its own credentials.

mod answer;
mod authorize;
mod device;
mod introspect;
mod limit;
mod metadata;
mod params;
mod request;
mod revoke;
mod token;

pub(super) use limit::OauthLimits;

use super::{Web, routes::Routes};
use crate::{database::outage::Breaker, http::guard::run_guarded};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    extract::{Request, State},
    http::{HeaderValue, Method, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::{Any, CorsLayer},
    set_header::SetResponseHeaderLayer,
};

/// The largest request body: a few hundred bytes are usual.
const LARGEST_BODY_BYTES: usize = 16 * 1024;

/// The consent pages.
pub(crate) fn pages() -> Routes {
    Routes::default()
        .get("/oauth/authorize", authorize::show)
        .post("/oauth/authorize", authorize::decide)
        .get("/device", device::show)
        .post("/device", device::decide)
}

/// Endpoints that programs may call from anywhere, including other sites' pages.
fn open() -> Routes {
    Routes::default()
        .get("/.well-known/oauth-authorization-server", metadata::show)
        .post("/oauth/token", token::issue)
        .post("/oauth/revoke", revoke::revoke)
}

/// Endpoints that programs call from a server or a device.
fn closed() -> Routes {
    Routes::default()
        .post("/oauth/introspect", introspect::introspect)
        .post("/oauth/device_authorization", device::begin)
}

/// Every method and path of the OAuth endpoints.
pub(crate) fn all_endpoints() -> Vec<(Method, String)> {
    [open().entries, closed().entries].concat()
}

/// Handles a database outage in the OAuth error format.
async fn database_guard(State(breaker): State<Breaker>, request: Request, next: Next) -> Response {
    match run_guarded(&breaker, request, next).await {
        Ok(response) => response,
        Err(error) => answer::ErrorResponse::from(error).into_response(),
    }
}

/// The OAuth endpoints with their layers.
pub(crate) fn router(app: &Web) -> Router {
    // Browsers may send no credentials: cookies mean nothing here.
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::CONTENT_ENCODING,
        ])
        .max_age(Duration::from_secs(3600));
    let around = ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::overriding(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(app.clone(), limit::guard))
        .layer(from_fn_with_state(app.clone(), database_guard))
        .layer(DefaultBodyLimit::max(LARGEST_BODY_BYTES));
    let open = open().router.layer(around.clone()).layer(cors);
    open.merge(closed().router.layer(around))
        .with_state(app.clone())
}
