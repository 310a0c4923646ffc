use axum::http::StatusCode;
use guildhall::{Error, error::ErrorKind};

/// The kinds of problems. Their slugs are part of URLs that clients know, so they never change.
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
    EmailUnconfirmed,
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
    /// Every kind, ordered by status.
    pub(crate) const ALL: [Self; 31] = [
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
        Self::EmailUnconfirmed,
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

    /// The kind whose slug is the error's code, or else the general one for the error's kind. So a refusal needs a kind
    /// of its own only if programs must distinguish it.
    pub(crate) fn of(error: &Error) -> Self {
        let general = match error.kind() {
            ErrorKind::SignInRequired => Self::TokenRequired,
            ErrorKind::NotAllowed => Self::NotAllowed,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::TooLate => Self::MethodNotAllowed,
            ErrorKind::Conflict | ErrorKind::Unconfirmed => Self::Conflict,
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

    /// The last part of its URL.
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
            Self::EmailUnconfirmed => "email-unconfirmed",
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
            Self::NotOpen
            | Self::HasBids
            | Self::NoBid
            | Self::EmailUnconfirmed
            | Self::Conflict
            | Self::StillRunning => StatusCode::CONFLICT,
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

    /// The title, the same for every problem of the kind.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::NotJson => "The body is not a JSON object",
            Self::NotDecodable => "The body does not match its Content-Encoding",
            Self::InvalidQuery => "A query parameter is invalid",
            Self::InvalidFields => "Some fields are invalid",
            Self::TokenRequired => "A token is required",
            Self::TokenInvalid => "The access token isn't valid",
            Self::NotAllowed => "The account doesn't have permission to do this",
            Self::ScopeMissing => "The token lacks a scope",
            Self::NotFound => "The resource was not found",
            Self::MethodNotAllowed => "The method is not allowed here",
            Self::DeadlinePassed => "The deadline has passed",
            Self::NotOpen => "The project is not open",
            Self::HasBids => "The project has a bid",
            Self::NoBid => "There is no bid to withdraw",
            Self::EmailUnconfirmed => "The account's e-mail address is not confirmed",
            Self::AboveBudget => "The bid is above the budget",
            Self::NotLower => "The bid is not lower",
            Self::Conflict => "The request conflicts with the current state",
            Self::IdempotencyKeyInvalid => "The Idempotency-Key is invalid",
            Self::IdempotencyKeyReused => "The Idempotency-Key was used for another request",
            Self::StillRunning => "The request is in progress",
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
                "Send one JSON object (RFC 8259) in UTF-8, without repeated members. A call without a body accepts at most an empty object."
            }
            Self::NotDecodable => {
                "Send the complete body in the encoding that the header `Content-Encoding` names, with nothing after it, or omit the header."
            }
            Self::InvalidQuery => {
                "Correct the parameters listed in `errors`; the call's documentation lists those it accepts. Nothing was done."
            }
            Self::InvalidFields => {
                "Correct the fields listed in `errors` and send the request again, with a new Idempotency-Key if you use one. Nothing was stored."
            }
            Self::TokenRequired => {
                "Send a token in the header `Authorization: Bearer TOKEN`. People create one under Your account, Access tokens; programs get one through OAuth 2."
            }
            Self::TokenInvalid => {
                "The token is unknown, expired or revoked, or the header is not `Authorization: Bearer TOKEN`. Get a new one."
            }
            Self::NotAllowed => {
                "Sellers post and cancel projects; buyers bid. An account's role never changes: use a token of an account with the other role."
            }
            Self::ScopeMissing => "Get a token with the scope that `detail` names.",
            Self::NotFound => {
                "Check the URL. A resource that you don't have access to looks the same as one that does not exist."
            }
            Self::MethodNotAllowed => "Use one of the methods in the header `Allow`.",
            Self::DeadlinePassed => {
                "No bid is accepted, changed or withdrawn at or after the deadline, by the database's clock. Read the project to see its result."
            }
            Self::NotOpen => {
                "Only an open project takes bids and can be cancelled. Read the project to see its status."
            }
            Self::HasBids => "A project can be cancelled only while it has no active bids.",
            Self::NoBid => {
                "You have no active bid on this project. `GET /api/v1/account/bids` lists your bids."
            }
            Self::EmailUnconfirmed => {
                "The account's owner must open the link in the e-mail that Guildhall sent; `/confirm-email` sends it again. Then send the request again, with the same Idempotency-Key if you use one. Nothing was stored."
            }
            Self::AboveBudget => "Bid at most the budget.",
            Self::NotLower => {
                "Each of your bids on a project must be lower than your last one, even if you withdrew it."
            }
            Self::Conflict => "Read the current state and decide again.",
            Self::IdempotencyKeyInvalid => {
                "Use 1 to 255 printable ASCII characters, such as a UUID."
            }
            Self::IdempotencyKeyReused => {
                "Use a new key for each new request. A key is kept for 24 hours and belongs to one method, path and body."
            }
            Self::StillRunning => {
                "The same request is in progress. Wait as long as Retry-After says and send it again to get its answer."
            }
            Self::VersionGone => "Use the version that `detail` names.",
            Self::TooLarge => "A body may be at most 512 KiB long, both as sent and decoded.",
            Self::UnsupportedMediaType => "Send the header `Content-Type: application/json`.",
            Self::UnsupportedEncoding => {
                "Compress the body once, in an encoding that the header `Accept-Encoding` lists, or send it uncompressed."
            }
            Self::TooManyRequests => {
                "Wait as long as Retry-After says. The headers RateLimit and RateLimit-Policy say how much is left."
            }
            Self::QuotaReached => {
                "An account, and all accounts at an address together, may store only a limited amount each day. Nothing was stored: wait as long as Retry-After says and send the request again."
            }
            Self::Busy => {
                "Wait as long as Retry-After says and send the request again with the same Idempotency-Key, so that it has at most one effect."
            }
            Self::DatabaseUnreachable => {
                "Wait as long as Retry-After says and send the request again with the same Idempotency-Key, so that it has at most one effect. Meanwhile, recently read projects and lists are served from memory; the header Age gives their age in seconds."
            }
            Self::NoSpace => {
                "Nothing was stored. Wait as long as Retry-After says and send the request again with the same Idempotency-Key. When space is low, projects are refused first and bids last; awards continue."
            }
            Self::Unexpected => {
                "Send the request again with the same Idempotency-Key. If it happens again, report the request's id."
            }
        }
    }

    /// The stable URL of its page: the problem's `type`.
    pub(crate) fn address(self, base_url: &str) -> String {
        format!("{base_url}/api/docs/problems/{}", self.slug())
    }
}

#[cfg(test)]
mod tests {
    use super::ProblemKind;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_is_listed_once_with_its_own_slug() {
        let slugs: BTreeSet<_> = ProblemKind::ALL
            .into_iter()
            .map(ProblemKind::slug)
            .collect();
        assert_eq!(slugs.len(), ProblemKind::ALL.len());
    }
}
