//! How islands call server functions: the same code calls every one, given its path and its arguments as JSON.
//! `server_fn` would generate a client for each function, and browsers would have to load them all.

use super::{
    Refused, client,
    json::{JsonText, write},
};
use leptos::{
    serde_json,
    server_fn::{ContentType, ServerFn},
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

    /// A call to the function `S` with these arguments, which are JSON.
    #[must_use]
    pub fn with<S: ServerFn>(arguments: &str) -> Self {
        Self {
            path: S::PATH.to_owned(),
            arguments: arguments.to_owned(),
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
        // Not by `server_fn`'s traits, which would turn the text into `Bytes` first.
        let response = client::post(&self.path, JsonText::CONTENT_TYPE, &self.arguments).await?;
        if response.status < 400 {
            Ok(response.body)
        } else {
            Err(read(&response.body).unwrap_or_else(|outdated| outdated))
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
