//! Rate limits of pages, per address.
//!
//! This check runs before a handler, and needs neither a session nor a query.
//!
//! A refused request causes no query, rendering or compression, and logs nothing above `debug`. It gets 429 with
//! `Retry-After` and one page, rendered once, or problem details.
//!
//! - Pages, forms and unknown paths share 1,200 requests per minute and address (`--page-rate-limit`), which may come
//!   in one burst. The network has eight times as many. A busy reader opens some ten pages a minute, so that is a
//!   hundred readers behind one router. Of a flood of 780 requests a second, 20 a second get through.
//! - Streams have a separate quota, five times as large: every open page has one, and all reconnect at once after a
//!   restart. So do the pictures of bid histories, which open pages load again.
//! - Bids and withdrawals have a separate quota of the same size as pages, and so does each browser with a device
//!   cookie for its pages. So nobody can keep others at an address from bidding by requesting pages.
//! - Files and probes are not counted. The API and the OAuth endpoints have quotas of their own.

use crate::{
    config::ServeConfig,
    http::{
        rate_limit::{OriginRateLimit, RateLimit},
        request::address,
        status::{headers, status},
    },
    web::{Web, browser::render, device, failure, oauth, visit},
};
use app::{
    chrome::Chrome,
    pages::{Cause, ErrorPage},
    theme::Theme,
};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use guildhall::{Error, device::DeviceId, moment::Zone};
use std::{
    collections::HashSet,
    fs,
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};
use time::OffsetDateTime;
use tokio::sync::OnceCell;

/// The quota for streams as a multiple of that for pages: each open page has one, all reconnect at once after a
/// restart, and pages without one poll every five seconds or so.
const STREAMS_PER_PAGE: u32 = 5;

/// The quotas for pages and streams, and the page shown to a refused browser.
pub(in crate::web) struct Traffic {
    pages: Option<OriginRateLimit>,
    streams: Option<OriginRateLimit>,
    /// The paths of static files.
    files: HashSet<String>,
    /// OAuth endpoints for programs, which have their own limits.
    programs: HashSet<(Method, String)>,
    /// Bids and withdrawals: a flood of page requests from an address must not keep others there from bidding.
    bids: Option<OriginRateLimit>,
    /// Pages for browsers that signed in before, whatever others at their address request.
    devices: Option<RateLimit<DeviceId>>,
    refusal: OnceCell<(HeaderMap, Bytes)>,
}

/// The class of a request: each class has its own rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TrafficClass {
    Page,
    Stream,
    Bid,
    /// Files and probes, which are cheap, and API and OAuth endpoints, which have their own quotas.
    Uncounted,
}

impl Traffic {
    pub fn new(config: &ServeConfig) -> Self {
        let pages = config.page_rate_limit;
        Self {
            pages: OriginRateLimit::per_minute(pages),
            streams: OriginRateLimit::per_minute(pages.saturating_mul(STREAMS_PER_PAGE)),
            files: files_in(&config.site_root),
            programs: oauth::all_endpoints().into_iter().collect(),
            bids: OriginRateLimit::per_minute(pages),
            devices: NonZeroU32::new(pages).map(RateLimit::per_minute),
            refusal: OnceCell::new(),
        }
    }

    /// Decides by the method and the path alone, without a query. Anything unknown counts as a page, because an unknown
    /// path is answered with one.
    fn class(&self, method: &Method, path: &str) -> TrafficClass {
        let below = |folder: &str| {
            path.strip_prefix(folder)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let of_project = path
            .strip_prefix("/projects/")
            .and_then(|rest| rest.split_once('/'))
            .map(|(_, rest)| rest);
        if path == "/dashboard/live"
            || below("/notices/live")
            || matches!(of_project, Some("live" | "staircase.svg"))
        {
            return TrafficClass::Stream;
        }
        if *method == Method::POST && matches!(of_project, Some("bids" | "undo" | "withdraw")) {
            return TrafficClass::Bid;
        }
        let is_read = method.is_safe();
        let is_uncounted = (is_read && ["/healthz", "/readyz"].contains(&path))
            || (below("/api") && !below("/api/docs"))
            || self.programs.contains(&(method.clone(), path.to_owned()))
            || (is_read && self.files.contains(path));
        match is_uncounted {
            true => TrafficClass::Uncounted,
            false => TrafficClass::Page,
        }
    }
}

/// The paths of the files in this folder and its immediate subfolders, as they are when the server starts.
fn files_in(folder: &Path) -> HashSet<String> {
    let folders = entries(folder).filter(|(_, path)| path.is_dir());
    let below = folders.flat_map(|(folder, path)| {
        let names = entries(&path).map(|(name, path)| (format!("{folder}/{name}"), path));
        names.collect::<Vec<_>>()
    });
    let files = entries(folder)
        .chain(below)
        .filter(|(_, path)| path.is_file());
    files.map(|(name, _)| format!("/{name}")).collect()
}

fn entries(folder: &Path) -> impl Iterator<Item = (String, PathBuf)> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| Some((entry.file_name().to_str()?.to_owned(), entry.path())))
}

