//! Requests from the browser to this site.

use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, Response};

/// How long a response may take: longer than the server's own limit of 20 s, so that people see its error. After this
/// timeout, nobody knows whether the request took effect.
const TIMEOUT_MS: u32 = 25_000;

/// The browser's limit for bodies that outlive their page is 64 KiB.
const MAX_KEPT_ALIVE_BYTES: usize = 60_000;

/// A response.
pub struct TextResponse {
    pub status: u16,
    pub text: String,
    /// The response's `Retry-After`, in seconds.
    pub retry_after_s: Option<f64>,
}

/// Sends a `GET` for this path; `accept` is the media type of the response.
///
/// # Errors
/// If there was no response.
pub async fn get(path: &str, accept: &str) -> Result<TextResponse, JsValue> {
    send(path, accept, &RequestInit::new(), &Headers::new()?).await
}

/// Posts a text of this media type to a path, and accepts the same type.
///
/// # Errors
/// If there was no response.
pub async fn post(path: &str, media_type: &str, body: &str) -> Result<TextResponse, JsValue> {
    let (request, headers) = (RequestInit::new(), Headers::new()?);
    headers.set("Content-Type", media_type)?;
    request.set_method("POST");
    request.set_body(&JsValue::from_str(body));
    // Leaving the page does not cancel the request, as long as all such requests together stay below this size (WHATWG
    // Fetch, 4.6).
    if body.len() < MAX_KEPT_ALIVE_BYTES {
        keep_alive(&request)?;
    }
    send(path, media_type, &request, &headers).await
}

#[expect(
    clippy::disallowed_methods,
    reason = "web_sys has no setter for this member"
)]
fn keep_alive(request: &RequestInit) -> Result<bool, JsValue> {
    js_sys::Reflect::set(request, &"keepalive".into(), &JsValue::TRUE)
}

async fn send(
    path: &str,
    accept: &str,
    request: &RequestInit,
    headers: &Headers,
) -> Result<TextResponse, JsValue> {
    headers.set("Accept", accept)?;
    request.set_headers(headers);
    request.set_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)));
    let response: Response = JsFuture::from(window().fetch_with_str_and_init(path, request))
        .await?
        .unchecked_into();
    let body = JsFuture::from(response.text()?).await?;
    let retry_after = response.headers().get("Retry-After").ok().flatten();
    Ok(TextResponse {
        status: response.status(),
        text: body.as_string().unwrap_or_default(),
        retry_after_s: retry_after
            .map(|seconds| js_sys::parse_float(&seconds))
            .filter(|seconds| seconds.is_finite()),
    })
}
