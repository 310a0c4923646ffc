//! Renders a page completely before sending anything, so that its status is known and it appears without JavaScript.
//!
//! A page is sent in one piece: Leptos yields parts, some of them empty, and clients that count empty DATA frames
//! (CVE-2019-9518) closed the connection after a hundred pages.
//!
//! Pages for a signed-in viewer are `no-store`, so that the Back button shows nothing of the account after
//! sign-out.

use super::markup::conforming;
use crate::state::Settings;
use app::{chrome::Chrome, chrome::document, pages::Page};
use axum::{
    body::{Body, to_bytes},
    http::{HeaderValue, Request, StatusCode, header},
    response::Response,
};
use guildhall::Error;
use leptos::{context::use_context, nonce::use_nonce};
use leptos_axum::ResponseOptions;
use std::sync::{Arc, OnceLock};

/// Renders a page with this status.
///
/// # Errors
/// `Unexpected`.
pub(super) async fn render(
    chrome: Chrome,
    status: StatusCode,
    settings: &Settings,
    page: impl Page,
) -> Result<Response, Error> {
    let request = Request::builder()
        .uri("/")
        .body(Body::empty())
        .unwrap_or_default();
    // A refused form contains the visitor's input.
    let is_personal = chrome.viewer.is_some() || status != StatusCode::OK;
    let exceptions = PolicyExceptions {
        https: settings.https,
        reload_port: settings.live_reload_port,
        form_destination: page.form_destination(),
        has_frame: page.has_frame(),
    };
    let nonce = Arc::new(OnceLock::new());
    let page_nonce = nonce.clone();
    let handler = leptos_axum::render_app_async_with_context(
        move || {
            if let Some(nonce) = use_nonce() {
                set_policy(&nonce, &exceptions);
                let _ = page_nonce.set(nonce.to_string());
            }
        },
        move || document(chrome.clone(), page.clone()),
    );
    let (parts, body) = handler(request).await.into_parts();
    // Send the page in one piece: HTTP/2 clients take empty chunks for an attack.
    let body = to_bytes(body, usize::MAX)
        .await
        .map_err(Error::unexpected)?;
    let body = str::from_utf8(&body).map_err(Error::unexpected)?;
    let html = conforming(body, nonce.get().map_or("", String::as_str));
    let mut response = Response::from_parts(parts, Body::from(html));
    *response.status_mut() = status;
    // A personal page must not be cached anywhere; the browser may keep any other page in its history.
    let caching = if is_personal {
        "private, no-store"
    } else {
        "private, no-cache"
    };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    Ok(response)
}

/// What a page's content security policy depends on.
#[derive(Clone)]
struct PolicyExceptions {
    https: bool,
    /// In development, pages may also connect to cargo-leptos, which tells them to reload.
    reload_port: Option<u16>,
    /// Where a form's answer may redirect to: Chromium applies `form-action` to redirects too.
    form_destination: Option<String>,
    has_frame: bool,
}

/// Sets the content security policy with this page's nonce, which the inline script that hydrates the islands carries.
fn set_policy(nonce: &str, exceptions: &PolicyExceptions) {
    let Some(options) = use_context::<ResponseOptions>() else {
        return;
    };
    let upgrade = if exceptions.https {
        "; upgrade-insecure-requests"
    } else {
        ""
    };
    let frame = if exceptions.has_frame {
        "; frame-src 'self'"
    } else {
        ""
    };
    let elsewhere = exceptions
        .form_destination
        .as_ref()
        .map(|source| format!(" {source}"))
        .unwrap_or_default();
    let reload = exceptions
        .reload_port
        .map(|port| format!(" ws://127.0.0.1:{port} ws://localhost:{port}"))
        .unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; font-src 'self'; \
         connect-src 'self'{reload}; manifest-src 'self'; form-action 'self'{elsewhere}; base-uri 'none'; frame-ancestors 'none'{frame}{upgrade}"
    );
    if let Ok(value) = HeaderValue::from_str(&policy) {
        options.insert_header(header::CONTENT_SECURITY_POLICY, value);
    }
}