/// Applies the quotas.
pub(crate) async fn guard(State(app): State<Web>, request: Request, next: Next) -> Response {
    let traffic = &app.traffic;
    let class = traffic.class(request.method(), request.uri().path());
    let limit = match class {
        TrafficClass::Page => traffic.pages.as_ref(),
        TrafficClass::Stream => traffic.streams.as_ref(),
        TrafficClass::Bid => traffic.bids.as_ref(),
        TrafficClass::Uncounted => None,
    };
    let Some(limit) = limit else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let taken = match (&traffic.devices, device::from_cookie(&app, &parts.headers)) {
        (Some(devices), Some(device)) if class == TrafficClass::Page => {
            devices.take(&device).map(drop)
        }
        _ => limit.take(address(&parts, app.settings.trusted_proxies)),
    };
    match taken {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(wait) => refuse(&app, &parts.method, &parts.headers, wait).await,
    }
}

/// Problem details for a program, a page for a browser.
async fn refuse(
    app: &Web,
    method: &Method,
    request_headers: &HeaderMap,
    retry_after: Duration,
) -> Response {
    let error = Error::TooManyTries { retry_after };
    let status = status(&error);
    let mut response = if visit::wants_json(request_headers) {
        failure::problem(status, Some(error.to_string()), Some(&error), "")
    } else {
        let rendered = app.traffic.refusal.get_or_try_init(|| page(app)).await;
        match rendered {
            // The same body for everyone, and none for HEAD.
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
    response.headers_mut().extend(headers(&error));
    response
}

/// The page for a refused browser. It shows no time and no name, so it is rendered once, without a session.
async fn page(app: &Web) -> Result<(HeaderMap, Bytes), Error> {
    let chrome = Chrome {
        options: app.options.clone(),
        base_url: app.settings.base_url.clone(),
        viewer: None,
        theme: Theme::System,
        zone: Zone::default(),
        follows_device: false,
        now: OffsetDateTime::UNIX_EPOCH,
        path: "/".to_owned(),
        back: "/".to_owned(),
        flash: None,
        unread: 0,
        outage: None,
    };
    let page = ErrorPage {
        status: StatusCode::TOO_MANY_REQUESTS.as_u16(),
        message: Some(
            "Too many pages were requested from your network address. Wait a minute, then load the page again."
                .to_owned(),
        ),
        request_id: None,
        cause: Cause::Other,
    };
    let response = render(chrome, StatusCode::TOO_MANY_REQUESTS, &app.settings, page).await?;
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
            panic!("expected the serve command")
        };
        Traffic::new(&config)
    }

    #[test]
    fn every_route_has_its_traffic_class() {
        let traffic = traffic(&[]);
        for (method, path) in crate::routes() {
            let path = path.replace("{id}", "7").replace("{provider}", "x");
            let expected = match path.as_str() {
                "/projects/7/live"
                | "/projects/7/staircase.svg"
                | "/dashboard/live"
                | "/notices/live" => TrafficClass::Stream,
                "/projects/7/bids" | "/projects/7/undo" | "/projects/7/withdraw"
                    if method == Method::POST =>
                {
                    TrafficClass::Bid
                }
                "/healthz"
                | "/readyz"
                | "/.well-known/oauth-authorization-server"
                | "/oauth/token"
                | "/oauth/revoke"
                | "/oauth/introspect"
                | "/oauth/device_authorization" => TrafficClass::Uncounted,
                path if path.starts_with("/api/v1/") => TrafficClass::Uncounted,
                _ => TrafficClass::Page,
            };
            assert_eq!(traffic.class(&method, &path), expected, "{method} {path}");
        }
    }

    #[test]
    fn an_unknown_path_counts_as_a_page_and_files_do_not() {
        let public = concat!(env!("CARGO_MANIFEST_DIR"), "/../public");
        let traffic = traffic(&["--site-root", public]);
        for path in [
            "/favicon.svg",
            "/logo.svg",
            "/fonts/LICENSE-public-sans.txt",
        ] {
            assert_eq!(
                traffic.class(&Method::GET, path),
                TrafficClass::Uncounted,
                "{path}"
            );
            assert_eq!(
                traffic.class(&Method::POST, path),
                TrafficClass::Page,
                "{path}"
            );
        }
        for path in [
            "/favicon.ico",
            "/x.css",
            "/pkg/none.js",
            "/fonts/none",
            "/pkgs",
            "/apis",
            "/oauth/nowhere",
            "/oauths/token",
            "/.well-known/none",
            "/projects/a/b/live",
        ] {
            assert_eq!(
                traffic.class(&Method::GET, path),
                TrafficClass::Page,
                "{path}"
            );
        }
        for (method, path) in [(Method::POST, "/healthz"), (Method::GET, "/oauth/token")] {
            assert_eq!(
                traffic.class(&method, path),
                TrafficClass::Page,
                "{method} {path}"
            );
        }
    }
}
