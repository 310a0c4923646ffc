//! Browser functions for the islands.

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
