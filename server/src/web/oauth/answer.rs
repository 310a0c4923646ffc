use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use guildhall::{Error, oauth::OauthError};
use serde_json::json;
use std::sync::Arc;

/// An error response to a program, as JSON (RFC 6749, section 5.2).
#[derive(Debug)]
pub(super) enum ErrorResponse {
    Denied(OauthError),
    Error(Error),
}

/// An error to be logged by the layer that knows the request.
#[derive(Debug, Clone)]
pub(super) struct UnexpectedError(pub Arc<Error>);

impl From<OauthError> for ErrorResponse {
    fn from(denied: OauthError) -> Self {
        Self::Denied(denied)
    }
}

impl From<Error> for ErrorResponse {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<sqlx::Error> for ErrorResponse {
    fn from(error: sqlx::Error) -> Self {
        Self::Error(error.into())
    }
}

impl IntoResponse for ErrorResponse {
    fn into_response(self) -> Response {
        match self {
            Self::Denied(denied) => {
                let status = if denied == OauthError::InvalidClient {
                    StatusCode::UNAUTHORIZED
                } else {
                    StatusCode::BAD_REQUEST
                };
                let mut response = error_response(status, denied.name(), &denied.to_string());
                if status == StatusCode::UNAUTHORIZED {
                    response.headers_mut().insert(
                        header::WWW_AUTHENTICATE,
                        HeaderValue::from_static("Basic realm=\"Guildhall\", charset=\"UTF-8\""),
                    );
                }
                response
            }
            Self::Error(
                error @ (Error::Busy { retry_after }
                | Error::Unreachable { retry_after, .. }
                | Error::NoSpace { retry_after, .. }),
            ) => {
                let message = match error {
                    Error::Unreachable { .. } => "The database is not responding at the moment.",
                    Error::NoSpace { .. } => "The server cannot store anything at the moment.",
                    _ => "The server is too busy at the moment.",
                };
                let response = error_response(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "temporarily_unavailable",
                    message,
                );
                later(response, retry_after)
            }
            Self::Error(error) => {
                let message = "Something went wrong on our side.";
                let mut response =
                    error_response(StatusCode::INTERNAL_SERVER_ERROR, "server_error", message);
                response
                    .extensions_mut()
                    .insert(UnexpectedError(Arc::new(error)));
                response
            }
        }
    }
}

/// An error in the OAuth format.
pub(super) fn error_response(status: StatusCode, error: &str, description: &str) -> Response {
    let body = json!({ "error": error, "error_description": description });
    (status, Json(body)).into_response()
}

/// Adds `Retry-After`, in whole seconds.
pub(super) fn later(mut response: Response, wait: std::time::Duration) -> Response {
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    response.headers_mut().insert(
        header::RETRY_AFTER,
        HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX)),
    );
    response
}
