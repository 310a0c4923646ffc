//! How islands call server functions: the same code calls every one, given its path and its arguments as JSON.
//! `server_fn` would generate a client for each function, and browsers would have to load them all.

use super::{
    Fetch, Refused,
    client::FetchRequest,
    json::{JsonText, write},
};
use bytes::Bytes;
use http::Method;
use leptos::{
    serde_json,
    server_fn::{ContentType, ServerFn, client::Client, request::ClientReq, response::ClientRes},
};
use serde::{Serialize, de::DeserializeOwned};

/// A call to a server function.
#[derive(Debug, Clone)]
pub struct ServerCall {
    path: String,
    /// As JSON.
    arguments: String,
}

impl ServerCall {
    /// A call to the function that takes these arguments.
    pub fn new<S: ServerFn + Serialize>(arguments: &S) -> Self {
        Self {
            path: S::PATH.to_owned(),
            // If they can't be serialized, the server refuses the empty text as outdated.
            arguments: write(arguments).unwrap_or_default(),
        }
    }

    /// The call for the account that the form was rendered for; empty without one. The server refuses it if the browser is
    /// signed in with another account by now.
    #[must_use]
    pub fn of(mut self, account: &str) -> Self {
        self.path = [&self.path, "?of=", account].concat();
        self
    }

    /// Calls the function. Its result is JSON for [`read`], so that calls to all functions have the same type.
    ///
    /// # Errors
    /// The function's refusal; `Unavailable` if there was no response, and `Outdated` for one that this version can't read.
    pub async fn send(self) -> Result<String, Refused> {
        let body = Bytes::from(self.arguments);
        let media_type = JsonText::CONTENT_TYPE;
        let request =
            FetchRequest::try_new_req_bytes(&self.path, media_type, "", body, Method::POST)?;
        let response = Fetch::send(request).await?;
        let is_success = response.status() < 400;
        let text = response.try_into_string().await?;
        if is_success {
            Ok(text)
        } else {
            Err(read(&text).unwrap_or_else(|outdated| outdated))
        }
    }
}

/// Reads a function's result.
///
/// # Errors
/// `Outdated` if this version can't read it.
pub fn read<T: DeserializeOwned>(result: &str) -> Result<T, Refused> {
    serde_json::from_str(result).map_err(|_| Refused::outdated())
}
