use super::{
    claims::ExpectedClaims,
    config::{self, ProviderEntry},
    github::GitHub,
    http::{Http, HttpError},
    open_id::OpenId,
};
use guildhall::{
    Error,
    identity::{self, Flow, FlowPurpose, VouchedPerson},
    store,
};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EndpointNotSet, EndpointSet, ExtraTokenFields, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, Scope, StandardRevocableToken, StandardTokenResponse,
    TokenResponse, TokenUrl,
    basic::{
        BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
        BasicTokenIntrospectionResponse, BasicTokenType,
    },
};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use std::time::Duration;
use time::OffsetDateTime;

/// The time limit for all requests to a provider after a visitor has returned from it.
const TIMEOUT: Duration = Duration::from_secs(12);
/// Random bytes in a state or nonce.
const RANDOM_BYTES: u32 = 32;

/// A provider that people can sign in with.
#[derive(Debug)]
pub struct Provider {
    entry: ProviderEntry,
    redirect: RedirectUrl,
    protocol: Protocol,
    http: Http,
}

/// The protocol that a provider speaks, with the state of its client.
#[derive(Debug)]
enum Protocol {
    OpenId(OpenId),
    GitHub(GitHub),
}

/// Where to send a visitor, and what to store until the visitor returns.
#[derive(Debug)]
pub struct FlowStart {
    pub url: String,
    pub state: String,
    pub nonce: String,
    pub code_verifier: String,
}

/// The provider's authorization response (RFC 6749, sections 4.1.2 and 4.1.2.1).
#[derive(Debug)]
pub enum AuthorizationResponse {
    Code(String),
    /// The visitor, or an administrator, denied the request.
    Denied,
    /// The provider failed: its error code, or what is missing from the response.
    Failed(String),
}

impl AuthorizationResponse {
    /// Parses the query parameters.
    #[must_use]
    pub fn read(code: Option<&str>, error: Option<&str>) -> Self {
        match (error, code) {
            (Some("access_denied"), _) => Self::Denied,
            (Some(error), _) => Self::Failed(error.chars().take(100).collect()),
            (None, Some(code)) if (1..=4000).contains(&code.len()) => Self::Code(code.to_owned()),
            (None, _) => Self::Failed("neither a code nor an error".to_owned()),
        }
    }
}

/// Why a sign-in through a provider failed.
#[derive(Debug, thiserror::Error)]
pub enum SignInFailure {
    #[error("the provider cannot be used: {0}")]
    Provider(String),
    /// The provider's answer failed validation.
    #[error("{0}")]
    Answer(&'static str),
    #[error("it does not confirm that the visitor has just signed in")]
    SignInNotRecent,
    #[error("the visitor denied the request")]
    Denied,
    #[error("this server failed")]
    Server(#[from] Error),
}

impl From<HttpError> for SignInFailure {
    fn from(error: HttpError) -> Self {
        Self::Provider(format!("{:#}", anyhow::Error::new(error)))
    }
}

type TokenClient = Client<
    BasicErrorResponse,
    StandardTokenResponse<IdTokenField, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// What OpenID Connect adds to a token response.
#[derive(Clone, Deserialize, Serialize)]
struct IdTokenField {
    id_token: Option<String>,
}

impl std::fmt::Debug for IdTokenField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdTokenField(…)")
    }
}

impl ExtraTokenFields for IdTokenField {}

impl Provider {
    pub(super) fn new(entry: ProviderEntry, base_url: &str, http: &Http) -> anyhow::Result<Self> {
        let redirect = format!("{base_url}/sign-in/with/{}/callback", entry.slug);
        let protocol = match &entry.kind {
            config::ProviderKind::OpenId { issuer } => Protocol::OpenId(OpenId::new(issuer)),
            config::ProviderKind::GitHub { base_url } => Protocol::GitHub(GitHub::new(base_url)),
        };
        Ok(Self {
            redirect: RedirectUrl::new(redirect)?,
            entry,
            protocol,
            http: http.clone(),
        })
    }

