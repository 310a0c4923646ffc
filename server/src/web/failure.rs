//! Renders every failure of pages according to one table of statuses: a page for people, problem details for programs.
//!
//! Unexpected errors are logged once, with the cause and the request's id; the visitor sees only the id. If a request
//! requires a sign-in or a confirmed e-mail address, its form is saved and the visitor is redirected to sign in or to
//! confirm. If it can't be saved, a page shows its longer texts to be copied first. The API and OAuth render their own failures. Errors that no layer has rendered are left to `unrendered`.

pub(crate) mod unrendered;

use super::{
    Web, email_confirmation,
    saved_form::{self, KeptForm},
    sign_in::local,
    visit::Visit,
};
use crate::http::{
    request_body::BodyError,
    status::{headers, status},
};
use app::{
    form::Form,
    links::with_next,
    pages::{Cause, ErrorPage, Page, UnsavedForm},
    writes::{RefusalKind, Refused},
};
use axum::{
    Json,
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error, account,
    error::Refuse,
    field::{FieldError, ValueError},
};
use serde_json::json;
use std::sync::Arc;

/// A handler's error, on its way to the layer that renders it.
#[derive(Debug, Clone)]
pub(super) struct Failure(Arc<Error>);

impl Failure {
    /// The capability's own value, if it refused the request.
    pub fn refused<R: Refuse>(&self) -> Option<&R> {
        self.0.refused()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<Arc<Error>> for Failure {
    fn from(error: Arc<Error>) -> Self {
        Self(error)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Error::from(error).into()
    }
}

impl From<tower_sessions::session::Error> for Failure {
    fn from(error: tower_sessions::session::Error) -> Self {
        Error::unexpected(error).into()
    }
}

/// A refusal that a form can show, with that form.
pub(super) struct RefusedForm {
    pub form: Form,
    status: StatusCode,
    headers: HeaderMap,
}

impl RefusedForm {
    /// Turns an error into a refused form if the form can show it. Any other error gets an error page.
    pub fn of(error: impl Into<Arc<Error>>, form: Form) -> Result<Self, Failure> {
        let error = error.into();
        // It has a page of its own, with a button to send the letter again.
        if is_unconfirmed(&error) {
            return Err(Failure(error));
        }
        let (status, headers) = (status(&error), headers(&error));
        let form = match &*error {
            Error::Invalid(errors) => form.refused(errors.clone(), None),
            Error::Refused(refusal) => match refusal.field() {
                Some(field) => form.refused(
                    vec![FieldError::new(
                        field,
                        ValueError::Refused(refusal.to_string()),
                    )],
                    None,
                ),
                None => form.refused(Vec::new(), Some(refusal.to_string())),
            },
            Error::TooManyTries { .. }
            | Error::QuotaReached(_)
            | Error::Busy { .. }
            | Error::Unreachable { .. }
            | Error::NoSpace { .. }
            | Error::ProviderFailed { .. } => form.refused(Vec::new(), Some(error.to_string())),
            Error::SignInRequired
            | Error::NotAllowed
            | Error::ScopeMissing { .. }
            | Error::NotFound
            | Error::Unexpected(_) => return Err(Failure(error)),
        };
        Ok(Self {
            form,
            status,
            headers,
        })
    }

    /// Renders the page that has the form.
    pub async fn show(self, visit: Visit, page: impl Page) -> Result<Response, Failure> {
        let mut response = visit.page_with(self.status, page).await?;
        response.headers_mut().extend(self.headers);
        Ok(response)
    }
}

/// True if the account's address has to be confirmed first.
fn is_unconfirmed(error: &Error) -> bool {
    error.refused() == Some(&account::Refusal::EmailUnconfirmed)
}

/// The answer to an island whose write was refused.
pub(super) fn refused_write(error: Arc<Error>) -> Response {
    let body = Json(Refused::from(&*error));
    let mut response = (status(&error), headers(&error), body).into_response();
    // The layer finds the error here, and logs it if it is unexpected.
    response.extensions_mut().insert(Failure(error));
    response
}

/// Why a body was not read, on its way to the layer that renders the answer.
#[derive(Debug, Clone, Copy)]
struct UnreadBody(&'static str);

/// The answer to a body that was not read.
pub(super) fn unread(unread: BodyError) -> Response {
    if let BodyError::Busy(error) = unread {
        return Failure::from(error).into_response();
    }
    let mut response = unread.status().into_response();
    response.headers_mut().extend(unread.headers());
    response
        .extensions_mut()
        .insert(UnreadBody(unread.message()));
    response
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = (status(&self.0), headers(&self.0)).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Creates the [`Visit`], and renders any failure of the handlers below: as a page, or as problem details (RFC 9457)
/// for a program.
pub(super) async fn render_failures(
    State(app): State<Web>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(visit) = Visit::from_request_parts(&mut parts, &app).await;
    parts.extensions.insert(visit.clone());
    let request_id = request_id(&parts.headers);
    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    let error = response
        .extensions()
        .get::<Failure>()
        .map(|failure| failure.0.clone());
    if let Some(Error::Unexpected(source)) = error.as_deref() {
        tracing::error!(
            error = &**source as &dyn std::error::Error,
            request_id,
            // Without the query, which may hold a secret code or state.
            path = visit.path.split('?').next().unwrap_or_default(),
            "a request failed unexpectedly"
        );
    }
    if is_rendered(&response) || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let unread = response.extensions().get::<UnreadBody>().copied();
    let preserved: Vec<_> = [header::RETRY_AFTER, header::ALLOW, header::ACCEPT_ENCODING]
        .into_iter()
        .filter_map(|name| Some((name.clone(), response.headers().get(name)?.clone())))
        .collect();
    let mut rendered = match (error.as_deref(), unread) {
        (None, Some(UnreadBody(message))) => show_unread(visit, status, message).await,
        (error, _) => show(visit, status, error, &request_id).await,
    };
    rendered.headers_mut().extend(preserved);
    rendered
}

fn request_id(headers: &HeaderMap) -> String {
    headers
        .get("x-request-id")
        .and_then(|id| id.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

/// True if an error has been rendered already, as a page or as problem details.
fn is_rendered(response: &Response) -> bool {
    let headers = response.headers();
    headers.contains_key(header::CONTENT_SECURITY_POLICY)
        || headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/"))
}

/// Renders a failure as problem details, for routes that have neither visitors nor pages.
pub(super) async fn as_problem(request: Request, next: Next) -> Response {
    let request_id = request_id(request.headers());
    let response = next.run(request).await;
    let Some(Failure(error)) = response.extensions().get::<Failure>() else {
        return response;
    };
    if let Error::Unexpected(source) = &**error {
        tracing::error!(
            error = &**source as &dyn std::error::Error,
            request_id,
            "a request failed unexpectedly"
        );
    }
    let text = match &**error {
        Error::Unexpected(_) => None,
        known => Some(known.to_string()),
    };
    let mut problem = problem(response.status(), text, Some(error), &request_id);
    problem.headers_mut().extend(headers(error));
    problem
}

/// Renders an error that did not come from a handler.
pub(super) async fn show_error(visit: Visit, error: &Error) -> Response {
    let mut rendered = show(visit, status(error), Some(error), "").await;
    rendered.headers_mut().extend(headers(error));
    rendered
}

async fn show_unread(visit: Visit, status: StatusCode, message: &str) -> Response {
    if visit.wants_json {
        return problem(status, Some(message.to_owned()), None, "");
    }
    let page = ErrorPage {
        status: status.as_u16(),
        message: Some(message.to_owned()),
        cause: Cause::Other,
        request_id: None,
    };
    visit
        .page_with(status, page)
        .await
        .unwrap_or_else(|_| status.into_response())
}

async fn show(
    visit: Visit,
    status: StatusCode,
    error: Option<&Error>,
    request_id: &str,
) -> Response {
    let text = error
        .filter(|error| !matches!(error, Error::Unexpected(_)))
        .map(ToString::to_string);
    let leads_to = match error {
        _ if status == StatusCode::UNAUTHORIZED => Some("/sign-in"),
        Some(error) if is_unconfirmed(error) => Some(email_confirmation::PATH),
        _ => None,
    };
    let KeptForm {
        page: form_page,
        unsaved,
    } = match leads_to {
        Some(_) => saved_form::save(&visit).await,
        None => KeptForm::default(),
    };
    if visit.wants_json {
        return problem(status, text, error, request_id);
    }
    if let Some(path) = leads_to {
        let page = form_page.as_ref().unwrap_or(&visit.page_path);
        let next = with_next(path, local(page));
        if !unsaved.is_empty() {
            let page = UnsavedForm {
                texts: unsaved,
                is_signed_out: status == StatusCode::UNAUTHORIZED,
                next,
            };
            return visit
                .page_with(status, page)
                .await
                .unwrap_or_else(|_| status.into_response());
        }
        return Redirect::to(&next).into_response();
    }
    let page = ErrorPage {
        status: status.as_u16(),
        message: text.filter(|_| {
            matches!(
                error,
                Some(
                    Error::Refused(_)
                        | Error::TooManyTries { .. }
                        | Error::QuotaReached(_)
                        | Error::Busy { .. }
                        | Error::Unreachable { .. }
                        | Error::NoSpace { .. }
                        | Error::ProviderFailed { .. }
                )
            )
        }),
        cause: match error {
            Some(Error::Unreachable { .. }) => Cause::Outage,
            Some(Error::NoSpace { .. }) => Cause::NoSpace,
            _ => Cause::Other,
        },
        request_id: (status == StatusCode::INTERNAL_SERVER_ERROR).then(|| request_id.to_owned()),
    };
    visit
        .page_with(status, page)
        .await
        .unwrap_or_else(|_| status.into_response())
}

pub(super) fn problem(
    status: StatusCode,
    text: Option<String>,
    error: Option<&Error>,
    request_id: &str,
) -> Response {
    let reason = status.canonical_reason().unwrap_or("Error");
    let message = text.unwrap_or_else(|| {
        format!("{reason}. If it happens again, tell us this number: {request_id}")
    });
    let refused = match error {
        Some(error) => Refused {
            message,
            ..Refused::from(error)
        },
        None => Refused::new(RefusalKind::of_status(status.as_u16()), message),
    };
    let body = json!({
        "type": "about:blank",
        "title": reason,
        "status": status.as_u16(),
        "kind": refused.kind,
        "message": refused.message,
        "errors": refused.fields,
        "retry_after": refused.retry_after,
    });
    (
        status,
        [(header::CONTENT_TYPE, "application/problem+json")],
        Json(body),
    )
        .into_response()
}

#[cfg(test)]
mod tests;
