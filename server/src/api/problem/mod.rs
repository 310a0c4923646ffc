//! Problem details for programs (RFC 9457); each kind has a page that says what to do.

mod kind;

pub(crate) use kind::ProblemKind;

use super::call::Call;
use crate::http::{request_body::BodyError, status};
use axum::{
    Json,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use guildhall::Error;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// A field of the body or of the query, and what is wrong with it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct FieldMessage {
    #[schema(example = "amount")]
    pub field: String,
    #[schema(example = "Your bid is over the €900.00 budget.")]
    pub message: String,
}

/// A problem that is about to be sent.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub kind: ProblemKind,
    pub detail: Option<String>,
    pub errors: Vec<FieldMessage>,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The request that ran into the problem, if it is not the one being answered.
    request: Option<Uuid>,
    /// The error behind the problem: logged if it is unexpected, and read for the missing scope.
    source: Option<Arc<Error>>,
}

impl Problem {
    pub fn new(kind: ProblemKind) -> Self {
        Self {
            kind,
            detail: None,
            errors: Vec::new(),
            headers: Vec::new(),
            request: None,
            source: None,
        }
    }

    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub fn at(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.errors.push(FieldMessage {
            field: field.into(),
            message: message.into(),
        });
        self
    }

    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Marks the problem as that of an earlier request, whose answer is repeated.
    pub const fn of_request(mut self, request: Option<Uuid>) -> Self {
        self.request = request;
        self
    }

    /// The problem for a status that axum itself answered with, so that it is rendered like all others.
    pub fn of_status(status: StatusCode) -> Self {
        Self::new(match status {
            StatusCode::NOT_FOUND => ProblemKind::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => ProblemKind::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => ProblemKind::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ProblemKind::UnsupportedMediaType,
            StatusCode::SERVICE_UNAVAILABLE => ProblemKind::Busy,
            status if status.is_client_error() => ProblemKind::NotJson,
            _ => ProblemKind::Unexpected,
        })
    }

    /// Renders the response. Unexpected errors are logged here, once.
    pub fn render(&self, call: &Call) -> Response {
        if let Some(Error::Unexpected(source)) = self.source.as_deref() {
            tracing::error!(
                error = &**source as &dyn std::error::Error,
                request_id = call.request_id,
                path = call.path,
                "a request failed unexpectedly"
            );
        }
        let title = self.kind.title();
        let detail = self.detail.clone().unwrap_or_else(|| match self.kind {
            ProblemKind::Unexpected => format!(
                "{title}. If it happens again, tell us this number: {}",
                call.request_id
            ),
            _ => format!("{title}."),
        });
        let body = ProblemBody {
            kind: self.kind.address(&call.app.settings.base_url),
            title: title.to_owned(),
            status: self.kind.status().as_u16(),
            message: detail.clone(),
            detail,
            instance: match self.request {
                Some(earlier) => format!("urn:uuid:{earlier}"),
                None => format!("urn:uuid:{}", call.request_id),
            },
            errors: self.errors.clone(),
        };
        let mut response = (self.kind.status(), Json(body)).into_response();
        let headers = response.headers_mut();
        let problem_json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, problem_json);
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        if matches!(self.kind, ProblemKind::StillRunning | ProblemKind::Busy)
            && !headers.contains_key(header::RETRY_AFTER)
        {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        let challenge = self.challenge();
        if let Some(Ok(challenge)) = challenge.map(HeaderValue::try_from) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }

    /// The value of `WWW-Authenticate` (RFC 6750, section 3).
    fn challenge(&self) -> Option<String> {
        match self.kind {
            ProblemKind::TokenRequired => Some("Bearer realm=\"guildhall\"".to_owned()),
            ProblemKind::TokenInvalid => {
                Some("Bearer realm=\"guildhall\", error=\"invalid_token\"".to_owned())
            }
            ProblemKind::ScopeMissing => {
                let scope = match self.source.as_deref() {
                    Some(Error::ScopeMissing { scope }) => scope,
                    _ => "",
                };
                Some(format!(
                    "Bearer realm=\"guildhall\", error=\"insufficient_scope\", scope=\"{scope}\""
                ))
            }
            _ => None,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let mut problem = Self::new(ProblemKind::of(&error));
        problem.headers = listed(&status::headers(&error));
        match &error {
            Error::Invalid(errors) => {
                for error in errors {
                    problem = problem.at(&*error.field, error.message());
                }
            }
            Error::Refused(refusal) => {
                problem = problem.with_detail(refusal.to_string());
                if let Some(field) = refusal.field() {
                    problem = problem.at(field, refusal.to_string());
                }
            }
            Error::Unexpected(_) => {}
            other => problem = problem.with_detail(other.to_string()),
        }
        problem.source = Some(Arc::new(error));
        problem
    }
}

impl From<BodyError> for Problem {
    fn from(unread: BodyError) -> Self {
        let kind = match unread {
            BodyError::UnsupportedEncoding => ProblemKind::UnsupportedEncoding,
            BodyError::NotDecodable => ProblemKind::NotDecodable,
            BodyError::TooLarge => ProblemKind::TooLarge,
            BodyError::Interrupted => ProblemKind::NotJson,
            BodyError::Busy(error) => return error.into(),
        };
        let mut problem = Self::new(kind).with_detail(unread.message());
        problem.headers = unread.headers();
        problem
    }
}

fn listed(headers: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
    headers
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        Error::from(error).into()
    }
}