    /// The provider's name in URLs.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.entry.slug
    }

    #[must_use]
    pub fn label(&self) -> &str {
        &self.entry.label
    }

    /// The issuer under which its subjects are stored.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.entry.issuer()
    }

    /// True if the provider can report when somebody signed in there, which plain OAuth 2 cannot.
    #[must_use]
    pub const fn reports_sign_in_time(&self) -> bool {
        matches!(self.protocol, Protocol::OpenId(_))
    }

    /// Where to send a visitor, and what to store until the visitor returns. With `again`, the visitor must sign in at
    /// the provider even if already signed in there.
    ///
    /// # Errors
    /// If the provider cannot be used, or cannot confirm a new sign-in.
    pub async fn begin_flow(&self, again: bool) -> Result<FlowStart, SignInFailure> {
        if again && !self.reports_sign_in_time() {
            return Err(SignInFailure::SignInNotRecent);
        }
        let client = match &self.protocol {
            Protocol::OpenId(open_id) => {
                let metadata = open_id.metadata(&self.http).await?;
                self.client(
                    &metadata.authorization_endpoint,
                    &metadata.token_endpoint,
                    AuthType::BasicAuth,
                )?
            }
            Protocol::GitHub(github) => self.client(
                &github.authorization_endpoint(),
                &github.token_endpoint(),
                AuthType::RequestBody,
            )?,
        };
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let nonce = CsrfToken::new_random_len(RANDOM_BYTES).into_secret();
        let mut request = client
            .authorize_url(|| CsrfToken::new_random_len(RANDOM_BYTES))
            .add_scopes(self.entry.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge);
        if matches!(self.protocol, Protocol::OpenId(_)) {
            request = request.add_extra_param("nonce", nonce.clone());
        }
        if again {
            request = request
                .add_extra_param("prompt", "login")
                .add_extra_param("max_age", "0");
        }
        let (url, state) = request.url();
        Ok(FlowStart {
            url: url.into(),
            state: state.into_secret(),
            nonce,
            code_verifier: verifier.into_secret(),
        })
    }

    /// The person the provider vouches for. The caller must have deleted `flow` first, so that no answer is used twice.
    /// If a new sign-in was required, it must not be earlier than `began_at`.
    ///
    /// # Errors
    /// If the provider cannot be used, or its answer fails validation.
    pub async fn finish_flow(
        &self,
        pool: &PgPool,
        (flow, began_at): (&Flow, OffsetDateTime),
        response: AuthorizationResponse,
        issuer: Option<&str>,
    ) -> Result<VouchedPerson, SignInFailure> {
        let again = matches!(flow.purpose, FlowPurpose::Again(_));
        let since = again.then(|| began_at.unix_timestamp());
        tokio::time::timeout(
            TIMEOUT,
            self.verify_response(pool, flow, since, response, issuer),
        )
        .await
        .unwrap_or_else(|_| Err(SignInFailure::Provider("it took too long".to_owned())))
    }

    async fn verify_response(
        &self,
        pool: &PgPool,
        flow: &Flow,
        signed_in_since: Option<i64>,
        response: AuthorizationResponse,
        issuer: Option<&str>,
    ) -> Result<VouchedPerson, SignInFailure> {
        match &self.protocol {
            Protocol::OpenId(open_id) => {
                let metadata = open_id.metadata(&self.http).await?;
                open_id.check_issuer(&metadata, issuer)?;
                let client = self.client(
                    &metadata.authorization_endpoint,
                    &metadata.token_endpoint,
                    metadata.auth_type().unwrap_or(AuthType::BasicAuth),
                )?;
                let tokens = self.exchange(&client, flow, response).await?;
                let now = store::now(&mut *pool.acquire().await.map_err(Error::from)?).await?;
                let expected = ExpectedClaims {
                    issuer: self.issuer(),
                    client_id: &self.entry.client_id,
                    nonce: &flow.nonce,
                    now: now.unix_timestamp(),
                    signed_in_since,
                };
                let id_token = tokens.extra_fields().id_token.as_deref();
                let access_token = tokens.access_token().secret();
                open_id
                    .vouched_person(&self.http, &metadata, id_token, access_token, &expected)
                    .await
            }
            Protocol::GitHub(_) if signed_in_since.is_some() => Err(SignInFailure::SignInNotRecent),
            Protocol::GitHub(github) => {
                let client = self.client(
                    &github.authorization_endpoint(),
                    &github.token_endpoint(),
                    AuthType::RequestBody,
                )?;
                let tokens = self.exchange(&client, flow, response).await?;
                github
                    .vouched_person(&self.http, pool, tokens.access_token().secret())
                    .await
            }
        }
    }

    fn client(
        &self,
        authorization_endpoint: &str,
        token_endpoint: &str,
        auth_type: AuthType,
    ) -> Result<TokenClient, SignInFailure> {
        let unusable = |error: url::ParseError| SignInFailure::Provider(error.to_string());
        let secret: &ClientSecret = &self.entry.client_secret;
        Ok(Client::new(ClientId::new(self.entry.client_id.clone()))
            .set_client_secret(secret.clone())
            .set_auth_type(auth_type)
            .set_auth_uri(AuthUrl::new(authorization_endpoint.to_owned()).map_err(unusable)?)
            .set_token_uri(TokenUrl::new(token_endpoint.to_owned()).map_err(unusable)?)
            .set_redirect_uri(self.redirect.clone()))
    }

    async fn exchange(
        &self,
        client: &TokenClient,
        flow: &Flow,
        response: AuthorizationResponse,
    ) -> Result<StandardTokenResponse<IdTokenField, BasicTokenType>, SignInFailure> {
        let code = match response {
            AuthorizationResponse::Code(code) => AuthorizationCode::new(code),
            AuthorizationResponse::Denied => return Err(SignInFailure::Denied),
            AuthorizationResponse::Failed(reason) => {
                return Err(SignInFailure::Provider(format!("it reported {reason:?}")));
            }
        };
        client
            .exchange_code(code)
            .set_pkce_verifier(PkceCodeVerifier::new(flow.code_verifier.clone()))
            .request_async(&self.http)
            .await
            .map_err(exchange_failure)
    }
}

