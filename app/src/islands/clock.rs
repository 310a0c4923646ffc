//! The server's clock as a signal. A visitor's wall clock may be wrong, so the browser's monotonic clock advances the
//! signal. It begins late by the time the page took to arrive, and every live stream corrects it. It is never ahead,
//! because every message is late as well, so the latest time that any of them gave is nearest to the truth.

use leptos::prelude::*;

/// The page's clock, to the second.
#[derive(Clone, Copy)]
pub struct Clock(RwSignal<i64>);

impl Clock {
    /// Starts at `rendered_ms`, the server's time when it rendered the page, in milliseconds since the epoch. The clock
    /// stands still on the server, and in the browser until hydration is done, because hydration must find what the
    /// server rendered.
    pub fn start(rendered_ms: i64) -> Self {
        let now_ms = RwSignal::new(rendered_ms);
        #[cfg(feature = "hydrate")]
        super::signals::effect(move || {
            every_second_since(rendered_ms as f64, move |now| now_ms.set(now as i64));
        });
        Self(now_ms)
    }

    /// The seconds left until a deadline, rounded up, so that 0 is first reached at the deadline itself.
    pub fn seconds_until(self, deadline_ms: i64) -> i64 {
        seconds_between(self.0.get(), deadline_ms)
    }
}

/// Like [`Clock::seconds_until`], but from a given time.
pub fn seconds_between(now_ms: i64, deadline_ms: i64) -> i64 {
    -(now_ms - deadline_ms).div_euclid(1_000)
}

#[cfg(feature = "hydrate")]
pub use browser::{correct, every_second_since, now_ms};

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::{prelude::*, task::spawn_local};
    use std::{cell::Cell, rc::Rc, time::Duration};
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{NavigationType, PerformanceNavigationTiming};

    const SECOND_MS: u64 = 1_000;

    /// How long after a failed request for the server's time the next may be made.
    const RETRY_AFTER: Duration = Duration::from_secs(10);

    thread_local! {
        /// The server's time when the monotonic clock was zero.
        static ORIGIN_MS: Cell<Option<f64>> = const { Cell::new(None) };
        /// How far the wall clock is ahead of the monotonic one. It changes when the computer sleeps, because the
        /// monotonic clock then stands still in most browsers.
        static GAP_MS: Cell<f64> = const { Cell::new(0.0) };
        /// True while a request for the server's time is under way.
        static IS_REQUESTING: Cell<bool> = const { Cell::new(false) };
    }

    /// The server's time now, in milliseconds since the epoch, on a page that was rendered at `rendered_ms`.
    pub fn now_ms(rendered_ms: f64) -> f64 {
        let origin_ms = ORIGIN_MS.get().unwrap_or_else(|| set_origin(rendered_ms));
        origin_ms + performance().now()
    }

    /// Calls `tick` with the server's time, now and on every full second while the page is open.
    pub fn every_second_since(rendered_ms: f64, tick: impl Fn(f64) + 'static) {
        tick_and_wait(rendered_ms, Rc::new(tick));
    }

    /// Ticks, and again on the next full second, whenever that is by then: the clock may be corrected meanwhile.
    fn tick_and_wait(rendered_ms: f64, tick: Rc<dyn Fn(f64)>) {
        // A timer that fires a moment early would show the old second for one second more.
        const LATE_MS: u64 = 15;

        resync();
        let now_ms = now_ms(rendered_ms);
        tick(now_ms);
        let until_full_ms = SECOND_MS - now_ms as u64 % SECOND_MS + LATE_MS;
        set_timeout(
            move || tick_and_wait(rendered_ms, tick),
            Duration::from_millis(until_full_ms),
        );
    }

    /// Takes the server's time from a message that has just arrived, unless the clock is already later.
    pub fn correct(message: &str) {
        let origin_ms = js_sys::parse_float(message) - performance().now();
        if ORIGIN_MS.get().is_some_and(|known_ms| known_ms < origin_ms) {
            ORIGIN_MS.set(Some(origin_ms));
        }
    }

    /// Sets the clock: the server's time was `rendered_ms` when it rendered the page, just before the page's first byte
    /// arrived.
    fn set_origin(rendered_ms: f64) -> f64 {
        let visit = performance().get_entries_by_type("navigation").get(0);
        let visit: Option<&PerformanceNavigationTiming> = visit.dyn_ref();
        let origin_ms = rendered_ms - visit.map_or(0.0, |visit| visit.response_start());
        ORIGIN_MS.set(Some(origin_ms));
        // A page from the browser's cache may have been rendered at any time.
        let is_old = visit.is_some_and(|visit| {
            visit.type_() == NavigationType::BackForward && visit.transfer_size() == 0.0
        });
        GAP_MS.set(if is_old { f64::INFINITY } else { gap_ms() });
        origin_ms
    }

    /// Requests the server's time if the page or the computer has slept.
    fn resync() {
        const TOLERATED_MS: f64 = 2_000.0;

        let gap_ms = gap_ms();
        if (gap_ms - GAP_MS.get()).abs() < TOLERATED_MS || IS_REQUESTING.replace(true) {
            return;
        }
        spawn_local(async move {
            match server_time().await {
                Some(server_ms) => {
                    ORIGIN_MS.set(Some(server_ms - performance().now()));
                    GAP_MS.set(gap_ms);
                    IS_REQUESTING.set(false);
                }
                None => set_timeout(|| IS_REQUESTING.set(false), RETRY_AFTER),
            }
        });
    }

    /// The server's time from a response's `Date` header, which has no fraction of a second.
    async fn server_time() -> Option<f64> {
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
        window().performance().expect("browsers have a clock")
    }
}
