//! Routes that can be listed, because axum's router can't list its own.
//!
//! Tests use the list: every route needs a row in the authorization table (`server/tests/authorization`), a quota, and
//! a decision about crawlers.

use super::Web;
use axum::{Router, handler::Handler, http::Method, routing};

/// Routes, and the list of their methods and paths.
#[derive(Default)]
pub(crate) struct Routes {
    pub router: Router<Web>,
    pub entries: Vec<(Method, String)>,
}

impl Routes {
    /// Adds a handler for `GET`, and so for `HEAD`.
    pub fn get<H: Handler<T, Web>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.with(Method::GET, path, routing::get(handler))
    }

    /// Adds a handler for `POST`.
    pub fn post<H: Handler<T, Web>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.with(Method::POST, path, routing::post(handler))
    }

    /// Merges the routes of several capabilities.
    pub fn all(nouns: impl IntoIterator<Item = Self>) -> Self {
        nouns.into_iter().fold(Self::default(), |mut all, noun| {
            all.router = all.router.merge(noun.router);
            all.entries.extend(noun.entries);
            all
        })
    }

    fn with(mut self, method: Method, path: &str, handler: routing::MethodRouter<Web>) -> Self {
        self.router = self.router.route(path, handler);
        self.entries.push((method, path.to_owned()));
        self
    }
}