/// A refused authorization code counts as an invalid answer. Any other error is due to the provider or to our
/// configuration.
fn exchange_failure(error: RequestTokenError<HttpError, BasicErrorResponse>) -> SignInFailure {
    const REFUSED: SignInFailure =
        SignInFailure::Answer("the provider refused the authorization code");
    match error {
        RequestTokenError::Request(error) => error.into(),
        RequestTokenError::ServerResponse(error)
            if *error.error() == BasicErrorResponseType::InvalidGrant =>
        {
            REFUSED
        }
        RequestTokenError::ServerResponse(error) => {
            SignInFailure::Provider(format!("it refused the exchange: {}", error.error()))
        }
        // GitHub reports errors with status 200.
        RequestTokenError::Parse(_, body) => {
            #[derive(Deserialize)]
            struct ErrorBody {
                error: String,
            }
            match serde_json::from_slice::<ErrorBody>(&body) {
                Ok(parsed) if parsed.error == "bad_verification_code" => REFUSED,
                Ok(parsed) => SignInFailure::Provider(format!(
                    "it refused the exchange: {}",
                    parsed.error.chars().take(100).collect::<String>()
                )),
                Err(_) => SignInFailure::Provider("its token response is malformed".to_owned()),
            }
        }
        RequestTokenError::Other(message) => SignInFailure::Provider(message),
    }
}

impl SignInFailure {
    /// Logs the provider's failures, and converts any failure to the error shown to the visitor.
    #[must_use]
    pub fn report(self, provider: &Provider) -> Error {
        let (slug, label) = (provider.slug(), provider.label().to_owned());
        match self {
            Self::Server(error) => error,
            Self::SignInNotRecent => {
                identity::Refusal::NotSignedInJustNow { provider: label }.into()
            }
            Self::Denied => identity::Refusal::ProviderDenied { provider: label }.into(),
            Self::Answer(why) => {
                tracing::warn!(
                    provider = slug,
                    why,
                    "a provider's answer failed validation"
                );
                identity::Refusal::SignInNotFinished { provider: label }.into()
            }
            Self::Provider(why) => {
                tracing::warn!(provider = slug, why, "a provider cannot be used");
                Error::ProviderFailed { provider: label }
            }
        }
    }
}
