//! The source of updates for an open page: an event stream, or polling if no stream gets through.
//!
//! - A stream that sends nothing in its first 10 s, or at any later time for 35 s, counts as broken: a proxy may be
//!   buffering it. The server is silent for 15 s at most.
//! - After three failures the page polls every 5 to 7.5 s, less often while polls fail, and not before `Retry-After`.
//!   It tries the stream again every minute.
//! - After 401, 403 or 404 it stops, and the page says that it is not live any more.
//! - A hidden page closes its stream: over HTTP/1.1, browsers open at most six connections to a host.

use super::state::ConnectionState;
use crate::{
    fetch::{self, TextResponse},
    islands::{clock, dom::on},
};
use leptos::{
    leptos_dom::helpers::TimeoutHandle,
    prelude::{document, set_timeout_with_handle, window},
    task::spawn_local,
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};
use wasm_bindgen::JsCast;
use web_sys::{Event, EventSource, MessageEvent, PageTransitionEvent};

/// The longest pause before the stream is opened again.
const LONGEST_PAUSE_MS: f64 = 30_000.0;
const SHORTEST_PAUSE_MS: f64 = 300.0;
/// A stream begins with an event. One that has sent nothing after this time is probably buffered by a proxy.
const FIRST_MS: f64 = 10_000.0;
/// A stream that is silent for this long counts as broken. The server is silent for 15 s at most.
const SILENCE_MS: f64 = 35_000.0;
/// After this many failures in a row, the page polls instead.
const FAILURES: u32 = 3;
/// The shortest time between polls. It doubles with each failed poll, and `Retry-After` is respected up to
/// `LONGEST_RETRY_AFTER_MS`.
const POLL_MS: f64 = 5_000.0;
const LONGEST_POLL_MS: f64 = 60_000.0;
const LONGEST_RETRY_AFTER_MS: f64 = 300_000.0;
/// After polling for this long, the page tries the stream again.
const POLLED_MS: f64 = 60_000.0;

/// The source of a page's updates.
pub struct Source {
    path: String,
    /// The name of the stream's events that hold a state.
    event: &'static str,
    /// Takes a state, as text. Returns false once nothing can change any more.
    update: Box<dyn Fn(&str) -> bool>,
    status: Box<dyn Fn(ConnectionState)>,
    stream: RefCell<Option<EventSource>>,
    /// Fires when the stream counts as broken or is due to be opened again.
    timer: Cell<Option<TimeoutHandle>>,
    /// Fires when the next poll is due, while no stream gets through.
    poll_timer: Cell<Option<TimeoutHandle>>,
    is_polling: Cell<bool>,
    /// The id of the last state received.
    last: RefCell<String>,
    failures: Cell<u32>,
    /// Failed polls in a row.
    misses: Cell<u32>,
    /// How long the page has polled since it last tried the stream.
    polled_ms: Cell<f64>,
    /// Changes whenever polling stops, so that a late response is recognized and ignored.
    turn: Cell<u32>,
    has_ended: Cell<bool>,
}

impl Source {
    /// Follows the updates at `path` while the page is visible. A hidden page needs no updates, and over HTTP/1.1 it
    /// would hold one of the browser's six connections to the host.
    pub fn follow(
        path: String,
        event: &'static str,
        update: impl Fn(&str) -> bool + 'static,
        status: impl Fn(ConnectionState) + 'static,
    ) {
        let source = Rc::new(Self {
            path,
            event,
            update: Box::new(update),
            status: Box::new(status),
            stream: RefCell::default(),
            timer: Cell::default(),
            poll_timer: Cell::default(),
            is_polling: Cell::default(),
            last: RefCell::default(),
            failures: Cell::default(),
            misses: Cell::default(),
            polled_ms: Cell::default(),
            turn: Cell::default(),
            has_ended: Cell::default(),
        });
        let window = window();
        for (target, event) in [
            (document().as_ref(), "visibilitychange"),
            (window.as_ref(), "pagehide"),
            (window.as_ref(), "pageshow"),
            (window.as_ref(), "online"),
        ] {
            let source = source.clone();
            on(target, event, move |happened| {
                // `pageshow` also fires on the first load; only a page restored from the back/forward cache has to
                // start again.
                let shown = happened.dyn_ref::<PageTransitionEvent>();
                if event == "pageshow" && !shown.is_some_and(PageTransitionEvent::persisted) {
                    return;
                }
                if source.has_ended.get() {
                    return;
                }
                source.close();
                // A page that becomes visible again may have missed updates in the meantime.
                (source.status)(ConnectionState::Lost);
                if event != "pagehide" {
                    source.open();
                }
            });
        }
        source.open();
    }

