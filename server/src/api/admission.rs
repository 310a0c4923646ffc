//! The layer around all endpoints.
//!
//! It authenticates the caller by the token, counts the request, and renders the answer (problem details, `ETag`,
//! `RateLimit`). A body that has no `ETag` yet is hashed here; above 256 KiB, on the pool for heavy work.

use super::{
    call::{AdmittedCall, Call},
    limit,
    problem::{Problem, ProblemKind},
    state::Api,
};
use crate::{
    http::{
        guard::run_guarded,
        request::{self, header_text},
    },
    runtime::heavy,
    state::Requester,
};
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use axum_extra::headers::{ETag, HeaderMapExt, IfNoneMatch};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use guildhall::token;
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// Maximum size of a body that gets an `ETag`; every list is smaller.
const LARGEST_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// A body of up to this size is hashed within a millisecond.
const SMALL_BYTES: usize = 256 * 1024;

/// Handles a database outage before the caller is looked up.
pub(super) async fn guard(State(app): State<Api>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let admitted = AdmittedCall {
        address: request::address(&parts, app.settings.trusted_proxies),
        caller: None,
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        query: String::new(),
        headers: HeaderMap::new(),
        request_id: header_text(&parts.headers, HeaderName::from_static("x-request-id")),
        app,
    };
    let request = Request::from_parts(parts, body);
    match run_guarded(&admitted.app.breaker, request, next).await {
        Ok(response) => response,
        Err(error) => refused(&admitted.into(), Problem::from(error).into_response()),
    }
}

/// Authenticates the caller, counts the request, passes it on and renders the answer.
pub(super) async fn admit(State(app): State<Api>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let address = request::address(&parts, app.settings.trusted_proxies);
    let mut admitted = AdmittedCall {
        address,
        caller: None,
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.clone(),
        request_id: header_text(&parts.headers, HeaderName::from_static("x-request-id")),
        app,
    };
    let authenticated = authenticate(&admitted, address).await;
    let requester = match &authenticated {
        Ok(Some(caller)) => Requester::Account(caller.viewer.account),
        _ => Requester::at(address),
    };
    let taken = limit::take(&admitted.app.request_limits, requester, address);
    let authenticated = authenticated.map(|caller| admitted.caller = caller);
    let call = Call::from(admitted);
    let (response, limits) = match (taken, authenticated) {
        (Err(refused), _) => (refused.into_response(), HeaderMap::new()),
        (Ok(limits), Err(problem)) => (problem.into_response(), limits),
        (Ok(limits), Ok(())) => {
            parts.extensions.insert(call.clone());
            let request = Request::from_parts(parts, body);
            (next.run(request).await, limits)
        }
    };
    let mut response = finish(&call, response).await;
    response.headers_mut().extend(limits);
    let headers = response.headers_mut();
    headers.insert(
        header::VARY,
        HeaderValue::from_static("authorization, accept-encoding"),
    );
    let caching = if call.headers.contains_key(header::AUTHORIZATION) {
        "private, no-cache"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}

/// Accepts `Authorization: Bearer TOKEN` or `Authorization: token TOKEN`, with the scheme in any case. Outside
/// `/api/v1` nobody is authenticated: a removed or unknown path is the same for everybody.
async fn authenticate(
    call: &AdmittedCall,
    address: IpAddr,
) -> Result<Option<token::Caller>, Problem> {
    if !call.path.starts_with("/api/v1") {
        return Ok(None);
    }
    let mut authorizations = call.headers.get_all(header::AUTHORIZATION).iter();
    let Some(first) = authorizations.next() else {
        return Ok(None);
    };
    let invalid = || Problem::new(ProblemKind::TokenInvalid);
    if authorizations.next().is_some() {
        return Err(invalid());
    }
    let text = first.to_str().map_err(|_| invalid())?;
    let (scheme, token) = text.trim().split_once(' ').ok_or_else(invalid)?;
    if !["bearer", "token"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return Err(invalid());
    }
    let token = token::token_hash(token.trim()).ok_or_else(invalid)?;
    let (pool, callers) = (&call.app.pool, &call.app.callers);
    if let Some(caller) = callers.cached_caller(pool, &token).await? {
        return Ok(Some(caller));
    }
    // Limit the token look-ups from an address before querying the database.
    limit::count_look_up(&call.app.request_limits, address)?;
    let caller = callers.look_up(pool, &token).await?;
    caller.map(Some).ok_or_else(invalid)
}

async fn finish(call: &Call, response: Response) -> Response {
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        return refused(call, response);
    }
    let tagged = status == StatusCode::OK && [Method::GET, Method::HEAD].contains(&call.method);
    if tagged {
        tag(call, response).await
    } else {
        response
    }
}

/// Renders a problem, unless it has been rendered already.
fn refused(call: &Call, response: Response) -> Response {
    if response.headers().contains_key(header::CONTENT_TYPE)
        && response.headers()[header::CONTENT_TYPE] == "application/problem+json"
    {
        return response;
    }
    let problem = response.extensions().get::<Problem>().cloned();
    let problem = problem.unwrap_or_else(|| {
        let mut problem = Problem::of_status(response.status());
        if problem.kind == ProblemKind::Unexpected {
            tracing::error!(
                request_id = call.request_id,
                path = call.path,
                "a request failed without an error, probably because its handler panicked"
            );
        }
        if let Some(allowed) = response.headers().get(header::ALLOW) {
            problem = problem.with(header::ALLOW, allowed.clone());
        }
        problem
    });
    problem.render(call)
}

pub(super) fn tag_of(body: &[u8]) -> HeaderValue {
    // A weak tag, because a compressed answer has the same one.
    let tag = URL_SAFE_NO_PAD.encode(&Sha256::digest(body)[..16]);
    HeaderValue::from_str(&format!("W/\"{tag}\"")).unwrap_or(HeaderValue::from_static("W/\"\""))
}

/// Adds an `ETag` to a read if it has none, and answers 304 if the client already has that version (RFC 9110, section
/// 13.1.2).
async fn tag(call: &Call, response: Response) -> Response {
    let (mut parts, mut body) = response.into_parts();
    if !parts.headers.contains_key(header::ETAG) {
        let Ok(bytes) = to_bytes(body, LARGEST_ANSWER_BYTES).await else {
            return refused(call, StatusCode::INTERNAL_SERVER_ERROR.into_response());
        };
        let (cost, hashed) = (bytes.len(), bytes.clone());
        let hash = move || tag_of(&hashed);
        match heavy::run(&call.app.heavy, call.client(), cost, SMALL_BYTES, hash).await {
            Ok(tag) => parts.headers.insert(header::ETAG, tag),
            Err(error) => return refused(call, Problem::from(error).into_response()),
        };
        body = Body::from(bytes);
    }
    let known = call.headers.contains_key(header::IF_NONE_MATCH)
        && parts.headers.typed_get::<ETag>().is_some_and(|tag| {
            let known = call.headers.typed_get::<IfNoneMatch>();
            known.is_some_and(|known| !known.precondition_passes(&tag))
        });
    if known {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, body)
}
