use crate::{account::Role, token::Scopes};

/// The result of a program's request: done, denied or failed. The handler commits in the first two cases, so that
/// whatever a denial revoked stays revoked.
pub type OauthResult<T> = crate::Result<Result<T, OauthError>>;

/// Why a program's request was denied (RFC 6749, sections 4.1.2.1 and 5.2; RFC 8628, section 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OauthError {
    #[error("{0}")]
    InvalidRequest(&'static str),
    #[error("The program is unknown or failed to authenticate.")]
    InvalidClient,
    /// The message never says which check failed, so that guessing reveals nothing.
    #[error("This code or token is invalid, expired, or not valid for this program and request.")]
    InvalidGrant,
    /// The code was used before. The program gets the same message as for any other invalid code.
    #[error("{}", Self::InvalidGrant)]
    CodeReused,
    /// The refresh token was used before.
    #[error("{}", Self::InvalidGrant)]
    RefreshTokenReused,
    #[error("This program is not allowed to use this grant type.")]
    UnauthorizedClient,
    #[error("This grant_type is not supported.")]
    UnsupportedGrantType,
    #[error("This response_type is not supported; use code.")]
    UnsupportedResponseType,
    #[error(
        "Request at least one scope, and only scopes that the program is registered with and was granted."
    )]
    InvalidScope,
    /// The account's role can use none of the scopes.
    #[error("{}, so none of the requested scopes can be granted.", Scopes::limit_of(*.0))]
    NotForRole(Role),
    #[error("The user has not answered yet; poll again after the interval.")]
    AuthorizationPending,
    #[error("Polling too often; wait five seconds longer between requests.")]
    SlowDown,
    #[error("The device code has expired; start again.")]
    ExpiredToken,
    #[error("The user denied the request.")]
    AccessDenied,
    /// `prompt=none`, but nobody is signed in (OpenID Connect Core, section 3.1.2.6).
    #[error("Nobody is signed in.")]
    LoginRequired,
    /// `prompt=none`, but the user must give consent.
    #[error("The user must give consent first.")]
    ConsentRequired,
}

impl OauthError {
    /// The OAuth error code, sent as `error`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant | Self::CodeReused | Self::RefreshTokenReused => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope | Self::NotForRole(_) => "invalid_scope",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::AccessDenied => "access_denied",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
        }
    }
}
