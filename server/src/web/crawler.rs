//! `/robots.txt` and `/sitemap.xml`.
//!
//! The sitemap is an index of parts (`project::open_parts`). The index and its parts are cached for ten minutes, up to
//! 32 MB, and count as pages in the rate limits.
//!
//! Every route is either allowed or disallowed for crawlers, and a test checks all routes. `robots.txt` does not name
//! the dashboard, because that page answers 401 without a session, and Lighthouse reports such a rule as a fault of the
//! page.

use super::{Web, failure::Failure, routes::Routes};
use crate::{cache::read_cache, state::Shared};
use axum::{
    body::Bytes,
    extract::{FromRef, Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use guildhall::{Error, Result, moment, project};
use moka::future::Cache;
use std::{collections::HashMap, time::Duration};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/robots.txt", robots)
        .get("/sitemap.xml", sitemap)
}

/// Paths that search engines do not need (RFC 9309): forms, private pages, and what only programs request. The
/// dashboard is not listed, because it answers 401 without a session.
const NOT_FOR_CRAWLERS: [&str; 35] = [
    "/account",
    "/api/v1/",
    "/archive.csv",
    "/archive/statistics.csv",
    "/autosaves/",
    "/calendar.ics",
    "/confirm-email",
    "/dashboard/",
    "/dev/mail",
    "/device",
    "/healthz",
    "/keep-account",
    "/notices",
    "/oauth/",
    "/projects/*/bids",
    "/projects/*/cancel",
    "/projects/*/deadline.ics",
    "/projects/*/discard",
    "/projects/*/edit",
    "/projects/*/history",
    "/projects/*/live",
    "/projects/*/staircase.svg",
    "/projects/*/undo",
    "/projects/*/withdraw",
    "/projects.atom",
    "/projects/new",
    "/readyz",
    "/reset-password",
    "/saved-forms/",
    "/settings",
    "/sign-in/code",
    "/sign-in/with/",
    "/sign-up/with",
    "/undo-email-change",
    "/unsubscribe/",
];

/// Public pages that are not projects.
const PAGES: [&str; 10] = [
    "/",
    "/projects",
    "/archive",
    "/archive/statistics",
    "/calculator",
    "/how-it-works",
    "/privacy",
    "/api/docs",
    "/sign-up",
    "/sign-in",
];
/// The sitemap part that lists [`PAGES`].
const PAGES_PART: &str = "pages";

/// How long a part is cached, here and by clients: crawlers return after hours, and a project is open for days.
const TIME_TO_LIVE: Duration = Duration::from_mins(10);
const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// Recently requested parts of the sitemap, and its index.
#[derive(Clone)]
pub(super) struct Sitemaps(Cache<Part, Bytes>);

impl FromRef<Web> for Sitemaps {
    fn from_ref(web: &Web) -> Self {
        web.sitemaps.clone()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Index,
    Projects(i64),
}

impl Default for Sitemaps {
    fn default() -> Self {
        let weigh = |_: &Part, xml: &Bytes| u32::try_from(xml.len() + 200).unwrap_or(u32::MAX);
        Self(
            Cache::builder()
                .max_capacity(MAX_BYTES)
                .weigher(weigh)
                .time_to_live(TIME_TO_LIVE)
                .build(),
        )
    }
}

/// `GET /robots.txt`
async fn robots(State(shared): State<Shared>) -> Response {
    let mut text = "User-agent: *\n".to_owned();
    for path in NOT_FOR_CRAWLERS {
        text += &format!("Disallow: {path}\n");
    }
    text += &format!("\nSitemap: {}/sitemap.xml\n", shared.settings.base_url);
    answer("text/plain; charset=utf-8", text)
}

/// `GET /sitemap.xml`: the index; with `?part=`, the pages or a range of open projects.
///
/// Parts differ by the query, because a sitemap may only list URLs below its own path (sitemaps.org, "Sitemap file
/// location").
async fn sitemap(
    State(shared): State<Shared>,
    State(sitemaps): State<Sitemaps>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let part = match query.get("part").map(String::as_str) {
        None => Part::Index,
        Some(PAGES_PART) => {
            let pages = PAGES.map(|path| (path.to_owned(), None));
            return Ok(xml(urls(&shared.settings.base_url, pages)));
        }
        Some(number) => {
            let number: u32 = number.parse().map_err(|_| Error::NotFound)?;
            Part::Projects(number.into())
        }
    };
    let found = sitemaps.0.try_get_with(part, read(&shared, part)).await;
    let found = found.map_err(read_cache::shared_error)?;
    if found.is_empty() {
        return Err(Error::NotFound.into());
    }
    Ok(xml(found))
}

/// Empty for a part without open projects.
async fn read(shared: &Shared, part: Part) -> Result<Bytes> {
    let base = &shared.settings.base_url;
    let db = &mut *shared.pool.acquire().await?;
    let text = match part {
        Part::Index => index(base, &project::open_parts(db).await?),
        Part::Projects(number) => {
            let projects = project::open_in_part(db, number).await?;
            if projects.is_empty() {
                return Ok(Bytes::new());
            }
            let rows = projects.into_iter().map(|(id, published_at)| {
                (
                    format!("/projects/{id}"),
                    Some(moment::rfc3339(published_at)),
                )
            });
            urls(base, rows)
        }
    };
    Ok(text.into())
}

// URLs consist of an origin, our own paths and numbers, so nothing in them needs XML escaping.

fn index(base: &str, parts: &[i64]) -> String {
    let mut xml = r#"<?xml version="1.0" encoding="UTF-8"?>
<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
"#
    .to_owned();
    let parts = parts.iter().map(ToString::to_string);
    for part in [PAGES_PART.to_owned()].into_iter().chain(parts) {
        xml += &format!("<sitemap><loc>{base}/sitemap.xml?part={part}</loc></sitemap>\n");
    }
    xml + "</sitemapindex>\n"
}

fn urls(base: &str, rows: impl IntoIterator<Item = (String, Option<String>)>) -> String {
    let mut xml = r#"<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
"#
    .to_owned();
    for (path, changed_at) in rows {
        let changed = changed_at
            .map(|at| format!("<lastmod>{at}</lastmod>"))
            .unwrap_or_default();
        xml += &format!("<url><loc>{base}{path}</loc>{changed}</url>\n");
    }
    xml + "</urlset>\n"
}

fn xml(body: impl Into<Bytes>) -> Response {
    answer("application/xml; charset=utf-8", body.into())
}

fn answer(kind: &'static str, body: impl IntoResponse) -> Response {
    let caching = format!("public, max-age={}", TIME_TO_LIVE.as_secs());
    (
        [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CACHE_CONTROL, caching),
        ],
        body,
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Method;
    use guildhall::project::PART_SIZE;

    /// What search engines may request, successfully or not.
    const FOR_CRAWLERS: [&str; 19] = [
        "/",
        "/calculator",
        "/how-it-works",
        "/privacy",
        "/projects",
        "/projects/{id}",
        "/projects/{id}/award",
        "/projects/{id}/result",
        "/dashboard",
        "/sign-in",
        "/sign-up",
        "/archive",
        "/archive/statistics",
        "/api/docs",
        "/api/docs/problems",
        "/api/docs/problems/{slug}",
        "/robots.txt",
        "/sitemap.xml",
        "/.well-known/oauth-authorization-server",
    ];

    /// RFC 9309, section 2.2.3: a rule is a prefix in which `*` matches anything.
    fn is_disallowed(path: &str) -> bool {
        NOT_FOR_CRAWLERS
            .iter()
            .any(|rule| match rule.split_once('*') {
                Some((before, after)) => path
                    .strip_prefix(before)
                    .is_some_and(|rest| rest.contains(after)),
                None => path.starts_with(rule),
            })
    }

    #[test]
    fn every_route_is_either_allowed_or_disallowed_for_crawlers() {
        for (method, path) in crate::routes() {
            if method == Method::GET {
                assert_ne!(
                    FOR_CRAWLERS.contains(&path.as_str()),
                    is_disallowed(&path),
                    "{path}"
                );
            }
        }
        for page in PAGES {
            assert!(!is_disallowed(page), "{page}");
        }
    }

    #[test]
    fn the_largest_part_is_within_the_limits_for_sitemaps() {
        // sitemaps.org: 50,000 URLs and 50 MiB.
        const { assert!(PART_SIZE <= 50_000 && project::MAX_PARTS <= 50_000) };
        let longest = format!("https://{}", "a".repeat(253));
        let rows = (0..PART_SIZE).map(|_| {
            (
                format!("/projects/{}", i64::MAX),
                Some("2026-11-27T12:00:00.123456Z".to_owned()),
            )
        });
        assert!(urls(&longest, rows).len() < 50 * 1024 * 1024);
    }
}
