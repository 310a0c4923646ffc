//! What a program is told when something was refused or failed (RFC 9457), each kind with a page that says what to do.

use super::call::Call;
use crate::web::failure;
use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use guildhall::{Error, Refusal, idempotency::Answer};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// The kinds of problems. Their slugs are in addresses that clients know: they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    NotJson,
    InvalidQuery,
    InvalidFields,
    TokenRequired,
    TokenInvalid,
    NotAllowed,
    ScopeMissing,
    NotFound,
    MethodNotAllowed,
    DeadlinePassed,
    NotOpen,
    HasBids,
    NoBid,
    AboveBudget,
    NotLower,
    Conflict,
    IdempotencyKeyInvalid,
    IdempotencyKeyReused,
    StillRunning,
    VersionGone,
    TooLarge,
    UnsupportedMediaType,
    TooManyRequests,
    Busy,
    Unexpected,
}

impl Kind {
    /// Every kind, in the order of their statuses.
    pub(crate) const ALL: [Self; 25] = [
        Self::NotJson,
        Self::InvalidQuery,
        Self::IdempotencyKeyInvalid,
        Self::TokenRequired,
        Self::TokenInvalid,
        Self::NotAllowed,
        Self::ScopeMissing,
        Self::NotFound,
        Self::DeadlinePassed,
        Self::MethodNotAllowed,
        Self::NotOpen,
        Self::HasBids,
        Self::NoBid,
        Self::Conflict,
        Self::StillRunning,
        Self::VersionGone,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::InvalidFields,
        Self::AboveBudget,
        Self::NotLower,
        Self::IdempotencyKeyReused,
        Self::TooManyRequests,
        Self::Unexpected,
        Self::Busy,
    ];

