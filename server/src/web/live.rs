//! `GET /projects/{id}/live`, for everybody and without reading a session, `GET /dashboard/live`, and `GET /notices/live`.
//!
//! With `Accept: application/json`, they return the current state with an `ETag`, for pages that no stream reaches.
//! These requests count towards the quota of `--api-rate-limit`. A browser that reconnects for a project that can't
//! change any more gets 204, and then stops (HTML, section 9.2.3).

use super::{Web, failure::Failure, project::id_in, routes::Routes, visit::Visit};
use crate::{
    http::request::{address, header_text},
    live::{BellStream, Dashboard, ProjectStream, StreamPlaces},
    state::{Requester, Shared},
};
use axum::{
    body::{Body, Bytes},
    extract::{FromRef, FromRequestParts, Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Response},
};
use futures_util::Stream;
use guildhall::project::ProjectId;
use std::{collections::HashMap, convert::Infallible, net::IpAddr, sync::Arc};

/// Public streams. They need no session, and keep none for the life of the stream.
pub(crate) fn routes() -> Routes {
    Routes::default().get("/projects/{id}/live", project)
}

impl FromRef<Web> for Arc<StreamPlaces> {
    fn from_ref(web: &Web) -> Self {
        Self::clone(&web.places)
    }
}

/// How a page wants to receive updates.
pub(super) struct LiveRequest {
    /// One answer at once, instead of a stream.
    wants_json: bool,
    /// The id of the state that the page has.
    last: Option<String>,
    address: IpAddr,
}

impl FromRequestParts<Web> for LiveRequest {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Web) -> Result<Self, Infallible> {
        // A browser's first request can't carry the header, so reloaded pages send the id in the query.
        let after = || {
            Query::<HashMap<String, String>>::try_from_uri(&parts.uri)
                .ok()
                .and_then(|Query(mut query)| query.remove("after"))
        };
        let last = parts.headers.get("last-event-id");
        Ok(Self {
            wants_json: header_text(&parts.headers, header::ACCEPT).starts_with("application/json"),
            last: last
                .and_then(|id| id.to_str().ok().map(ToOwned::to_owned))
                .or_else(after),
            address: address(parts, app.settings.trusted_proxies),
        })
    }
}

/// `GET /projects/{id}/live`
async fn project(
    State(shared): State<Shared>,
    State(places): State<Arc<StreamPlaces>>,
    Path(id): Path<String>,
    request: LiveRequest,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    if request.wants_json {
        shared
            .request_limits
            .take_for_page(Requester::at(request.address))?;
        let news = shared.live.project(id).await?;
        let news = news.borrow().clone().ok_or(guildhall::Error::NotFound)?;
        return Ok(state(&headers, &news.id, news.json.clone()));
    }
    let place = places.take(Requester::at(request.address))?;
    let page = ProjectStream::open(&shared.live, id, place).await?;
    if page.latest().figures.is_final()
        && request.last.as_deref() == Some(page.latest().id.as_str())
    {
        // A browser that receives 204 does not reconnect (HTML, section 9.2.3).
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(events(page.stream(request.last.as_deref())))
}

/// `GET /dashboard/live`
pub(super) async fn dashboard(
    visit: Visit,
    request: LiveRequest,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let (app, who) = (&visit.app, Requester::Account(viewer.account));
    if request.wants_json {
        app.request_limits.take_for_page(who)?;
        let dashboard = Dashboard::open(&app.live, viewer, None).await?;
        return Ok(state(&headers, &dashboard.id(), dashboard.json().into()));
    }
    let place = app.places.take(who)?;
    let dashboard = Dashboard::open(&app.live, viewer, Some(place)).await?;
    Ok(events(dashboard.stream(request.last.as_deref())))
}

/// `GET /notices/live`
pub(super) async fn bell(
    visit: Visit,
    request: LiveRequest,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let (app, who) = (&visit.app, Requester::Account(viewer.account));
    if request.wants_json {
        app.request_limits.take_for_page(who)?;
        let shown = BellStream::open(&app.live, viewer, None, None)
            .await?
            .label();
        return Ok(state(&headers, &format!("unread{shown}"), shown.into()));
    }
    let place = app.places.take(who)?;
    let bell = BellStream::open(&app.live, viewer, project_of(&headers), Some(place)).await?;
    Ok(events(bell.stream()))
}

/// The project whose page opened the stream.
fn project_of(headers: &HeaderMap) -> Option<ProjectId> {
    let page = header_text(headers, header::REFERER).parse::<Uri>().ok()?;
    id_in(page.path().strip_prefix("/projects/")?).ok()
}

/// The current state, or 304 if the client has it.
fn state(headers: &HeaderMap, id: &str, json: Bytes) -> Response {
    let tag = format!("\"{id}\"");
    let has_it = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|tags| tags.to_str().ok())
        .flat_map(|tags| tags.split(','))
        .any(|known| known.trim().trim_start_matches("W/") == tag);
    let mut response = if has_it {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], json).into_response()
    };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    response
}

/// An event stream that no intermediary caches or buffers.
fn events(stream: impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static) -> Response {
    let headers = [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-store"),
        ("vary", "accept"),
        ("x-accel-buffering", "no"),
    ];
    (headers, Body::from_stream(stream)).into_response()
}
