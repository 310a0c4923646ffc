//! What the islands ask of the browser.

use leptos::{html::Div, prelude::*};
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, Event, EventTarget, HtmlElement};

/// How long an answer may take. Past it, nobody knows whether the request had its effect.
const PATIENCE_MS: u32 = 20_000;

/// Runs `wake` once the island's root is there, and then says so: `data-ready` is what tests wait for.
pub fn on_wake(root: NodeRef<Div>, wake: fn(&HtmlElement)) {
    Effect::new(move |_| {
        if let Some(root) = root.get() {
            wake(&root);
            let _ = root.set_attribute("data-ready", "true");
        }
    });
}

/// The first element within `root` that the selector means.
pub fn find<E: JsCast>(root: &Element, selector: &str) -> Option<E> {
    root.query_selector(selector).ok()??.dyn_into().ok()
}

/// Every element within `root` that the selector means.
pub fn all<E: JsCast>(root: &Element, selector: &str) -> impl Iterator<Item = E> + use<E> {
    let found = root.query_selector_all(selector).ok();
    (0..found.as_ref().map_or(0, web_sys::NodeList::length))
        .filter_map(move |i| found.as_ref()?.get(i)?.dyn_into().ok())
}

/// An attribute that is a number.
pub fn number(element: &Element, name: &str) -> Option<f64> {
    element
        .get_attribute(name)
        .map(|text| js_sys::parse_float(&text))
        .filter(|number| number.is_finite())
}

/// Listens as long as the target is there; the browser collects both together.
pub fn on(target: &EventTarget, event: &str, listener: impl FnMut(Event) + 'static) {
    let listener: Box<dyn FnMut(Event)> = Box::new(listener);
    let _ = target.add_event_listener_with_callback(
        event,
        Closure::wrap(listener).into_js_value().unchecked_ref(),
    );
}

/// The visitor's time zone by its IANA name.
pub fn browser_zone() -> Option<String> {
    let format = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new());
    text(&format.resolved_options(), "timeZone")
}

/// Remembers the visitor's time zone, unless one is known: the next page shows its times in it.
pub fn remember_zone() {
    let known = html_document().cookie().unwrap_or_default();
    if known
        .split("; ")
        .any(|cookie| cookie.starts_with("time_zone="))
    {
        return;
    }
    if let Some(zone) = browser_zone() {
        remember("time_zone", &zone);
    }
}

/// Sets a cookie that only says how the site looks, as the server does: never sent without https where the page came by it.
pub fn remember(name: &str, value: &str) {
    let is_https = window().location().protocol().as_deref() == Ok("https:");
    let secure = if is_https { "; Secure" } else { "" };
    let lasting = "; Path=/; Max-Age=31536000; SameSite=Lax";
    let _ = html_document().set_cookie(&[name, "=", value, lasting, secure].concat());
}

fn html_document() -> web_sys::HtmlDocument {
    document().unchecked_into()
}

/// What a path answered.
pub struct Fetched {
    pub status: u16,
    pub text: String,
    /// In seconds, where the server says when to ask again.
    pub retry_after_s: Option<f64>,
}

/// Asks for a path's content in this form.
///
/// # Errors
/// When nothing came back.
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

/// Says words aloud, politely. A page has one place for that; what is said soon after something else is added to it, for
/// whoever listens has not heard that yet.
pub fn say(words: &str) {
    const SOON_MS: f64 = 1_500.0;
    const MOST_BYTES: usize = 400;
    if super::announcer::announce(words) {
        return;
    }
    thread_local! {
        static SAID_AT_MS: Cell<f64> = const { Cell::new(f64::NEG_INFINITY) };
    }
    let Ok(Some(place)) = document().query_selector("[data-said]") else {
        return;
    };
    let now_ms = window().performance().map_or(0.0, |clock| clock.now());
    let is_soon = now_ms - SAID_AT_MS.replace(now_ms) < SOON_MS;
    let before = place.text_content().unwrap_or_default();
    let words = if is_soon && !before.is_empty() && before.len() < MOST_BYTES {
        [&before, " ", words].concat()
    } else {
        words.to_owned()
    };
    place.set_text_content(Some(&words));
}

/// A property of an object from JavaScript; `undefined` when there is none.
pub fn property(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &JsValue::from_str(name)).unwrap_or_default()
}

/// A property that is text.
pub fn text(object: &JsValue, name: &str) -> Option<String> {
    property(object, name).as_string()
}

/// Leaves for another page.
pub fn go(location: &str) {
    let _ = window().location().assign(location);
}