    /// The last part of its address.
    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::NotJson => "not-json",
            Self::InvalidQuery => "invalid-query",
            Self::InvalidFields => "invalid-fields",
            Self::TokenRequired => "token-required",
            Self::TokenInvalid => "token-invalid",
            Self::NotAllowed => "not-allowed",
            Self::ScopeMissing => "scope-missing",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::DeadlinePassed => "deadline-passed",
            Self::NotOpen => "not-open",
            Self::HasBids => "has-bids",
            Self::NoBid => "no-bid",
            Self::AboveBudget => "above-budget",
            Self::NotLower => "not-lower",
            Self::Conflict => "conflict",
            Self::IdempotencyKeyInvalid => "idempotency-key-invalid",
            Self::IdempotencyKeyReused => "idempotency-key-reused",
            Self::StillRunning => "still-running",
            Self::VersionGone => "version-gone",
            Self::TooLarge => "too-large",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::TooManyRequests => "too-many-requests",
            Self::Busy => "busy",
            Self::Unexpected => "unexpected",
        }
    }

    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::NotJson | Self::InvalidQuery | Self::IdempotencyKeyInvalid => {
                StatusCode::BAD_REQUEST
            }
            Self::TokenRequired | Self::TokenInvalid => StatusCode::UNAUTHORIZED,
            Self::NotAllowed | Self::ScopeMissing => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed | Self::DeadlinePassed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotOpen | Self::HasBids | Self::NoBid | Self::Conflict | Self::StillRunning => {
                StatusCode::CONFLICT
            }
            Self::VersionGone => StatusCode::GONE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::InvalidFields
            | Self::AboveBudget
            | Self::NotLower
            | Self::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            Self::Unexpected => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The same words for every problem of the kind.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::NotJson => "The body is no JSON object",
            Self::InvalidQuery => "A query parameter is wrong",
            Self::InvalidFields => "Some fields are wrong",
            Self::TokenRequired => "A token is needed",
            Self::TokenInvalid => "The token is not good",
            Self::NotAllowed => "The account may not do this",
            Self::ScopeMissing => "The token does not allow this",
            Self::NotFound => "There is nothing here",
            Self::MethodNotAllowed => "This method does nothing here",
            Self::DeadlinePassed => "The deadline has passed",
            Self::NotOpen => "The project is not open",
            Self::HasBids => "The project has a bid",
            Self::NoBid => "There is no bid to withdraw",
            Self::AboveBudget => "The bid is above the budget",
            Self::NotLower => "The bid is not lower",
            Self::Conflict => "It does not fit what is there",
            Self::IdempotencyKeyInvalid => "The Idempotency-Key can't be used",
            Self::IdempotencyKeyReused => "The Idempotency-Key was used for something else",
            Self::StillRunning => "The request is being carried out",
            Self::VersionGone => "This version is no longer served",
            Self::TooLarge => "The body is too large",
            Self::UnsupportedMediaType => "The body is not sent as JSON",
            Self::TooManyRequests => "Too many requests",
            Self::Busy => "Guildhall is very busy",
            Self::Unexpected => "Something went wrong on our side",
        }
    }

    /// What to do about it.
    pub(crate) const fn advice(self) -> &'static str {
        match self {
            Self::NotJson => {
                "Send one JSON object (RFC 8259) in UTF-8, in which no member is named twice."
            }
            Self::InvalidQuery => {
                "Correct the parameters that `errors` names; what this call knows is listed in its documentation. Nothing was done."
            }
            Self::InvalidFields => {
                "Correct the fields that `errors` names and send it again, under a new Idempotency-Key if you use one. Nothing was stored."
            }
            Self::TokenRequired => {
                "Send a token in the header `Authorization: Bearer TOKEN`. People make one under Your account, Access tokens; programs get one by OAuth 2."
            }
            Self::TokenInvalid => {
                "The token is unknown, expired or revoked, or the header is not `Authorization: Bearer TOKEN`. Get a new one."
            }
            Self::NotAllowed => {
                "Sellers post and cancel projects, buyers bid. An account has one role for good: use a token of an account with the other role."
            }
            Self::ScopeMissing => "Get a token that has the scope which `detail` names.",
            Self::NotFound => {
                "Check the address. What is not yours to see looks the same as what is not there."
            }
            Self::MethodNotAllowed => "Use one of the methods in the header `Allow`.",
            Self::DeadlinePassed => {
                "No bid is accepted, changed or withdrawn at or after the deadline, by the database's clock. Read the project to see what came of it."
            }
            Self::NotOpen => {
                "Only an open project takes bids and can be cancelled. Read the project to see what became of it."
            }
            Self::HasBids => "A project is cancelled only while there is no live bid.",
            Self::NoBid => {
                "You have no live bid on this project. Read `GET /account/bids` to see yours."
            }
            Self::AboveBudget => "Bid the budget or less.",
            Self::NotLower => {
                "Each of your bids on a project must be lower than your last one, withdrawn ones included."
            }
            Self::Conflict => "Read what is there now and decide again.",
            Self::IdempotencyKeyInvalid => {
                "Use 1 to 255 printable ASCII characters, such as a UUID."
            }
            Self::IdempotencyKeyReused => {
                "Use a new key for each new request; a key is kept for 24 hours and belongs to one method, path and body."
            }
            Self::StillRunning => {
                "The same request is under way. Wait as long as Retry-After says and send it again: you will get its answer."
            }
            Self::VersionGone => "Use the version that `detail` names.",
            Self::TooLarge => "A body has at most 512 KiB.",
            Self::UnsupportedMediaType => "Send the header `Content-Type: application/json`.",
            Self::TooManyRequests => {
                "Wait as long as Retry-After says. The headers RateLimit and RateLimit-Policy say how much is left."
            }
            Self::Busy => {
                "Wait as long as Retry-After says and send it again, with the same Idempotency-Key: it has one effect at most."
            }
            Self::Unexpected => {
                "Send it again, with the same Idempotency-Key. If it happens again, tell us the request's id."
            }
        }
    }
}

/// A field of the body or of the query, and what is wrong with it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct FieldMessage {
    #[schema(example = "amount")]
    pub field: String,
    #[schema(example = "The budget is €900.00; bid that or less.")]
    pub message: String,
}

/// A problem on its way out.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub kind: Kind,
    pub detail: Option<String>,
    pub errors: Vec<FieldMessage>,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What nobody expected, to be logged.
    source: Option<Arc<Error>>,
}

