//! Compresses responses.
//!
//! A response of up to 32 KiB is compressed while it is sent, as is one whose size is not known. Compressing a larger
//! one would block an async thread, so that is done on the pool for heavy work. If that pool's queue is full, the
//! response is sent uncompressed.

use super::request::address;
use crate::state::Shared;
use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::{Request, State},
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version, header},
    middleware::Next,
    response::Response,
};
use guildhall::{Error, Result, fairness::Submitter};
use std::convert::Infallible;
use tokio::runtime::Handle;
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tower_http::compression::{
    CompressionLayer,
    predicate::{DefaultPredicate, Predicate},
};

/// Maximum size of a response that is compressed in place, which takes about a millisecond.
pub(crate) const SMALL_BYTES: u64 = 32 * 1024;

/// Marks a response that outer layers must not compress.
#[derive(Clone, Copy)]
struct NotCompressed;

/// The layer that compresses every other response while it is sent.
pub(crate) fn streaming_layer() -> CompressionLayer<impl Predicate> {
    let is_allowed = |_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions| {
        extensions.get::<NotCompressed>().is_none()
    };
    CompressionLayer::new().compress_when(DefaultPredicate::new().and(is_allowed))
}

/// Compresses a large response on the pool for heavy work, if it is complete in memory and the client accepts
/// compression.
pub(crate) async fn compress_large(
    State(shared): State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    let Some(encodings) = request.headers().get(header::ACCEPT_ENCODING).cloned() else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let client = Submitter::stranger(address(&parts, shared.settings.trusted_proxies));
    let response = next.run(Request::from_parts(parts, body)).await;
    if !is_large(&response) {
        return response;
    }
    let (parts, body) = response.into_parts();
    // The body is in memory already: only a complete body has an exact size.
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Response::from_parts(parts, Body::empty());
    };
    let (head, full_body, runtime) = (parts.clone(), bytes.clone(), Handle::current());
    let compressing = shared.heavy.run(&client, move || {
        let response = Response::from_parts(head, Body::from(full_body));
        runtime.block_on(compress_whole(response, encodings))
    });
    match compressing.await {
        Ok(Ok(compressed)) => compressed,
        _ => {
            let mut response = Response::from_parts(parts, Body::from(bytes));
            response.extensions_mut().insert(NotCompressed);
            response
        }
    }
}

fn is_large(response: &Response) -> bool {
    let headers = response.headers();
    let is_whole = response.body().size_hint().exact();
    is_whole.is_some_and(|bytes| bytes > SMALL_BYTES)
        && !headers.contains_key(header::CONTENT_ENCODING)
        && !headers.contains_key(header::CONTENT_RANGE)
}

/// Compresses a whole response just as the streaming layer would.
pub(crate) async fn compress_whole(response: Response, encodings: HeaderValue) -> Result<Response> {
    let mut request = Request::new(Body::empty());
    request
        .headers_mut()
        .insert(header::ACCEPT_ENCODING, encodings);
    let mut response = Some(response);
    let service = ServiceBuilder::new()
        .layer(CompressionLayer::new())
        .service(service_fn(move |_: Request<Body>| {
            std::future::ready(Ok::<_, Infallible>(response.take().unwrap_or_default()))
        }));
    let Ok(compressed) = service.oneshot(request).await;
    let (parts, body) = compressed.into_parts();
    let body = to_bytes(Body::new(body), usize::MAX)
        .await
        .map_err(Error::unexpected)?;
    Ok(Response::from_parts(parts, Body::from(body)))
}
