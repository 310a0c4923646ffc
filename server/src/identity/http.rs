use anyhow::Context;
use oauth2::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::{Client, StatusCode, header, redirect};
use serde::de::DeserializeOwned;
use std::{pin::Pin, time::Duration};

/// How long a provider may take for one answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest answer that is read.
const LARGEST_BYTES: usize = 256 * 1024;

/// Why a provider gave no answer that could be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("it can't be reached in time")]
    Unreachable(#[source] reqwest::Error),
    #[error("its answer has more than {LARGEST_BYTES} bytes")]
    TooLarge,
    #[error("it answered with the status {0}")]
    Status(StatusCode),
    #[error("its answer is not the JSON that was expected")]
    Malformed(#[source] serde_json::Error),
    #[error("{0}")]
    Unusable(String),
}

impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> Self {
        Self::Unreachable(error.without_url())
    }
}

/// Asks providers. Every answer is bounded in time and size, and none leads on to another address: that would take a
/// secret to wherever the answer says.
#[derive(Debug, Clone)]
pub(super) struct Http(Client);

impl Http {
    pub fn new() -> anyhow::Result<Self> {
        // Once a process; who comes second finds it done.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(PATIENCE)
            .user_agent("Guildhall")
            .build()
            .context("no HTTPS client could be made to ask the providers with")?;
        Ok(Self(client))
    }

    /// The JSON at an address; `token` is shown as a bearer token.
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
        // What may be answered here is 200, 400 or 401: the rest has no words in it that the crate could read.
        if status.is_redirection() || status.is_server_error() {
            return Err(HttpError::Status(status));
        }
        let mut response = HttpResponse::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// The crate `oauth2` sends its requests here.
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
