//! What the islands ask of the browser.

use leptos::{html::ElementType, leptos_dom::helpers::IntervalHandle, prelude::*};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// How long an answer may take. Past it, nobody knows whether the request had its effect.
const PATIENCE_MS: u32 = 20_000;

/// Runs `wake` once the island's root is there, and then says so: `data-ready` is what tests wait for.
pub fn on_wake<E>(root: NodeRef<E>, wake: impl Fn(&web_sys::HtmlElement) + 'static)
where
    E: ElementType,
    E::Output: JsCast + Clone + 'static,
{
    Effect::new(move |_| {
        if let Some(root) = root.get() {
            let root: &web_sys::HtmlElement = root.unchecked_ref();
            untrack(|| wake(root));
            let _ = root.set_attribute("data-ready", "true");
        }
    });
}

/// The server's clock, carried on by the browser's monotonic one: a visitor's wall clock may be wrong, or be set while
/// the page is open.
#[derive(Clone, Copy)]
pub struct ServerClock {
    /// What the server's clock showed when the visitor set out for this page.
    origin_ms: f64,
}

impl ServerClock {
    /// `now_ms` is what the server's clock showed when it made the page, which was just before its first byte arrived. So
    /// this clock is late by that byte's way, and never early.
    pub fn new(now_ms: f64) -> Self {
        let arrived_ms = performance()
            .get_entries_by_type("navigation")
            .get(0)
            .dyn_into::<web_sys::PerformanceNavigationTiming>()
            .map_or(0.0, |timing| timing.response_start());
        Self {
            origin_ms: now_ms - arrived_ms,
        }
    }

    /// In milliseconds since the epoch.
    pub fn now_ms(self) -> f64 {
        self.origin_ms + performance().now()
    }
}

fn performance() -> web_sys::Performance {
    window()
        .performance()
        .expect("every browser that runs WASM has it")
}

/// Tells `tick` the server's time now and at each of its full seconds, as long as the island lives.
pub fn each_second(now_ms: f64, tick: impl Fn(f64) + Clone + 'static) {
    const SECOND_MS: u16 = 1_000;
    // A timer that fires a moment early would show the old second for another one.
    const LATE_MS: f64 = 15.0;

    let clock = ServerClock::new(now_ms);
    tick(clock.now_ms());
    let second = Duration::from_millis(SECOND_MS.into());
    let until_full =
        f64::from(SECOND_MS) - clock.now_ms().rem_euclid(f64::from(SECOND_MS)) + LATE_MS;
    let interval = StoredValue::new(None::<IntervalHandle>);
    let first = set_timeout_with_handle(
        move || {
            tick(clock.now_ms());
            interval.set_value(set_interval_with_handle(move || tick(clock.now_ms()), second).ok());
        },
        Duration::from_millis(until_full as u64),
    );
    on_cleanup(move || {
        if let Ok(first) = first {
            first.clear();
        }
        if let Some(interval) = interval.try_get_value().flatten() {
            interval.clear();
        }
    });
}

/// Asks for the page again shortly after its deadline, and once only: the server may still be deciding, and a browser
/// that can't remember is not asked at all. The pause differs, so that not everybody who watches comes at once.
pub fn reload_once(deadline_ms: f64) {
    let Ok(Some(memory)) = window().session_storage() else {
        return;
    };
    let Ok(path) = window().location().pathname() else {
        return;
    };
    let key = ["closed:", &path].concat();
    let deadline = JsValue::from(deadline_ms)
        .as_string()
        .unwrap_or_else(|| deadline_ms.to_string());
    let seen = memory.get_item(&key).ok().flatten();
    if seen.as_deref() == Some(&deadline) || memory.set_item(&key, &deadline).is_err() {
        return;
    }
    let pause_ms = 1_500.0 + 2_500.0 * js_sys::Math::random();
    set_timeout(
        || {
            let _ = window().location().reload();
        },
        Duration::from_millis(pause_ms as u64),
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

/// Sets a cookie that only says how the site looks, as the server does.
pub fn remember(name: &str, value: &str) {
    let _ = html_document()
        .set_cookie(&[name, "=", value, "; Path=/; Max-Age=31536000; SameSite=Lax"].concat());
}

fn html_document() -> web_sys::HtmlDocument {
    document().unchecked_into()
}

/// What the server answered to a form.
pub struct Answer {
    pub status: u16,
    /// `{ message, location }`, or problem details; `undefined` when it was no JSON.
    pub body: JsValue,
}

/// Sends a form as the browser would, and asks for JSON instead of a page.
///
/// # Errors
/// When nothing came back; the form may still have had its effect.
pub async fn send(form: &web_sys::HtmlFormElement) -> Result<Answer, JsValue> {
    let action = form.get_attribute("action").unwrap_or_default();
    let fields: JsValue = web_sys::FormData::new_with_form(form)?.into();
    let fields = web_sys::UrlSearchParams::new_with_str_sequence_sequence(&fields)?;
    let headers = web_sys::Headers::new()?;
    headers.set("Accept", "application/json")?;
    let request = web_sys::RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&fields);
    request.set_signal(Some(&web_sys::AbortSignal::timeout_with_u32(PATIENCE_MS)));
    let response: web_sys::Response =
        JsFuture::from(window().fetch_with_str_and_init(&action, &request))
            .await?
            .unchecked_into();
    let body = match response.json() {
        Ok(json) => JsFuture::from(json).await.unwrap_or_default(),
        Err(_) => JsValue::UNDEFINED,
    };
    Ok(Answer {
        status: response.status(),
        body,
    })
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

/// Leaves to sign in, and comes back here.
pub fn go_to_sign_in() {
    let here = window().location();
    let path = [
        here.pathname().unwrap_or_default(),
        here.search().unwrap_or_default(),
    ]
    .concat();
    let next = String::from(js_sys::encode_uri_component(&path));
    go(&["/sign-in?next=", &next].concat());
}
