//! Browser functions for the islands.

use js_sys::{
    Array,
    Intl::{DateTimeFormat, ResolvedDateTimeFormatOptions},
    Object,
};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, EventTarget};

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

/// Sets a preference cookie with the attributes that the server uses, including `Secure` if the page came over HTTPS.
pub fn remember(name: &str, value: &str) {
    let is_https = window().location().protocol().as_deref() == Ok("https:");
    let secure = if is_https { "; Secure" } else { "" };
    let lasting = "; Path=/; Max-Age=31536000; SameSite=Lax";
    let _ = html_document().set_cookie(&[name, "=", value, lasting, secure].concat());
}

fn html_document() -> web_sys::HtmlDocument {
    document().unchecked_into()
}

/// Navigates to another page.
pub fn go(location: &str) {
    let _ = window().location().assign(location);
}