    fn open(self: &Rc<Self>) {
        if self.has_ended.get() || document().hidden() {
            return;
        }
        self.close_stream();
        let after = match &*self.last.borrow() {
            last if last.is_empty() => String::new(),
            last => ["?after=", last].concat(),
        };
        // Also fails if the browser has no `EventSource`.
        let Ok(stream) = EventSource::new(&[&self.path, &*after].concat()) else {
            return self.begin_to_poll();
        };
        self.on(&stream, self.event, |source, event| {
            source.mark_alive();
            let (id, data) = contents(event);
            if !id.is_empty() {
                source.last.replace(id);
            }
            source.deliver(&data);
        });
        // The first one has the server's time.
        self.on(&stream, "beat", |source, event| {
            source.mark_alive();
            clock::correct(&contents(event).1);
        });
        // The stream gets through, but the server does not know whether anything is new.
        self.on(&stream, "lost", |source, _| {
            source.mark_alive();
            (source.status)(ConnectionState::Lost);
        });
        self.on(&stream, "again", |source, _| {
            source.close_stream();
            source.later(
                SHORTEST_PAUSE_MS * (1.0 + js_sys::Math::random()),
                Self::open,
            );
        });
        self.on(&stream, "end", |source, _| source.end());
        self.on(&stream, "error", |source, _| {
            // The stream was refused, not cut off. The response to a poll will say why.
            if let Some(EventSource::CLOSED) = source.stream_state() {
                source.failures.set(FAILURES);
            }
            source.failed();
        });
        self.stream.replace(Some(stream));
        self.later(FIRST_MS, |source| {
            // Another attempt would fail the same way, so poll at once.
            source.failures.set(FAILURES);
            source.failed();
        });
    }

    /// Records that the stream gets through. If it then stays silent for too long, it counts as broken.
    fn mark_alive(self: &Rc<Self>) {
        self.failures.set(0);
        self.stop_polling();
        (self.status)(ConnectionState::Live);
        self.later(SILENCE_MS, Self::failed);
    }

    fn stream_state(&self) -> Option<u16> {
        self.stream.borrow().as_ref().map(EventSource::ready_state)
    }

    fn on(self: &Rc<Self>, stream: &EventSource, event: &str, listener: fn(&Rc<Self>, &Event)) {
        let source = self.clone();
        on(stream, event, move |event| listener(&source, &event));
    }

    fn deliver(&self, state: &str) {
        if !(self.update)(state) {
            self.end();
        }
    }

    /// Stops for good: nothing can change any more, or the viewer is not allowed to see the updates.
    fn end(&self) {
        self.has_ended.set(true);
        self.close();
    }

    fn close(&self) {
        self.close_stream();
        self.stop_polling();
    }

    /// Closes the stream.
    fn close_stream(&self) {
        if let Some(stream) = self.stream.take() {
            stream.close();
        }
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
    }

    fn stop_polling(&self) {
        self.is_polling.set(false);
        self.turn.set(self.turn.get().wrapping_add(1));
        if let Some(timer) = self.poll_timer.take() {
            timer.clear();
        }
    }

