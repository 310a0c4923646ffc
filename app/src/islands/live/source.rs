//! The source of updates for an open page: an event stream, or polling where no stream gets through.
//!
//! - A stream that sends nothing for 10 s at first, or for 35 s later, is taken for broken: a proxy may buffer it. The
//!   server is silent for 15 s at most.
//! - After three failures the page polls every 5 to 7.5 s, less often while there is no answer, and not before
//!   `Retry-After`. It tries the stream again every minute.
//! - After 401, 403 or 404 it stops, and the page says that it is not live any more.
//! - A hidden page closes its stream: browsers hold six connections to a host by HTTP/1.1.

use super::state::Connection;
use crate::islands::dom::{Fetched, fetch_text, on};
use guildhall::live::objects;
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

/// The longest pause before the stream is asked for again.
const LONGEST_PAUSE_MS: f64 = 30_000.0;
const SHORTEST_PAUSE_MS: f64 = 300.0;
/// A stream begins with an event. One that has told nothing by then is kept back somewhere on the way.
const FIRST_MS: f64 = 10_000.0;
/// The server is silent for 15 s at most.
const SILENCE_MS: f64 = 35_000.0;
/// After so many failures one after the other, the page asks instead.
const FAILURES: u32 = 3;
/// About how often it asks then; less and less often when there is no answer, and not before the server wants it.
const POLL_MS: f64 = 5_000.0;
const LONGEST_POLL_MS: f64 = 60_000.0;
const LONGEST_WISH_MS: f64 = 300_000.0;
/// After so long the stream is tried again.
const POLLED_MS: f64 = 60_000.0;

/// One for a page.
pub struct Source {
    path: String,
    /// Takes one project's state; answers whether the page can learn anything more.
    told: Box<dyn Fn(&str) -> bool>,
    status: Box<dyn Fn(Connection)>,
    stream: RefCell<Option<EventSource>>,
    /// Of the stream: when it is taken for broken, or asked for again.
    timer: Cell<Option<TimeoutHandle>>,
    /// When it asks next, as long as no stream gets through.
    poll_timer: Cell<Option<TimeoutHandle>>,
    is_polling: Cell<bool>,
    /// The id of the state that the page has.
    last: RefCell<String>,
    failures: Cell<u32>,
    /// Questions without an answer, one after the other.
    misses: Cell<u32>,
    /// How long it has asked since the stream was tried.
    polled_ms: Cell<f64>,
    /// Counts how often it began to ask: an answer to a question from before is none.
    turn: Cell<u32>,
    has_ended: Cell<bool>,
}