/// Sets only the status; the layer around all endpoints knows the request and renders the rest.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Problem details (RFC 9457), with `message` and `errors` added.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemBody {
    /// Stable; leads to a page that says what to do.
    #[serde(rename = "type")]
    #[schema(format = "uri")]
    kind: String,
    #[schema(example = "The bid is above the budget")]
    title: String,
    #[schema(example = 422, minimum = 400, maximum = 599)]
    status: u16,
    detail: String,
    /// The same as `detail`: every answer has a message.
    message: String,
    /// The request's id, as in the header X-Request-Id; in a repeated answer, the id of the first request.
    instance: String,
    /// What is wrong with individual fields or query parameters.
    errors: Vec<FieldMessage>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use guildhall::{
        account, bid,
        money::{Currency, Money},
        project,
        quota::{QuotaKind, QuotaScope, ReachedQuota},
        receipt,
    };
    use std::time::Duration;

    #[test]
    fn an_error_has_the_same_status_in_the_api_as_on_pages() {
        let one = Money::from_minor(1, Currency::Eur);
        let wait = Duration::from_secs(1);
        for error in [
            Error::SignInRequired,
            Error::NotAllowed,
            Error::ScopeMissing { scope: "x" },
            Error::NotFound,
            Error::Invalid(Vec::new()),
            bid::Refusal::DeadlinePassed.into(),
            bid::Refusal::AboveBudget { budget: one }.into(),
            bid::Refusal::NotLower { own: one }.into(),
            bid::Refusal::NotOpen.into(),
            project::Refusal::HasBids.into(),
            bid::Refusal::NoBid.into(),
            account::Refusal::EmailUnconfirmed.into(),
            receipt::Refusal::StalePage.into(),
            Error::TooManyTries { retry_after: wait },
            Error::QuotaReached(ReachedQuota {
                kind: QuotaKind::Project,
                scope: QuotaScope::Account,
                per_day: 100,
                retry_after: wait,
            }),
            Error::Busy { retry_after: wait },
            crate::database::outage::unreachable(true),
            Error::NoSpace {
                what: "bids",
                retry_after: wait,
            },
            Error::unexpected("x"),
        ] {
            let status = status::status(&error);
            assert_eq!(Problem::from(error).kind.status(), status);
        }
    }

    #[test]
    fn refusals_that_programs_must_distinguish_have_their_own_kinds() {
        let one = Money::from_minor(1, Currency::Eur);
        for (error, kind) in [
            (
                bid::Refusal::DeadlinePassed.into(),
                ProblemKind::DeadlinePassed,
            ),
            (bid::Refusal::NotOpen.into(), ProblemKind::NotOpen),
            (
                bid::Refusal::AboveBudget { budget: one }.into(),
                ProblemKind::AboveBudget,
            ),
            (
                bid::Refusal::NotLower { own: one }.into(),
                ProblemKind::NotLower,
            ),
            (bid::Refusal::NoBid.into(), ProblemKind::NoBid),
            (
                account::Refusal::EmailUnconfirmed.into(),
                ProblemKind::EmailUnconfirmed,
            ),
            (
                project::Refusal::DeadlinePassed.into(),
                ProblemKind::DeadlinePassed,
            ),
            (project::Refusal::NotOpen.into(), ProblemKind::NotOpen),
            (project::Refusal::HasBids.into(), ProblemKind::HasBids),
            (project::Refusal::NotADraft.into(), ProblemKind::Conflict),
            (Error::SignInRequired, ProblemKind::TokenRequired),
            (
                Error::ScopeMissing { scope: "x" },
                ProblemKind::ScopeMissing,
            ),
            (
                crate::database::outage::unreachable(false),
                ProblemKind::DatabaseUnreachable,
            ),
        ] {
            assert_eq!(ProblemKind::of(&error), kind, "{error:?}");
        }
    }
}
