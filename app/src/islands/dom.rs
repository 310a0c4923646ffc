//! Browser functions for the islands.

use js_sys::{
    Array,
    Intl::{DateTimeFormat, ResolvedDateTimeFormatOptions},
    Object,
};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, EventTarget};

/// How long an answer may take. After this time-out, nobody knows whether the request took effect.
const PATIENCE_MS: u32 = 20_000;

/// Adds an event listener that lives as long as its target. The browser garbage-collects both together.
pub fn on(target: &EventTarget, event: &str, listener: impl FnMut(Event) + 'static) {
    let listener: Box<dyn FnMut(Event)> = Box::new(listener);
    let _ = target.add_event_listener_with_callback(
        event,
        Closure::wrap(listener).into_js_value().unchecked_ref(),
    );
}

/// The visitor's time zone by its IANA name.
pub fn browser_zone() -> Option<String> {
    let format = DateTimeFormat::new(&Array::new(), &Object::new());
    let options: ResolvedDateTimeFormatOptions = format.resolved_options().unchecked_into();
    options.get_time_zone().map(String::from)
}

/// Stores the visitor's time zone in a cookie, unless there is one. The next page shows its times in that zone.
pub fn remember_zone() {
    let known = html_document().cookie().unwrap_or_default();
    if known
        .split(';')
        .any(|cookie| cookie.trim_start().starts_with("time_zone="))
    {
        return;
    }
    if let Some(zone) = browser_zone() {
        remember("time_zone", &zone);
    }
}

/// Sets a cookie that only says how the site looks, with the attributes the server uses: `Secure` if the page came by https.
pub fn remember(name: &str, value: &str) {
    let is_https = window().location().protocol().as_deref() == Ok("https:");
    let secure = if is_https { "; Secure" } else { "" };
    let lasting = "; Path=/; Max-Age=31536000; SameSite=Lax";
    let _ = html_document().set_cookie(&[name, "=", value, lasting, secure].concat());
}

fn html_document() -> web_sys::HtmlDocument {
    document().unchecked_into()
}

/// An answer to a `fetch`.
pub struct Fetched {
    pub status: u16,
    pub text: String,
    /// The answer's `Retry-After`, in seconds.
    pub retry_after_s: Option<f64>,
}

/// Fetches a path, as the media type `accept`.
///
/// # Errors
/// If there was no answer.
pub async fn fetch_text(path: &str, accept: &str) -> Result<Fetched, JsValue> {
    let headers = web_sys::Headers::new()?;
    headers.set("Accept", accept)?;
    let request = web_sys::RequestInit::new();
    request.set_headers(&headers);
    request.set_signal(Some(&web_sys::AbortSignal::timeout_with_u32(PATIENCE_MS)));
    let response: web_sys::Response =
        JsFuture::from(window().fetch_with_str_and_init(path, &request))
            .await?
            .unchecked_into();
    let body = JsFuture::from(response.text()?).await?;
    let retry_after = response.headers().get("Retry-After").ok().flatten();
    Ok(Fetched {
        status: response.status(),
        text: body.as_string().unwrap_or_default(),
        retry_after_s: retry_after
            .map(|seconds| js_sys::parse_float(&seconds))
            .filter(|seconds| seconds.is_finite()),
    })
}

/// Navigates to another page.
pub fn go(location: &str) {
    let _ = window().location().assign(location);
}
