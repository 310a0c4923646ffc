//! The status of an error and the headers that go with it, the same on pages and in the API.

use app::writes::{RefusalKind, in_seconds};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use guildhall::Error;

/// The status of an error, from the table of [`RefusalKind`].
pub(crate) fn status(error: &Error) -> StatusCode {
    StatusCode::from_u16(RefusalKind::from(error).status())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The headers that go with the status.
pub(crate) fn headers(error: &Error) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(wait) = error.retry_after() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(in_seconds(wait)));
    }
    if RefusalKind::from(error) == RefusalKind::Closed {
        headers.insert(header::ALLOW, HeaderValue::from_static("GET"));
    }
    headers
}
