//! The way back to the program.

use crate::web::{Web, success::uncached};
use axum::response::{IntoResponse, Redirect, Response};
use guildhall::{
    Error,
    oauth::{self, Client, Destination, OauthError},
};
use url::form_urlencoded;

/// The redirect back to the program.
pub(super) struct ReturnRedirect {
    pub client: Client,
    pub redirect_uri: String,
    pub state: Option<String>,
}

impl ReturnRedirect {
    pub fn denied(&self, app: &Web, denied: OauthError) -> Response {
        redirect_response(&self.with_error(app, denied))
    }

    pub fn lead(&self, app: &Web, pairs: &[(&str, &str)]) -> Response {
        redirect_response(&self.with(app, pairs))
    }

    pub fn with_error(&self, app: &Web, denied: OauthError) -> String {
        let message = denied.to_string();
        self.with(
            app,
            &[("error", denied.name()), ("error_description", &message)],
        )
    }

    /// The redirect URI with the response parameters. It includes the issuer, so that a program that uses several
    /// servers knows whose answer it is (RFC 9207).
    fn with(&self, app: &Web, pairs: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs);
        if let Some(state) = &self.state {
            query.append_pair("state", state);
        }
        query.append_pair("iss", &app.settings.base_url);
        let joint = match self.redirect_uri.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some((_, query)) if query.ends_with('&') => "",
            Some(_) => "&",
        };
        format!("{}{joint}{}", self.redirect_uri, query.finish())
    }
}

fn redirect_response(location: &str) -> Response {
    uncached(Redirect::to(location).into_response())
}

/// Where an admitted redirect URI leads, as people see it.
pub(super) fn destination(redirect_uri: &str) -> Result<Destination, Error> {
    oauth::destination(redirect_uri)
        .ok_or_else(|| Error::unexpected("an admitted redirect URI has no destination"))
}
