//! Idempotent requests of the API (draft-ietf-httpapi-idempotency-key-header).
//!
//! A request with an `Idempotency-Key` is carried out once. Sent again, it gets the same answer, rendered from its
//! receipt, with `Idempotency-Replayed: true`. The same key with other content is refused (`idempotency-key-reused`); a
//! repeat is refused for now while the first request is still running (`still-running`, 409). Bodies are compared as
//! decoded bytes, so the same request compressed differently is the same request.

use super::{
    call::Call,
    problem::{Problem, ProblemKind},
};
use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use guildhall::{
    Error,
    receipt::{self, Conflict, Mark, Once, Receipt},
    token::Caller,
};
use serde::{Serialize, de::DeserializeOwned};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The start of a write request.
pub(super) enum CallStart<'c, T> {
    First(Once<'c, T>),
    /// The request was processed before; see [`replayed`].
    Repeated(Receipt<T>),
}

/// Begins the request's transaction and, if the caller sent an idempotency key, claims it.
pub(super) async fn begin<'c, T: Serialize + DeserializeOwned>(
    call: &Call,
    caller: &Caller,
    body: &[u8],
) -> Result<CallStart<'c, T>, Problem> {
    let mark = mark(call, caller, body)?;
    match Once::begin(&call.app.pool, mark).await? {
        receipt::WriteStart::First(once) => Ok(CallStart::First(once)),
        receipt::WriteStart::Repeated(receipt) => Ok(CallStart::Repeated(receipt)),
        receipt::WriteStart::Conflict(conflict) => Err(conflict.into()),
    }
}

/// The mark of a request with an idempotency key.
pub(super) fn mark(call: &Call, caller: &Caller, body: &[u8]) -> Result<Option<Mark>, Problem> {
    let mut keys = call.headers.get_all(KEY).iter();
    let Some(key) = keys.next() else {
        return Ok(None);
    };
    let invalid = || Problem::new(ProblemKind::IdempotencyKeyInvalid);
    if keys.next().is_some() {
        return Err(invalid());
    }
    let key = key.to_str().map_err(|_| invalid())?;
    let (account, verb) = (caller.viewer.account, call.method.as_str());
    let mark = Mark::call(account, key, verb, &[call.path.as_bytes(), body]);
    let mark = mark.ok_or_else(invalid)?;
    Ok(Some(mark.with_reference(call.request_id.parse().ok())))
}

/// The answer to a repeated request: the first answer, rendered again.
pub(super) fn replayed<T>(
    receipt: Receipt<T>,
    render: impl FnOnce(T) -> Response,
) -> Result<Response, Problem> {
    let replayed = HeaderValue::from_static("true");
    match receipt.outcome {
        Ok(done) => {
            let mut response = render(done);
            response.headers_mut().insert(REPLAYED, replayed);
            Ok(response)
        }
        Err(denial) => Err(Problem::from(Error::from(denial))
            .of_request(receipt.reference)
            .with(REPLAYED, replayed)),
    }
}

impl From<Conflict> for Problem {
    fn from(conflict: Conflict) -> Self {
        match conflict {
            Conflict::OtherRequest => Self::new(ProblemKind::IdempotencyKeyReused),
            Conflict::StillRunning => Self::new(ProblemKind::StillRunning),
            Conflict::Unreadable => Self::new(ProblemKind::Conflict).with_detail(
                "This request was processed before, by another version of the server, and its answer cannot be repeated. Read the resource to see the result.",
            ),
        }
    }
}

/// 201 with the location of the new resource.
pub(super) fn created(location: String, body: &impl Serialize) -> Response {
    let location = [(header::LOCATION, location)];
    (StatusCode::CREATED, location, Json(body)).into_response()
}
