/// What a verb that a program asks answers: it was done, it was denied, or it failed. The door commits in the first two
/// cases: what a denial has revoked stays revoked.
pub type Answer<T> = crate::Result<Result<T, Denied>>;

/// Why a program did not get what it asked for (RFC 6749, sections 4.1.2.1 and 5.2; RFC 8628, section 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    #[error("{0}")]
    InvalidRequest(&'static str),
    #[error("The program is unknown, or it did not prove who it is.")]
    InvalidClient,
    /// The same words whatever was wrong with it: who guesses learns nothing.
    #[error("This code or token is not good, or not good for this program and this request.")]
    InvalidGrant,
    /// A code that was used before. The program hears no more than of any other that is not good.
    #[error("{}", Self::InvalidGrant)]
    CodeReused,
    /// A refresh token that was used before.
    #[error("{}", Self::InvalidGrant)]
    RefreshTokenReused,
    #[error("This program may not ask in this way.")]
    UnauthorizedClient,
    #[error("There is no such grant_type here.")]
    UnsupportedGrantType,
    #[error("There is no such response_type here; use code.")]
    UnsupportedResponseType,
    #[error(
        "Ask for one or more of the scopes that the program was registered with, and no more than was granted."
    )]
    InvalidScope,
    #[error("Nobody has answered yet; ask again after the interval.")]
    AuthorizationPending,
    #[error("You ask too often; wait five seconds longer between two requests.")]
    SlowDown,
    #[error("The device code has expired; begin anew.")]
    ExpiredToken,
    #[error("It was not allowed.")]
    AccessDenied,
    /// `prompt=none`, and nobody is signed in (OpenID Connect Core, section 3.1.2.6).
    #[error("Nobody is signed in.")]
    LoginRequired,
    /// `prompt=none`, and somebody has to be asked.
    #[error("The person has to be asked first.")]
    ConsentRequired,
}

impl Denied {
    /// The value of `error`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant | Self::CodeReused | Self::RefreshTokenReused => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::AccessDenied => "access_denied",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
        }
    }
}
