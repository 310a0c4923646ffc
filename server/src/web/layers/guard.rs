//! How pages and streams answer while the database is down.

use crate::{
    database::outage::Breaker,
    http::guard::run_guarded,
    web::{
        Web,
        failure::{self, Failure},
        visit::{Stranger, Visit},
    },
};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// The guard for pages; refusals are rendered without the database, and so without a session.
pub(super) async fn pages(State(app): State<Web>, request: Request, next: Next) -> Response {
    let stranger = Stranger::of(&request);
    match run_guarded(&app.breaker, request, next).await {
        Ok(response) => response,
        Err(error) => failure::show_error(Visit::of_stranger(app, stranger), &error).await,
    }
}

/// The guard for streams; the layer around it renders failures.
pub(super) async fn programs(
    State(breaker): State<Breaker>,
    request: Request,
    next: Next,
) -> Response {
    match run_guarded(&breaker, request, next).await {
        Ok(response) => response,
        Err(error) => Failure::from(error).into_response(),
    }
}
