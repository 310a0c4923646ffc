//! A cache of pages for visitors without a session: each is rendered and compressed once per state of its content.
//!
//! The key is path, theme, time zone, whether the zone follows the device, and accepted encodings. Pages with a query,
//! pages for visitors with a session and pages during an outage are rendered for each request. The cache holds up to
//! 64 MB, and drops pages that were not requested for 10 s.
//!
//! Pages have no `ETag`, because two renderings are never identical: a page contains the time it was rendered, for its
//! countdown.

use super::{Web, failure::Failure, visit::Visit};
use crate::{cache::read_cache::RENEW_AFTER, database::outage, http::compress};
use app::{pages::Page, theme::Theme};
use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use guildhall::{Error, Result, fairness::Submitter};
use moka::future::Cache;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::runtime::Handle;

const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// Pages not requested for this long are dropped.
const TIME_TO_IDLE: Duration = Duration::from_secs(10);
/// The longest `Accept-Encoding` in a key, in bytes. No browser sends a longer one.
const MAX_ENCODINGS_BYTES: usize = 100;

/// A cache of recently rendered pages.
pub(super) struct RenderedPages {
    cached: Cache<PageKey, Arc<RenderedPage>>,
}

/// What a page depends on besides its content.
#[derive(Clone, PartialEq, Eq, Hash)]
struct PageKey {
    path: String,
    theme: Theme,
    zone: String,
    follows_device: bool,
    encodings: String,
}

/// A page as rendered at one moment. Its visitors share the nonce of its content security policy. That is safe, because
/// nothing can be injected into a page that has been rendered already.
struct RenderedPage {
    /// When the read of its content began.
    as_of: Instant,
    page: Result<(HeaderMap, Bytes), Failure>,
}

impl RenderedPage {
    /// True if it may be shown to a visitor whose own read began at `as_of`. A slightly older page is accepted too, so
    /// that signed-in visitors, who always cause new reads, do not cause new renderings for everybody else.
    fn serves(&self, as_of: Instant) -> bool {
        self.page.is_ok() && (self.as_of >= as_of || self.as_of.elapsed() < RENEW_AFTER)
    }
}

impl Default for RenderedPages {
    fn default() -> Self {
        let weigh = |key: &PageKey, cached: &Arc<RenderedPage>| {
            let bytes = cached.page.as_ref().map_or(0, |(_, body)| body.len());
            u32::try_from(bytes + key.path.len() + 2_000).unwrap_or(u32::MAX)
        };
        Self {
            cached: Cache::builder()
                .max_capacity(MAX_BYTES)
                .weigher(weigh)
                .time_to_idle(TIME_TO_IDLE)
                .build(),
        }
    }
}

impl Visit {
    /// Renders a page from content whose read began at `as_of`. Without a session, the page depends only on its
    /// [`PageKey`], so it is rendered once for all such visitors.
    pub async fn page_as_of(
        self,
        as_of: Instant,
        request: &HeaderMap,
        page: impl Future<Output = Result<impl Page, Error>>,
    ) -> Result<Response, Failure> {
        let encodings = request
            .get(header::ACCEPT_ENCODING)
            .map_or("", |value| value.to_str().unwrap_or_default());
        let is_plain = !self.path.contains('?') && self.path == self.page_path;
        if outage::is_memory_only()
            || self.session.id().is_some()
            || !is_plain
            || encodings.len() > MAX_ENCODINGS_BYTES
        {
            return self.page(page.await?).await;
        }
        let key = PageKey {
            path: self.path.clone(),
            theme: self.theme(),
            zone: self.zone.name().to_owned(),
            follows_device: self.follows_device(),
            encodings: encodings.to_owned(),
        };
        let app = self.app.clone();
        let cache = &app.rendered.cached;
        let client = Submitter::stranger(self.address);
        let mut rendered = Some(async {
            let response = self.page(page.await?).await?;
            let compressed = compressed(&app, client, response, encodings).await?;
            let (parts, body) = compressed.into_parts();
            let body = to_bytes(body, usize::MAX)
                .await
                .map_err(Error::unexpected)?;
            Ok((parts.headers, body))
        });
        let mut cached = cache.get(&key).await;
        while rendered.is_some() && !cached.as_ref().is_some_and(|cached| cached.serves(as_of)) {
            let render = async {
                let page = match rendered.take() {
                    Some(rendered) => rendered.await,
                    None => Err(Error::unexpected("a page was rendered twice").into()),
                };
                Arc::new(RenderedPage { as_of, page })
            };
            let entry = cache.entry_by_ref(&key);
            let rendered = entry.or_insert_with_if(render, |cached| !cached.serves(as_of));
            // Another request may have rendered an older page, or may have failed.
            cached = Some(rendered.await.into_value());
        }
        let Some(cached) = cached else {
            return Err(Error::unexpected("no page was rendered").into());
        };
        let (headers, body) = cached.page.clone()?;
        let mut response = Response::new(Body::from(body));
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// The response, compressed with an encoding that the client accepts.
async fn compressed(
    app: &Web,
    client: Submitter,
    response: Response,
    encodings: &str,
) -> Result<Response> {
    let Ok(encodings) = HeaderValue::from_str(encodings) else {
        return Ok(response);
    };
    let bytes = response.body().size_hint().lower();
    if bytes <= compress::SMALL_BYTES {
        return compress::compress_whole(response, encodings).await;
    }
    let runtime = Handle::current();
    let compress = move || runtime.block_on(compress::compress_whole(response, encodings));
    app.heavy.run(&client, compress).await?
}