impl Problem {
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            detail: None,
            errors: Vec::new(),
            headers: Vec::new(),
            source: None,
        }
    }

    pub fn saying(mut self, detail: impl Into<String>) -> Self {
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

    /// The problem that an answer of axum's own stands for: it is laid out like all others.
    pub fn of_status(status: StatusCode) -> Self {
        Self::new(match status {
            StatusCode::NOT_FOUND => Kind::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Kind::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Kind::UnsupportedMediaType,
            StatusCode::SERVICE_UNAVAILABLE => Kind::Busy,
            status if status.is_client_error() => Kind::NotJson,
            _ => Kind::Unexpected,
        })
    }

    /// Whether sending the same again may come out otherwise, so that no answer is kept.
    pub fn is_passing(&self) -> bool {
        matches!(
            self.kind,
            Kind::Busy | Kind::Unexpected | Kind::TooManyRequests | Kind::StillRunning
        )
    }

    /// The answer as it is sent. What was not expected is logged here, once.
    pub fn answer(&self, call: &Call) -> Answer {
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
            Kind::Unexpected => format!(
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
            instance: format!("urn:uuid:{}", call.request_id),
            errors: self.errors.clone(),
        };
        let mut headers = vec![(
            header::CONTENT_TYPE.to_string(),
            "application/problem+json".to_owned(),
        )];
        for (name, value) in &self.headers {
            if let Ok(value) = value.to_str() {
                headers.push((name.to_string(), value.to_owned()));
            }
        }
        let waits = matches!(self.kind, Kind::StillRunning | Kind::Busy);
        if waits
            && !self
                .headers
                .iter()
                .any(|(name, _)| name == header::RETRY_AFTER)
        {
            headers.push((header::RETRY_AFTER.to_string(), "1".to_owned()));
        }
        if let Some(challenge) = self.challenge() {
            headers.push((header::WWW_AUTHENTICATE.to_string(), challenge));
        }
        Answer {
            status: self.kind.status().as_u16(),
            headers,
            body: serde_json::to_string(&body).unwrap_or_default(),
        }
    }

    /// RFC 6750, section 3.
    fn challenge(&self) -> Option<String> {
        match self.kind {
            Kind::TokenRequired => Some("Bearer realm=\"guildhall\"".to_owned()),
            Kind::TokenInvalid => {
                Some("Bearer realm=\"guildhall\", error=\"invalid_token\"".to_owned())
            }
            Kind::ScopeMissing => {
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

impl Kind {
    /// The stable address of its page: the problem's `type`.
    pub(crate) fn address(self, base_url: &str) -> String {
        format!("{base_url}/api/docs/problems/{}", self.slug())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::SignInRequired => Kind::TokenRequired,
            Error::NotAllowed => Kind::NotAllowed,
            Error::ScopeMissing { .. } => Kind::ScopeMissing,
            Error::NotFound => Kind::NotFound,
            Error::Invalid(_) => Kind::InvalidFields,
            Error::Refused(refusal) => match refusal {
                Refusal::DeadlinePassed => Kind::DeadlinePassed,
                Refusal::NotOpen => Kind::NotOpen,
                Refusal::HasBids => Kind::HasBids,
                Refusal::NoBid => Kind::NoBid,
                Refusal::AboveBudget { .. } => Kind::AboveBudget,
                Refusal::NotLower { .. } => Kind::NotLower,
                _ => Kind::Conflict,
            },
            Error::TooManyTries { .. } => Kind::TooManyRequests,
            Error::Busy { .. } => Kind::Busy,
            _ => Kind::Unexpected,
        };
        let mut problem = Self::new(kind);
        problem.headers = listed(&failure::headers(&error));
        match &error {
            Error::Invalid(errors) => {
                for error in errors {
                    problem = problem.at(&*error.field, error.problem.to_string());
                }
            }
            Error::Refused(refusal) => {
                problem = problem.saying(refusal.to_string());
                if let Some(field) = refusal.field() {
                    problem = problem.at(field, refusal.to_string());
                }
            }
            Error::Unexpected(_) => {}
            other => problem = problem.saying(other.to_string()),
        }
        problem.source = Some(Arc::new(error));
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

/// Only the status; the layer around all doors knows the request and lays the rest out.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.kind.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A problem, as RFC 9457 has it, with `message` and `errors` beside it.
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
    /// The request's id, as in its header X-Request-Id; of the first request, where its answer is given again.
    instance: String,
    /// What is wrong with single fields or query parameters.
    errors: Vec<FieldMessage>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use guildhall::money::{Currency, Money};
    use std::{collections::BTreeSet, time::Duration};

    #[test]
    fn a_meaning_has_the_same_status_here_as_on_pages() {
        let one = Money::from_minor(1, Currency::Eur);
        let wait = Duration::from_secs(1);
        for error in [
            Error::SignInRequired,
            Error::NotAllowed,
            Error::ScopeMissing { scope: "x" },
            Error::NotFound,
            Error::Invalid(Vec::new()),
            Refusal::DeadlinePassed.into(),
            Refusal::AboveBudget { budget: one }.into(),
            Refusal::NotLower { own: one }.into(),
            Refusal::NotOpen.into(),
            Refusal::HasBids.into(),
            Refusal::NoBid.into(),
            Refusal::StalePage.into(),
            Error::TooManyTries { retry_after: wait },
            Error::Busy { retry_after: wait },
            Error::unexpected("x"),
        ] {
            let status = failure::status(&error);
            assert_eq!(Problem::from(error).kind.status(), status);
        }
    }

    #[test]
    fn every_kind_is_listed_once_with_a_slug_of_its_own() {
        let slugs: BTreeSet<_> = Kind::ALL.into_iter().map(Kind::slug).collect();
        assert_eq!(slugs.len(), Kind::ALL.len());
    }
}
