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
    let form_destination = page.form_destination();
    let (https, reload_port) = (settings.https, settings.live_reload_port);
    let nonce = Arc::new(OnceLock::new());
    let page_nonce = nonce.clone();
    let handler = leptos_axum::render_app_async_with_context(
        move || {
            if let Some(nonce) = use_nonce() {
                set_policy(&nonce, https, reload_port, form_destination.as_deref());
                let _ = page_nonce.set(nonce.to_string());
            }
        },
        move || document(chrome.clone(), page.clone()),
    );
    let (parts, body) = handler(request).await.into_parts();
    // Send the page in one piece: HTTP/2 clients take empty chunks for an attack.
    let whole = to_bytes(body, usize::MAX)
        .await
        .map_err(Error::unexpected)?;
    let whole = str::from_utf8(&whole).map_err(Error::unexpected)?;
    let html = conforming(whole, nonce.get().map_or("", String::as_str));
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

/// Sets the content security policy with this page's nonce, which the inline script that hydrates the islands carries.
/// If a form's answer may redirect elsewhere, that destination is listed: Chromium applies `form-action` to redirects
/// too. In development, pages may also connect to cargo-leptos, which tells them to reload.
fn set_policy(nonce: &str, https: bool, reload_port: Option<u16>, form_destination: Option<&str>) {
    let Some(options) = use_context::<ResponseOptions>() else {
        return;
    };
    let upgrade = if https {
        "; upgrade-insecure-requests"
    } else {
        ""
    };
    let elsewhere = form_destination
        .map(|source| format!(" {source}"))
        .unwrap_or_default();
    let reload = reload_port
        .map(|port| format!(" ws://127.0.0.1:{port} ws://localhost:{port}"))
        .unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; font-src 'self'; \
         connect-src 'self'{reload}; manifest-src 'self'; form-action 'self'{elsewhere}; base-uri 'none'; frame-ancestors 'none'{upgrade}"
    );
    if let Ok(value) = HeaderValue::from_str(&policy) {
        options.insert_header(header::CONTENT_SECURITY_POLICY, value);
    }
}
