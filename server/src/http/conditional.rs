//! Answers that clients request repeatedly: an unchanged one is answered with 304, without a body.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use axum_extra::headers::{ETag, HeaderMapExt, IfNoneMatch};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// An answer with an `ETag`, or 304 if the client already has it (RFC 9110, section 13.1.2).
pub(crate) fn or_not_modified(
    request: &HeaderMap,
    content_type: &'static str,
    cache_control: &'static str,
    body: String,
) -> Response {
    // A weak tag, because a compressed answer has the same one.
    let hash = URL_SAFE_NO_PAD.encode(&Sha256::digest(&body)[..16]);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static(cache_control),
        ),
    ];
    let Ok(tag) = format!("W/\"{hash}\"").parse::<ETag>() else {
        return (headers, body).into_response();
    };
    let known = request.typed_get::<IfNoneMatch>();
    let is_known = known.is_some_and(|known| !known.precondition_passes(&tag));
    let mut response = match is_known {
        true => (StatusCode::NOT_MODIFIED, headers, Body::empty()).into_response(),
        false => (headers, body).into_response(),
    };
    response.headers_mut().typed_insert(tag);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respond(known: Option<&HeaderValue>, body: &str) -> Response {
        let mut request = HeaderMap::new();
        if let Some(known) = known {
            request.insert(header::IF_NONE_MATCH, known.clone());
        }
        or_not_modified(&request, "text/plain", "no-cache", body.to_owned())
    }

    #[test]
    fn an_unchanged_body_is_answered_with_304_and_a_changed_one_is_sent() {
        let first = respond(None, "a");
        assert_eq!(first.status(), StatusCode::OK);
        let tag = first.headers().get(header::ETAG);
        assert!(tag.is_some());
        assert_eq!(respond(tag, "a").status(), StatusCode::NOT_MODIFIED);
        assert_eq!(respond(tag, "b").status(), StatusCode::OK);
    }
}
