use anyhow::Context;
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Client, StatusCode, header, redirect};
use serde::de::DeserializeOwned;
use std::{pin::Pin, time::Duration};

/// The time limit for one response.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long an unused connection is kept: long enough for the requests of one sign-in, and shorter than any common
/// server keeps it (Node.js and Apache: 5 s). A request on a connection that the server has just closed would fail.
const IDLE: Duration = Duration::from_secs(2);
/// The size limit for one response.
const LARGEST_BYTES: usize = 256 * 1024;

/// Why a provider's response could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("the request to it failed")]
    Unreachable(#[source] reqwest::Error),
    #[error("its response exceeds {LARGEST_BYTES} bytes")]
    TooLarge,
    #[error("it answered with status {0}")]
    Status(StatusCode),
    #[error("its response is not the expected JSON")]
    Malformed(#[source] serde_json::Error),
    #[error("{0}")]
    Unusable(String),
}

impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> Self {
        Self::Unreachable(error.without_url())
    }
}

/// The HTTP client for providers. Responses are limited in time and size, and redirects are not followed: a redirect
/// could carry a secret anywhere.
#[derive(Debug, Clone)]
pub(super) struct Http(Client);

impl Http {
    pub fn new() -> anyhow::Result<Self> {
        // Succeeds once per process; later calls change nothing.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(TIMEOUT)
            .pool_idle_timeout(IDLE)
            .user_agent("Guildhall")
            .build()
            .context("cannot build the HTTPS client for providers")?;
        Ok(Self(client))
    }

    /// Fetches JSON from a URL; `token` is sent as a bearer token.
    pub async fn get<T: DeserializeOwned>(
        &self,
        url: &str,
        token: Option<&str>,
    ) -> Result<T, HttpError> {
        let mut request = self.0.get(url).header(header::ACCEPT, "application/json");
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let (status, _, body) = read(request.send().await?).await?;
        if status != StatusCode::OK {
            return Err(HttpError::Status(status));
        }
        serde_json::from_slice(&body).map_err(HttpError::Malformed)
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let (status, headers, body) = read(self.0.execute(request).await?).await?;
        // A redirect or a server error has no body that the crate can parse.
        if status.is_redirection() || status.is_server_error() {
            return Err(HttpError::Status(status));
        }
        let mut response = HttpResponse::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// The transport for the `oauth2` crate.
impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

async fn read(
    mut response: reqwest::Response,
) -> Result<(StatusCode, header::HeaderMap, Vec<u8>), HttpError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LARGEST_BYTES {
            return Err(HttpError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok((response.status(), response.headers().clone(), body))
}