impl Source {
    /// Follows what is told at `path` as long as the page is in sight: six pages of one site is all that a browser holds open
    /// by HTTP/1.1, and one that is not seen needs nothing.
    pub fn follow(
        path: String,
        told: impl Fn(&str) -> bool + 'static,
        status: impl Fn(Connection) + 'static,
    ) {
        let source = Rc::new(Self {
            path,
            told: Box::new(told),
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
                // A page is shown at first, too; only one that comes out of the browser's history has to begin again.
                let shown = happened.dyn_ref::<PageTransitionEvent>();
                if event == "pageshow" && !shown.is_some_and(PageTransitionEvent::persisted) {
                    return;
                }
                if source.has_ended.get() {
                    return;
                }
                source.close();
                // What is seen again was not current meanwhile.
                (source.status)(Connection::Lost);
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
        self.shut();
        let after = match &*self.last.borrow() {
            last if last.is_empty() => String::new(),
            last => ["?after=", last].concat(),
        };
        // Also where the browser has none.
        let Ok(stream) = EventSource::new(&[&self.path, &*after].concat()) else {
            return self.begin_to_poll();
        };
        self.on(&stream, "project", |source, event| {
            source.heard();
            let Some(message) = event.dyn_ref::<MessageEvent>() else {
                return;
            };
            let id = message.last_event_id();
            if !id.is_empty() {
                source.last.replace(id);
            }
            if let Some(data) = message.data().as_string() {
                source.tell(&data);
            }
        });
        self.on(&stream, "beat", |source, _| source.heard());
        // It gets through, but the server knows no more than the page.
        self.on(&stream, "lost", |source, _| {
            source.heard();
            (source.status)(Connection::Lost);
        });
        self.on(&stream, "again", |source, _| {
            source.shut();
            source.later(
                SHORTEST_PAUSE_MS * (1.0 + js_sys::Math::random()),
                Self::open,
            );
        });
        self.on(&stream, "end", |source, _| source.end());
        self.on(&stream, "error", |source, _| {
            // Refused, and not cut off: an answer to a question says why.
            if let Some(EventSource::CLOSED) = source.stream_state() {
                source.failures.set(FAILURES);
            }
            source.failed();
        });
        self.stream.replace(Some(stream));
        self.later(FIRST_MS, |source| {
            // It would be no other way the next time.
            source.failures.set(FAILURES);
            source.failed();
        });
    }

    /// The stream gets through; if nothing comes any more, it is broken although nobody says so.
    fn heard(self: &Rc<Self>) {
        self.failures.set(0);
        self.stop_polling();
        (self.status)(Connection::Live);
        self.later(SILENCE_MS, Self::failed);
    }

    fn stream_state(&self) -> Option<u16> {
        self.stream.borrow().as_ref().map(EventSource::ready_state)
    }

    fn on(self: &Rc<Self>, stream: &EventSource, event: &str, listener: fn(&Rc<Self>, &Event)) {
        let source = self.clone();
        on(stream, event, move |event| listener(&source, &event));
    }

    fn tell(&self, state: &str) {
        for object in objects(state) {
            if !(self.told)(object) {
                self.end();
            }
        }
    }

    /// Nothing can change any more.
    fn end(&self) {
        self.has_ended.set(true);
        self.close();
    }

    fn close(&self) {
        self.shut();
        self.stop_polling();
    }

    /// Closes the stream.
    fn shut(&self) {
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

    /// The browser would try again at once and for ever; here the pause grows, and nobody comes back together with others.
    fn failed(self: &Rc<Self>) {
        self.shut();
        if self.is_polling.get() {
            // It goes on, and the stream is tried again later.
            return;
        }
        (self.status)(Connection::Lost);
        let failures = self.failures.get().saturating_add(1);
        self.failures.set(failures);
        if failures >= FAILURES {
            return self.begin_to_poll();
        }
        let most_ms = LONGEST_PAUSE_MS.min(1_000.0 * f64::from(1 << failures.min(5)));
        let pause_ms = SHORTEST_PAUSE_MS + most_ms * js_sys::Math::random();
        self.later(pause_ms, Self::open);
    }

    /// What the stream's timer does next.
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
            // Those who were refused together do not ask together.
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
            // What has not changed comes out of the browser's cache.
            let answer = fetch_text(&source.path, "application/json").await.ok();
            if source.turn.get() == turn {
                source.answered(answer);
            }
        });
    }

    fn answered(self: &Rc<Self>, answer: Option<Fetched>) {
        let wish_s = answer.as_ref().and_then(|answer| answer.retry_after_s);
        match answer {
            Some(Fetched {
                status: 200, text, ..
            }) => {
                self.misses.set(0);
                (self.status)(Connection::Live);
                self.tell(&text);
                if self.has_ended.get() {
                    return;
                }
            }
            Some(Fetched {
                status: 401 | 403 | 404,
                ..
            }) => {
                self.end();
                return (self.status)(Connection::Over);
            }
            _ => {
                self.misses.set(self.misses.get().saturating_add(1));
                (self.status)(Connection::Lost);
            }
        }
        let slower = f64::from(1 << self.misses.get().min(5));
        let wish_ms = LONGEST_WISH_MS.min(1_000.0 * wish_s.unwrap_or_default());
        let pause_ms = LONGEST_POLL_MS.min(POLL_MS * slower).max(wish_ms);
        let pause_ms = pause_ms * (1.0 + 0.5 * js_sys::Math::random());
        self.polled_ms.set(self.polled_ms.get() + pause_ms);
        self.poll_later(pause_ms);
    }
}
