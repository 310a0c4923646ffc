use axum::http::StatusCode;
use guildhall::{Error, error::ErrorKind};

/// The kinds of problems. Their slugs are in addresses that clients know: they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProblemKind {
    NotJson,
    NotDecodable,
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
    UnsupportedEncoding,
    TooManyRequests,
    QuotaReached,
    Busy,
    DatabaseUnreachable,
    NoSpace,
    Unexpected,
}

impl ProblemKind {
    /// Every kind, in the order of their statuses.
    pub(crate) const ALL: [Self; 30] = [
        Self::NotJson,
        Self::NotDecodable,
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
        Self::UnsupportedEncoding,
        Self::InvalidFields,
        Self::AboveBudget,
        Self::NotLower,
        Self::IdempotencyKeyReused,
        Self::TooManyRequests,
        Self::QuotaReached,
        Self::Unexpected,
        Self::Busy,
        Self::DatabaseUnreachable,
        Self::NoSpace,
    ];

    /// The kind that is named like the error's code, else the one that fits the error's kind. So a capability's refusal needs a
    /// line here only if programs are to tell it from others.
    pub(crate) fn of(error: &Error) -> Self {
        let general = match error.kind() {
            ErrorKind::SignInRequired => Self::TokenRequired,
            ErrorKind::NotAllowed => Self::NotAllowed,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::TooLate => Self::MethodNotAllowed,
            ErrorKind::Conflict => Self::Conflict,
            ErrorKind::Invalid => Self::InvalidFields,
            ErrorKind::TooMany => Self::TooManyRequests,
            ErrorKind::Unavailable => Self::Busy,
            // No endpoint uses a provider.
            ErrorKind::ProviderFailed | ErrorKind::Failed => Self::Unexpected,
        };
        let named = Self::ALL
            .into_iter()
            .find(|kind| kind.slug() == error.code() && kind.status() == general.status());
        named.unwrap_or(general)
    }

    /// The last part of its address.
    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::NotJson => "not-json",
            Self::NotDecodable => "not-decodable",
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
            Self::UnsupportedEncoding => "unsupported-encoding",
            Self::TooManyRequests => "too-many-requests",
            Self::QuotaReached => "quota-reached",
            Self::Busy => "busy",
            Self::DatabaseUnreachable => "database-unreachable",
            Self::NoSpace => "no-space",
            Self::Unexpected => "unexpected",
        }
    }

    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::NotJson
            | Self::NotDecodable
            | Self::InvalidQuery
            | Self::IdempotencyKeyInvalid => StatusCode::BAD_REQUEST,
            Self::TokenRequired | Self::TokenInvalid => StatusCode::UNAUTHORIZED,
            Self::NotAllowed | Self::ScopeMissing => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed | Self::DeadlinePassed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotOpen | Self::HasBids | Self::NoBid | Self::Conflict | Self::StillRunning => {
                StatusCode::CONFLICT
            }
            Self::VersionGone => StatusCode::GONE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType | Self::UnsupportedEncoding => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::InvalidFields
            | Self::AboveBudget
            | Self::NotLower
            | Self::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyRequests | Self::QuotaReached => StatusCode::TOO_MANY_REQUESTS,
            Self::Unexpected => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy | Self::DatabaseUnreachable | Self::NoSpace => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// The same words for every problem of the kind.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::NotJson => "The body is no JSON object",
            Self::NotDecodable => "The body is not what its Content-Encoding says",
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
            Self::UnsupportedEncoding => "The body's Content-Encoding is not supported",
            Self::TooManyRequests => "Too many requests",
            Self::QuotaReached => "The daily limit is reached",
            Self::Busy => "Guildhall is very busy",
            Self::DatabaseUnreachable => "Guildhall can't reach its database",
            Self::NoSpace => "Guildhall's disk is nearly full",
            Self::Unexpected => "Something went wrong on our side",
        }
    }

    /// What to do about it.
    pub(crate) const fn advice(self) -> &'static str {
        match self {
            Self::NotJson => {
                "Send one JSON object (RFC 8259) in UTF-8, in which no member is named twice. A call that takes no body takes an empty object at most."
            }
            Self::NotDecodable => {
                "Send the body as its header `Content-Encoding` says, whole and with nothing behind it, or leave the header out."
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
            Self::TooLarge => {
                "A body has at most 512 KiB, as it is sent and also once it is decoded."
            }
            Self::UnsupportedMediaType => "Send the header `Content-Type: application/json`.",
            Self::UnsupportedEncoding => {
                "Compress the body in one of the ways that the header `Accept-Encoding` names, once, or send it as it is."
            }
            Self::TooManyRequests => {
                "Wait as long as Retry-After says. The headers RateLimit and RateLimit-Policy say how much is left."
            }
            Self::QuotaReached => {
                "How much an account, and all accounts at an address together, may store a day is limited. Nothing was stored: wait as long as Retry-After says and send it again."
            }
            Self::Busy => {
                "Wait as long as Retry-After says and send it again, with the same Idempotency-Key: it has one effect at most."
            }
            Self::DatabaseUnreachable => {
                "Wait as long as Retry-After says and send it again, with the same Idempotency-Key: it has one effect at most. Meanwhile projects and lists that were read lately are answered from memory; the header Age says how old they are, in seconds."
            }
            Self::NoSpace => {
                "Nothing was stored. Wait as long as Retry-After says and send it again, with the same Idempotency-Key. New projects wait first and bids last; awards go on."
            }
            Self::Unexpected => {
                "Send it again, with the same Idempotency-Key. If it happens again, tell us the request's id."
            }
        }
    }

    /// The stable address of its page: the problem's `type`.
    pub(crate) fn address(self, base_url: &str) -> String {
        format!("{base_url}/api/docs/problems/{}", self.slug())
    }
}

#[cfg(test)]
mod tests {
    use super::ProblemKind;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_is_listed_once_with_a_slug_of_its_own() {
        let slugs: BTreeSet<_> = ProblemKind::ALL
            .into_iter()
            .map(ProblemKind::slug)
            .collect();
        assert_eq!(slugs.len(), ProblemKind::ALL.len());
    }
}
