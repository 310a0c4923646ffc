//! Redirects a path with a trailing slash to the one without and keeps the query. Status 308 keeps method and body.
//!
//! The location is a path. It never begins with two slashes and has no backslash: browsers would take either for
//! another site's address. The redirect happens before a session or the database is used. The API redirects its own
//! paths, with CORS headers.

use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Redirects to the path without the trailing slash, except in the API.
pub(crate) async fn redirect_without_slash(request: Request, next: Next) -> Response {
    let uri = request.uri();
    let is_api = uri.path().starts_with("/api/");
    match redirect(uri).filter(|_| !is_api) {
        Some(redirect) => redirect,
        None => next.run(request).await,
    }
}

/// The redirect to the path without the slash; `None` if there is no slash to remove, or if the redirect would lead to
/// another site.
pub(crate) fn redirect(uri: &Uri) -> Option<Response> {
    let location = without_slash(uri)?;
    let location = HeaderValue::from_str(&location).ok()?;
    let redirect = (
        StatusCode::PERMANENT_REDIRECT,
        [(header::LOCATION, location)],
    );
    Some(redirect.into_response())
}

fn without_slash(uri: &Uri) -> Option<String> {
    let path = uri.path();
    let short = path.trim_end_matches('/');
    // Browsers treat a backslash as a slash, and two slashes as the start of a host.
    let is_here = short.starts_with('/') && !short.starts_with("//") && !short.contains('\\');
    if short.len() == path.len() || !is_here {
        return None;
    }
    Some(match uri.query() {
        Some(query) => format!("{short}?{query}"),
        None => short.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use url::Url;

    fn of(text: &str) -> Option<String> {
        without_slash(&text.parse().expect("an address"))
    }

    #[test]
    fn the_slash_is_removed_and_the_query_kept() {
        assert_eq!(of("/projects/"), Some("/projects".to_owned()));
        assert_eq!(of("/projects//"), Some("/projects".to_owned()));
        assert_eq!(of("/projects/?q=a/"), Some("/projects?q=a/".to_owned()));
        for stays in [
            "/",
            "//",
            "/?a",
            "/projects",
            "/projects?q=a/",
            "//evil.example/",
        ] {
            assert_eq!(of(stays), None, "{stays}");
        }
    }

    proptest! {
        #[test]
        fn a_redirect_never_leads_to_another_site(path in r"/[/\\.a-z%@:?0-9]{0,12}/", query in "[a-z/]{0,3}") {
            let here = Url::parse("https://guildhall.example/").expect("an address");
            if let Ok(uri) = format!("{path}?{query}").parse::<Uri>()
                && let Some(location) = without_slash(&uri)
            {
                let there = here.join(&location).expect("an address");
                prop_assert_eq!(there.origin(), here.origin(), "{}", location);
            }
        }
    }
}
