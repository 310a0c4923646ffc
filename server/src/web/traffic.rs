//! How much one address may ask of the pages. This is the first check of all, so a request that it refuses costs neither a
//! session nor the database nor a render.

use super::{App, browser::render, failure, visit};
use crate::{config::ServeConfig, rate_limit::OriginRateLimit};
use app::{
    chrome::{Chrome, Theme},
    pages::ErrorPage,
};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use guildhall::{Error, moment::Zone};
use std::{collections::HashSet, fs, path::Path, time::Duration};
use time::OffsetDateTime;
use tokio::sync::OnceCell;

/// How many times what a minute may bring in pages it may bring in streams: each page that is open has one, all of them come
/// back at once after a restart, and pages without one ask every five seconds or so.
const STREAMS_PER_PAGE: u32 = 5;

/// The quotas of pages and of streams, and what a refused browser is shown.
pub(super) struct Traffic {
    pages: Option<OriginRateLimit>,
    streams: Option<OriginRateLimit>,
    /// Paths of the files that lie beside the pages.
    files: HashSet<String>,
    refusal: OnceCell<(HeaderMap, Bytes)>,
}

/// What a request asks for, as far as quotas go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Page,
    Stream,
    /// Files and probes, which cost little, and what programs ask, which has quotas of its own.
    Uncounted,
}

impl Traffic {
    pub fn new(config: &ServeConfig) -> Self {
        let pages = config.page_rate_limit;
        Self {
            pages: OriginRateLimit::per_minute(pages),
            streams: OriginRateLimit::per_minute(pages.saturating_mul(STREAMS_PER_PAGE)),
            files: files_in(&config.site_root),
            refusal: OnceCell::new(),
        }
    }

    /// By the path alone, before anything is looked up. Whatever is not known to be something else counts as a page: an
    /// address that leads nowhere is answered by one.
    fn kind(&self, path: &str) -> Kind {
        let below = |folder: &str| {
            path.strip_prefix(folder)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if path == "/dashboard/live" || (below("/projects") && path.ends_with("/live")) {
            return Kind::Stream;
        }
        let is_uncounted = ["/healthz", "/readyz"].contains(&path)
            || below("/pkg")
            || below("/fonts")
            || (below("/api") && !below("/api/docs"))
            || below("/.well-known")
            || self.files.contains(path);
        // The pages where people decide; the other endpoints below /oauth are asked by programs.
        let is_asked_by_programs = below("/oauth") && path != "/oauth/authorize";
        match is_uncounted || is_asked_by_programs {
            true => Kind::Uncounted,
            false => Kind::Page,
        }
    }
}

/// Paths of the files in this folder, not those in folders below it. They are laid down when the site is built.
fn files_in(folder: &Path) -> HashSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter_map(|entry| Some(format!("/{}", entry.file_name().to_str()?)))
        .collect()
}

/// Lets through what the address may ask for.
pub(super) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let traffic = &app.traffic;
    let limit = match traffic.kind(request.uri().path()) {
        Kind::Page => traffic.pages.as_ref(),
        Kind::Stream => traffic.streams.as_ref(),
        Kind::Uncounted => None,
    };
    let Some(limit) = limit else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let address = visit::address(&parts, app.settings.trusted_proxies);
    match limit.take(address) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(wait) => refuse(&app, &parts.method, &parts.headers, wait).await,
    }
}

/// Problem details for a program, and the page for a browser.
async fn refuse(app: &App, method: &Method, asked: &HeaderMap, retry_after: Duration) -> Response {
    let error = Error::TooManyTries { retry_after };
    let status = failure::status(&error);
    let mut response = if visit::wants_json(asked) {
        failure::problem(status, Some(error.to_string()), Some(&error), "")
    } else {
        let rendered = app.traffic.refusal.get_or_try_init(|| page(app)).await;
        match rendered {
            // The same body for all, and none for HEAD.
            Ok((headers, page)) => {
                let page = match *method == Method::HEAD {
                    true => Bytes::new(),
                    false => page.clone(),
                };
                (status, headers.clone(), page).into_response()
            }
            Err(_) => status.into_response(),
        }
    };
    response.headers_mut().extend(failure::headers(&error));
    response
}

/// Rendered once, as somebody sees it who is not signed in: it says no time and no name.
async fn page(app: &App) -> Result<(HeaderMap, Bytes), Error> {
    let chrome = Chrome {
        options: app.options.clone(),
        viewer: None,
        theme: Theme::System,
        zone: Zone::default(),
        now: OffsetDateTime::UNIX_EPOCH,
        path: "/".to_owned(),
        back: "/".to_owned(),
        flash: None,
        outage: None,
    };
    let page = ErrorPage {
        status: StatusCode::TOO_MANY_REQUESTS.as_u16(),
        words: Some(
            "Your network asks for more pages than we serve to one at a time. Wait a minute and load the page again."
                .to_owned(),
        ),
        request_id: None,
        is_outage: false,
    };
    let response = render(
        chrome,
        StatusCode::TOO_MANY_REQUESTS,
        app.settings.https,
        page,
    )
    .await?;
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let body = to_bytes(Body::new(body), usize::MAX).await;
    Ok((parts.headers, body.map_err(Error::unexpected)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Cli, Command};
    use clap::Parser;

    fn traffic(flags: &[&str]) -> Traffic {
        let arguments = [&["guildhall", "serve"], flags].concat();
        let Command::Serve(config) = Cli::parse_from(arguments).command else {
            panic!("serve was asked for")
        };
        Traffic::new(&config)
    }

    #[test]
    fn every_route_is_a_page_a_stream_or_something_with_a_quota_of_its_own() {
        let traffic = traffic(&[]);
        for (method, path) in crate::web::routes() {
            let path = path.replace("{id}", "7").replace("{provider}", "x");
            let expected = match path.as_str() {
                "/projects/7/live" | "/dashboard/live" => Kind::Stream,
                "/healthz"
                | "/readyz"
                | "/.well-known/oauth-authorization-server"
                | "/oauth/token"
                | "/oauth/revoke"
                | "/oauth/introspect"
                | "/oauth/device_authorization" => Kind::Uncounted,
                path if path.starts_with("/api/v1/") => Kind::Uncounted,
                _ => Kind::Page,
            };
            assert_eq!(traffic.kind(&path), expected, "{method} {path}");
        }
    }

    #[test]
    fn what_leads_nowhere_counts_as_a_page_and_files_do_not() {
        let public = concat!(env!("CARGO_MANIFEST_DIR"), "/../public");
        let traffic = traffic(&["--site-root", public]);
        for path in [
            "/favicon.svg",
            "/logo.svg",
            "/pkg/guildhall.css",
            "/fonts/x",
        ] {
            assert_eq!(traffic.kind(path), Kind::Uncounted, "{path}");
        }
        for path in ["/favicon.ico", "/x.css", "/pkgs", "/apis", "/oauths/token"] {
            assert_eq!(traffic.kind(path), Kind::Page, "{path}");
        }
    }
}