    /// Tries again after a growing random pause, so that pages do not all reconnect at once. The browser's own retry
    /// would neither slow down nor give up.
    fn failed(self: &Rc<Self>) {
        self.close_stream();
        if self.is_polling.get() {
            // Polling continues and tries the stream again later.
            return;
        }
        (self.status)(ConnectionState::Lost);
        let failures = self.failures.get().saturating_add(1);
        self.failures.set(failures);
        if failures >= FAILURES {
            return self.begin_to_poll();
        }
        let most_ms = LONGEST_PAUSE_MS.min(1_000.0 * f64::from(1 << failures.min(5)));
        let pause_ms = SHORTEST_PAUSE_MS + most_ms * js_sys::Math::random();
        self.later(pause_ms, Self::open);
    }

    /// Sets the stream's timer.
    fn later(self: &Rc<Self>, pause_ms: f64, then: fn(&Rc<Self>)) {
        if let Some(before) = self.timer.replace(self.timeout(pause_ms, then)) {
            before.clear();
        }
    }

    fn poll_later(self: &Rc<Self>, pause_ms: f64) {
        let timer = self.timeout(pause_ms, Self::poll);
        if let Some(before) = self.poll_timer.replace(timer) {
            before.clear();
        }
    }

    fn timeout(self: &Rc<Self>, pause_ms: f64, then: fn(&Rc<Self>)) -> Option<TimeoutHandle> {
        let source = self.clone();
        let pause = Duration::from_millis(pause_ms as u64);
        set_timeout_with_handle(move || then(&source), pause).ok()
    }

    fn begin_to_poll(self: &Rc<Self>) {
        if !self.is_polling.replace(true) {
            self.polled_ms.set(0.0);
            // Pages that were refused together should not poll together.
            self.poll_later(1_000.0 * js_sys::Math::random());
        }
    }

    fn poll(self: &Rc<Self>) {
        if self.polled_ms.get() >= POLLED_MS {
            self.polled_ms.set(0.0);
            self.open();
        }
        let (source, turn) = (self.clone(), self.turn.get());
        spawn_local(async move {
            // An unchanged state comes from the browser's cache.
            let answer = fetch::get(&source.path, "application/json").await.ok();
            if source.turn.get() == turn {
                source.answered(answer);
            }
        });
    }

    fn answered(self: &Rc<Self>, answer: Option<TextResponse>) {
        let has_answer = answer.is_some();
        let retry_after_s = answer.as_ref().and_then(|answer| answer.retry_after_s);
        match answer {
            Some(TextResponse {
                status: 200, text, ..
            }) => {
                self.misses.set(0);
                (self.status)(ConnectionState::Live);
                self.deliver(&text);
                if self.has_ended.get() {
                    return;
                }
            }
            Some(TextResponse {
                status: 401 | 403 | 404,
                ..
            }) => {
                self.end();
                return (self.status)(ConnectionState::Over);
            }
            _ => {
                self.misses.set(self.misses.get().saturating_add(1));
                (self.status)(ConnectionState::Lost);
            }
        }
        // A server that refuses needs rest. One that is away does not, and may be back before the deadline.
        let most_misses = if has_answer { 5 } else { 0 };
        let slower = f64::from(1 << self.misses.get().min(most_misses));
        let retry_after_ms =
            LONGEST_RETRY_AFTER_MS.min(1_000.0 * retry_after_s.unwrap_or_default());
        let pause_ms = LONGEST_POLL_MS.min(POLL_MS * slower).max(retry_after_ms);
        let pause_ms = pause_ms * (1.0 + 0.5 * js_sys::Math::random());
        self.polled_ms.set(self.polled_ms.get() + pause_ms);
        self.poll_later(pause_ms);
    }
}

/// An event's id and data.
fn contents(event: &Event) -> (String, String) {
    let message: &MessageEvent = event.unchecked_ref();
    (
        message.last_event_id(),
        message.data().as_string().unwrap_or_default(),
    )
}
