//! Refuses forms from other origins: scheme, host and port must be this site's (RFC 6454, section 4).
//!
//! If the browser sends `Sec-Fetch-Site`, that header decides. Otherwise `Origin` must be the public URL, or, if none
//! is set, the scheme and host of the request. A request with neither header does not come from a page, because
//! browsers send `Origin` with every POST.

use crate::{
    state::Settings,
    web::{Web, failure::Failure},
};
use axum::{
    extract::{Request, State},
    http::{HeaderName, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use guildhall::{
    Error,
    error::{ErrorKind, Refuse},
};
use tower_http::csrf::{CsrfLayer, ProtectionError};
use url::Url;

/// A Fetch Metadata header (W3C, section 2.3): how the page that sent the request is related to this site.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses requests that a browser marks as coming from another site or host. A request without `Sec-Fetch-Site` and
/// `Origin` does not come from a page: every browser sends `Origin` with each POST (Fetch standard, section 3.2).
pub(super) fn other_sites() -> CsrfLayer<fn(ProtectionError) -> Response> {
    CsrfLayer::new().with_rejection_response(|_| refusal().into_response())
}

/// Refuses requests from this host with another scheme or port. `Sec-Fetch-Site: same-origin` covers all three. Without
/// that header, as in older browsers, [`other_sites`] compares only hosts: without this check, an attacker who can put a
/// page on http://host could send forms to https://host.
pub(super) async fn same_origin(
    State(app): State<Web>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    if is_ours(&app.settings, &request) {
        Ok(next.run(request).await)
    } else {
        Err(refusal())
    }
}

/// True for safe requests, for those that [`other_sites`] has judged by `Sec-Fetch-Site`, for those that no page sent,
/// and for those from this origin.
fn is_ours(settings: &Settings, request: &Request) -> bool {
    let header = |name: HeaderName| {
        let value = request.headers().get(name)?.as_bytes();
        (!value.is_empty()).then_some(value)
    };
    let is_safe = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    if is_safe || header(SEC_FETCH_SITE).is_some() {
        return true;
    }
    header(header::ORIGIN).is_none_or(|origin| {
        let ours = match &settings.public_origin {
            Some(ours) => Some(ours.clone()),
            None => target_origin(settings.https, request),
        };
        ours.is_some_and(|ours| ours.as_bytes() == origin)
    })
}

#[derive(Debug, thiserror::Error)]
pub(in crate::web) enum Refusal {
    #[error(
        "This was sent from another site, or from this one without https, so nothing was done. Open the page here and send it again."
    )]
    OtherSite,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherSite => "other-site",
        }
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::OtherSite => ErrorKind::NotAllowed,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::OtherSite => None,
        }
    }
}

fn refusal() -> Failure {
    Error::from(Refusal::OtherSite).into()
}

/// The request's target origin, as browsers write it: without the scheme's default port.
fn target_origin(https: bool, request: &Request) -> Option<String> {
    let host = match request.uri().authority() {
        Some(authority) => authority.as_str(),
        None => request.headers().get(header::HOST)?.to_str().ok()?,
    };
    let scheme = if https { "https" } else { "http" };
    let url = Url::parse(&format!("{scheme}://{host}")).ok()?;
    Some(url.origin().ascii_serialization())
}
