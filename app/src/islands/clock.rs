//! The server's clock, carried on by the browser's monotonic one: a visitor's wall clock may be wrong. This clock may be
//! late by the way the page took; it is never early.

use super::dom::{find, number, property, text};
use leptos::{leptos_dom::helpers::IntervalHandle, prelude::*, task::spawn_local};
use std::{cell::Cell, rc::Rc, time::Duration};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlElement};

const SECOND_MS: f64 = 1_000.0;
const SECOND: Duration = Duration::from_secs(1);

/// How long the server is left alone after it could not be asked for the time.
const PAUSE: Duration = Duration::from_secs(10);

thread_local! {
    /// What the server's clock showed when the monotonic one was zero.
    static ORIGIN_MS: Cell<Option<f64>> = const { Cell::new(None) };
    /// How far the wall clock is ahead of the monotonic one. It changes when a computer has slept, for then the
    /// monotonic clock stood still in most browsers.
    static GAP_MS: Cell<f64> = const { Cell::new(0.0) };
    /// Whether the server is being asked for the time.
    static ASKING: Cell<bool> = const { Cell::new(false) };
}

/// The server's time, in milliseconds since the epoch, for an island whose markup says in `data-now-ms` when it was made.
pub fn now_ms(root: &HtmlElement) -> Option<f64> {
    let origin_ms = match ORIGIN_MS.get() {
        Some(origin_ms) => origin_ms,
        None => begin(number(
            &find::<Element>(root, "[data-now-ms]")?,
            "data-now-ms",
        )?),
    };
    Some(origin_ms + performance().now())
}

/// As [`each_second`], for an island whose page was made at `made_ms` by the server's clock.
pub fn each_second_since(made_ms: f64, tick: impl Fn(f64) + Clone + 'static) {
    let now_ms =
        move || Some(ORIGIN_MS.get().unwrap_or_else(|| begin(made_ms)) + performance().now());
    every_second(Rc::new(now_ms), Rc::new(tick));
}

/// Tells `tick` the server's time now and at each of its full seconds, as long as the island lives.
pub fn each_second(root: &HtmlElement, tick: impl Fn(f64) + Clone + 'static) {
    let root = root.clone();
    every_second(Rc::new(move || now_ms(&root)), Rc::new(tick));
}

fn every_second(now_ms: Rc<dyn Fn() -> Option<f64>>, tick: Rc<dyn Fn(f64)>) {
    // A timer that fires a moment early would show the old second for another one.
    const LATE_MS: f64 = 15.0;

    let Some(first_ms) = now_ms() else { return };
    let tick = move || {
        mend();
        if let Some(now_ms) = now_ms() {
            tick(now_ms);
        }
    };
    tick();
    let interval = StoredValue::new(None::<IntervalHandle>);
    let until_full_ms = SECOND_MS - first_ms.rem_euclid(SECOND_MS) + LATE_MS;
    let first = set_timeout_with_handle(
        move || {
            tick();
            interval.set_value(set_interval_with_handle(tick, SECOND).ok());
        },
        Duration::from_millis(until_full_ms as u64),
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

/// The server's clock showed `made_ms` when it made the page, which was just before the page's first byte arrived.
fn begin(made_ms: f64) -> f64 {
    let visit = performance().get_entries_by_type("navigation").get(0);
    let arrived_ms = property(&visit, "responseStart")
        .as_f64()
        .unwrap_or_default();
    let origin_ms = made_ms - arrived_ms;
    ORIGIN_MS.set(Some(origin_ms));
    // What the browser's history kept was made who knows when.
    let is_old = text(&visit, "type").as_deref() == Some("back_forward")
        && property(&visit, "transferSize").as_f64() == Some(0.0);
    GAP_MS.set(if is_old { f64::INFINITY } else { gap_ms() });
    origin_ms
}

/// Asks the server for the time when the page or the computer has slept.
fn mend() {
    const TOLERATED_MS: f64 = 2_000.0;

    let gap_ms = gap_ms();
    if (gap_ms - GAP_MS.get()).abs() < TOLERATED_MS || ASKING.replace(true) {
        return;
    }
    spawn_local(async move {
        match ask().await {
            Some(server_ms) => {
                ORIGIN_MS.set(Some(server_ms - performance().now()));
                GAP_MS.set(gap_ms);
                ASKING.set(false);
            }
            None => set_timeout(|| ASKING.set(false), PAUSE),
        }
    });
}

/// The server's time by the header of an answer, begun seconds not counted.
async fn ask() -> Option<f64> {
    let request = web_sys::RequestInit::new();
    request.set_method("HEAD");
    request.set_cache(web_sys::RequestCache::NoStore);
    let path = window().location().pathname().ok()?;
    let response: web_sys::Response =
        JsFuture::from(window().fetch_with_str_and_init(&path, &request))
            .await
            .ok()?
            .unchecked_into();
    let date = response.headers().get("date").ok()??;
    Some(js_sys::Date::parse(&date)).filter(|ms| ms.is_finite())
}

fn gap_ms() -> f64 {
    js_sys::Date::now() - performance().now()
}

fn performance() -> web_sys::Performance {
    window()
        .performance()
        .expect("every browser that runs WASM has it")
}
