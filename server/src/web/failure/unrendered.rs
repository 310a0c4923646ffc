//! Renders errors that no other layer has rendered: a page for a browser (`Accept: text/html`), problem details for all
//! others.
//!
//! It reads neither session nor database, so it works for files and during an outage.

use super::{
    super::{
        Web,
        visit::{Stranger, Visit},
    },
    is_rendered, problem, request_id, show,
};
use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::Response,
};

/// Marks an answer that is sent unchanged, such as a probe's line of text.
#[derive(Clone)]
struct SentUnchanged;

/// Keeps [`render_unrendered`] from replacing an error that a handler wrote itself.
pub(crate) async fn keep_as_is(mut response: Response) -> Response {
    if response.headers().contains_key(header::CONTENT_TYPE) {
        response.extensions_mut().insert(SentUnchanged);
    }
    response
}

/// Renders errors that no other layer has rendered: a missing file, a method that is not allowed, an error of a
/// framework. It reads neither session nor database, so it works when those have failed.
pub(crate) async fn render_unrendered(
    State(app): State<Web>,
    request: Request,
    next: Next,
) -> Response {
    let request_id = request_id(request.headers());
    let stranger = Stranger::of(&request);
    let response = next.run(request).await;
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || is_rendered(&response) || response.extensions().get::<SentUnchanged>().is_some()
    {
        return response;
    }
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(
            request_id,
            path = stranger.path(),
            "a request ended without an answer"
        );
    }
    let page = if stranger.wants_html {
        show(Visit::of_stranger(app, stranger), status, None, &request_id).await
    } else {
        problem(status, None, None, &request_id)
    };
    // Keep the headers of other layers, such as CORS, but not those about the replaced body.
    let (mut parts, _) = response.into_parts();
    for about_the_body in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
        parts.headers.remove(about_the_body);
    }
    let (page, body) = page.into_parts();
    parts.headers.extend(page.headers);
    Response::from_parts(parts, body)
}
