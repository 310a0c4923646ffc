//! What a visitor sees when something was refused or failed: one table of statuses, one layer that lays them out.

use super::{
    App,
    visit::{Stranger, Visit},
};
use app::{
    form::Form,
    pages::{ErrorPage, Page},
};
use axum::{
    Json,
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error, Refusal,
    field::{FieldError, Problem},
    quota::Reached,
};
use serde_json::json;
use std::sync::Arc;

/// A door's error, on its way to the layer that lays it out.
#[derive(Debug, Clone)]
pub(super) struct Failure(Arc<Error>);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
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

/// The one table of meanings and statuses.
pub(crate) fn status(error: &Error) -> StatusCode {
    match error {
        Error::SignInRequired => StatusCode::UNAUTHORIZED,
        Error::NotAllowed | Error::ScopeMissing { .. } => StatusCode::FORBIDDEN,
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Refused(refusal) => match refusal {
            Refusal::DeadlinePassed => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::AboveBudget { .. }
            | Refusal::NotLower { .. }
            | Refusal::SignInNotFinished { .. }
            | Refusal::EmailNotVerified { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::ProviderDenied { .. }
            | Refusal::SignInAgain
            | Refusal::NotSignedInJustNow { .. }
            | Refusal::NotThisAccount { .. }
            | Refusal::OtherSite => StatusCode::FORBIDDEN,
            Refusal::NotOpen
            | Refusal::HasBids
            | Refusal::NotADraft
            | Refusal::NoBid
            | Refusal::StalePage
            | Refusal::TooManyDrafts { .. }
            | Refusal::TooManyTokens { .. }
            | Refusal::IdentityTaken
            | Refusal::TooManyIdentities { .. }
            | Refusal::LastWayIn
            | Refusal::HasPassword
            | Refusal::TooManyPrograms { .. } => StatusCode::CONFLICT,
        },
        Error::ProviderFailed { .. } => StatusCode::BAD_GATEWAY,
        Error::TooManyTries { .. } | Error::QuotaReached(_) => StatusCode::TOO_MANY_REQUESTS,
        Error::Busy { .. } | Error::Unreachable { .. } | Error::NoSpace { .. } => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Error::Unexpected(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The headers that go with the status.
pub(crate) fn headers(error: &Error) -> HeaderMap {
    let mut headers = HeaderMap::new();
    match error {
        Error::TooManyTries { retry_after }
        | Error::QuotaReached(Reached { retry_after, .. })
        | Error::Busy { retry_after }
        | Error::Unreachable { retry_after, .. }
        | Error::NoSpace { retry_after, .. } => {
            let seconds = retry_after.as_millis().div_ceil(1000).max(1);
            headers.insert(
                header::RETRY_AFTER,
                HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX)),
            );
        }
        Error::Refused(Refusal::DeadlinePassed) => {
            headers.insert(header::ALLOW, HeaderValue::from_static("GET"));
        }
        _ => {}
    }
    headers
}

/// A refusal that a form can say, with the form that says it.
pub(super) struct Refused {
    pub form: Form,
    status: StatusCode,
    headers: HeaderMap,
}

impl Refused {
    /// What the form is to say about it, if a form can say it; anything else goes on to an error page.
    pub fn of(error: Error, form: Form) -> Result<Self, Failure> {
        let (status, headers) = (status(&error), headers(&error));
        let form = match error {
            Error::Invalid(errors) => form.refused(errors, None),
            Error::Refused(refusal) => match refusal.field() {
                Some(field) => form.refused(
                    vec![FieldError::new(
                        field,
                        Problem::Refused(refusal.to_string()),
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
            other => return Err(other.into()),
        };
        Ok(Self {
            form,
            status,
            headers,
        })
    }

    /// Shows the page that has the form.
    pub async fn show(self, visit: Visit, page: impl Page) -> Result<Response, Failure> {
        let mut response = visit.page_with(self.status, page).await?;
        response.headers_mut().extend(self.headers);
        Ok(response)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = (status(&self.0), headers(&self.0)).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Makes the visit, and lays out whatever went wrong behind it: as a page, or as problem details (RFC 9457) for a program.
pub(super) async fn lay_out(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(visit) = Visit::from_request_parts(&mut parts, &app).await;
    parts.extensions.insert(visit.clone());
    let request_id = request_id(&parts.headers);
    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    if is_laid_out(&response) || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let error = response
        .extensions()
        .get::<Failure>()
        .map(|failure| failure.0.clone());
    if let Some(Error::Unexpected(source)) = error.as_deref() {
        tracing::error!(
            error = &**source as &dyn std::error::Error,
            request_id,
            // The query may hold a code or a state that nobody else should see.
            path = visit.path.split('?').next().unwrap_or_default(),
            "a request failed unexpectedly"
        );
    }
    let kept: Vec<_> = [header::RETRY_AFTER, header::ALLOW]
        .into_iter()
        .filter_map(|name| Some((name.clone(), response.headers().get(name)?.clone())))
        .collect();
    let mut shown = show(visit, status, error.as_deref(), &request_id).await;
    shown.headers_mut().extend(kept);
    shown
}

fn request_id(headers: &HeaderMap) -> String {
    headers
        .get("x-request-id")
        .and_then(|id| id.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

/// An error that is answered as it is, such as a probe's line of text.
#[derive(Clone)]
struct AsItIs;

/// Keeps [`lay_out_rest`] from what a handler wrote itself.
pub(super) async fn as_it_is(mut response: Response) -> Response {
    if response.headers().contains_key(header::CONTENT_TYPE) {
        response.extensions_mut().insert(AsItIs);
    }
    response
}

/// Lays out what no other layer did: a file that is missing, a method that does nothing, what a framework says by itself. No session
/// and no database is asked, so this works where they are the reason. A browser gets a page, all others problem details.
pub(super) async fn lay_out_rest(State(app): State<App>, request: Request, next: Next) -> Response {
    let request_id = request_id(request.headers());
    let stranger = Stranger::of(&request);
    let response = next.run(request).await;
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || is_laid_out(&response) || response.extensions().get::<AsItIs>().is_some() {
        return response;
    }
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(
            request_id,
            path = stranger.path(),
            "a request ended without an answer"
        );
    }
    let shown = if stranger.wants_html {
        show(Visit::of_stranger(app, stranger), status, None, &request_id).await
    } else {
        problem(status, None, None, &request_id)
    };
    // What other layers said, as that another site's page may read it, is still so.
    let (mut parts, _) = response.into_parts();
    for about_the_body in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
        parts.headers.remove(about_the_body);
    }
    let (shown, body) = shown.into_parts();
    parts.headers.extend(shown.headers);
    Response::from_parts(parts, body)
}

/// Whether an error has its page or its problem details already.
fn is_laid_out(response: &Response) -> bool {
    let headers = response.headers();
    headers.contains_key(header::CONTENT_SECURITY_POLICY)
        || headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/"))
}

/// Lays out a failure as problem details, where no visitor is known and no page is asked for.
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
    let words = match &**error {
        Error::Unexpected(_) => None,
        known => Some(known.to_string()),
    };
    let mut problem = problem(response.status(), words, Some(error), &request_id);
    problem.headers_mut().extend(headers(error));
    problem
}

/// Shows an error that no handler answered with.
pub(super) async fn show_error(visit: Visit, error: &Error) -> Response {
    let mut shown = show(visit, status(error), Some(error), "").await;
    shown.headers_mut().extend(headers(error));
    shown
}

async fn show(
    visit: Visit,
    status: StatusCode,
    error: Option<&Error>,
    request_id: &str,
) -> Response {
    let words = error
        .filter(|error| !matches!(error, Error::Unexpected(_)))
        .map(ToString::to_string);
    if visit.wants_json {
        return problem(status, words, error, request_id);
    }
    if status == StatusCode::UNAUTHORIZED {
        return Redirect::to(&super::sign_in::path_with_next(&visit.page_path)).into_response();
    }
    let page = ErrorPage {
        status: status.as_u16(),
        words: words.filter(|_| {
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
        is_outage: matches!(error, Some(Error::Unreachable { .. })),
        request_id: (status == StatusCode::INTERNAL_SERVER_ERROR).then(|| request_id.to_owned()),
    };
    visit
        .page_with(status, page)
        .await
        .unwrap_or_else(|_| status.into_response())
}

pub(super) fn problem(
    status: StatusCode,
    words: Option<String>,
    error: Option<&Error>,
    request_id: &str,
) -> Response {
    let reason = status.canonical_reason().unwrap_or("Error");
    let fields: Vec<_> = match error {
        Some(Error::Invalid(errors)) => errors
            .iter()
            .map(|e| json!({ "field": e.field, "message": e.problem.to_string() }))
            .collect(),
        Some(Error::Refused(refusal)) => refusal
            .field()
            .map(|field| json!({ "field": field, "message": refusal.to_string() }))
            .into_iter()
            .collect(),
        _ => Vec::new(),
    };
    let body = json!({
        "type": "about:blank",
        "title": reason,
        "status": status.as_u16(),
        "message": words.unwrap_or_else(|| format!("{reason}. If it happens again, tell us this number: {request_id}")),
        "errors": fields,
    });
    (
        status,
        [(header::CONTENT_TYPE, "application/problem+json")],
        Json(body),
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use guildhall::{
        money::{Currency, Money},
        quota::{Kind, Scope},
    };
    use std::time::Duration;

    fn reached(retry_after: Duration) -> Error {
        Error::QuotaReached(Reached {
            kind: Kind::Project,
            scope: Scope::Account,
            per_day: 100,
            retry_after,
        })
    }

    #[test]
    fn a_quota_that_is_reached_says_whose_it_is_and_when_to_try_again() {
        let error = reached(Duration::from_secs(864));
        assert_eq!(
            error.to_string(),
            "Your account may publish 100 projects a day and has reached that limit. Nothing was stored; try again in 15 minutes."
        );
        assert_eq!(headers(&error)[header::RETRY_AFTER], "864");
    }

    #[test]
    fn every_meaning_has_its_status() {
        let one = Money::from_minor(1, Currency::Eur);
        let wait = Duration::from_secs(1);
        let named = || "Example ID".to_owned();
        for (error, expected) in [
            (Error::SignInRequired, 401),
            (Error::NotAllowed, 403),
            (Error::ScopeMissing { scope: "x" }, 403),
            (Error::NotFound, 404),
            (Error::Invalid(Vec::new()), 422),
            (Refusal::DeadlinePassed.into(), 405),
            (Refusal::AboveBudget { budget: one }.into(), 422),
            (Refusal::NotLower { own: one }.into(), 422),
            (Refusal::NotOpen.into(), 409),
            (Refusal::HasBids.into(), 409),
            (Refusal::NotADraft.into(), 409),
            (Refusal::NoBid.into(), 409),
            (Refusal::StalePage.into(), 409),
            (Refusal::TooManyDrafts { most: 1 }.into(), 409),
            (Refusal::TooManyTokens { most: 1 }.into(), 409),
            (Refusal::SignInNotFinished { provider: named() }.into(), 422),
            (Refusal::EmailNotVerified { provider: named() }.into(), 422),
            (Refusal::ProviderDenied { provider: named() }.into(), 403),
            (Refusal::SignInAgain.into(), 403),
            (
                Refusal::NotSignedInJustNow { provider: named() }.into(),
                403,
            ),
            (Refusal::NotThisAccount { provider: named() }.into(), 403),
            (Refusal::OtherSite.into(), 403),
            (Refusal::IdentityTaken.into(), 409),
            (Refusal::TooManyIdentities { most: 1 }.into(), 409),
            (Refusal::LastWayIn.into(), 409),
            (Refusal::HasPassword.into(), 409),
            (Error::ProviderFailed { provider: named() }, 502),
            (Refusal::TooManyPrograms { most: 1 }.into(), 409),
            (Error::TooManyTries { retry_after: wait }, 429),
            (reached(wait), 429),
            (Error::Busy { retry_after: wait }, 503),
            (crate::outage::unreachable(false), 503),
            (
                Error::NoSpace {
                    what: "bids",
                    retry_after: wait,
                },
                503,
            ),
            (Error::unexpected("x"), 500),
        ] {
            assert_eq!(status(&error).as_u16(), expected, "{error:?}");
        }
    }
}
