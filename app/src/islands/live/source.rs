//! Where a page hears of changes: a stream of events, or, where none gets through, a question every few seconds.

use crate::islands::dom::{fetch_text, on, property, text};
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
use web_sys::{Event, EventSource};

/// The longest pause before the stream is asked for again.
const LONGEST_PAUSE_MS: f64 = 30_000.0;
const SHORTEST_PAUSE_MS: f64 = 300.0;
/// After so many failures one after the other, the page asks instead.
const FAILURES: u32 = 3;
/// About how often it asks then.
const POLL_MS: f64 = 5_000.0;
/// After so many questions the stream is tried again.
const POLLS: u32 = 12;

/// One for a page.
pub struct Source {
    path: String,
    /// Takes one project's state; answers whether the page can learn anything more.
    told: Box<dyn Fn(&str) -> bool>,
    /// Whether the page is current.
    status: Box<dyn Fn(bool)>,
    stream: RefCell<Option<EventSource>>,
    timer: Cell<Option<TimeoutHandle>>,
    /// The id of the state that the page has.
    last: RefCell<String>,
    failures: Cell<u32>,
    polls: Cell<u32>,
    /// Counts openings: an answer to an older one is none.
    turn: Cell<u32>,
    has_ended: Cell<bool>,
}

impl Source {
    /// Follows what is told at `path` as long as the page is in sight: six pages of one site is all that a browser holds open
    /// by HTTP/1.1, and one that is not seen needs nothing.
    pub fn follow(
        path: String,
        told: impl Fn(&str) -> bool + 'static,
        status: impl Fn(bool) + 'static,
    ) {
        let source = Rc::new(Self {
            path,
            told: Box::new(told),
            status: Box::new(status),
            stream: RefCell::default(),
            timer: Cell::default(),
            last: RefCell::default(),
            failures: Cell::default(),
            polls: Cell::default(),
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
            on(target, event, move |_| {
                source.close();
                if event != "pagehide" {
                    source.open();
                }
            });
        }
        source.open();
    }

    fn open(self: &Rc<Self>) {
        let is_hidden = property(&document(), "hidden").is_truthy();
        if self.has_ended.get() || is_hidden {
            return;
        }
        self.close();
        let after = match &*self.last.borrow() {
            last if last.is_empty() => String::new(),
            last => ["?after=", last].concat(),
        };
        if property(&window(), "EventSource").is_undefined() {
            return self.poll();
        }
        let Ok(stream) = EventSource::new(&[&self.path, &*after].concat()) else {
            return self.poll();
        };
        self.on(&stream, "project", |source, event| {
            if let Some(id) = text(event, "lastEventId").filter(|id| !id.is_empty()) {
                source.last.replace(id);
            }
            if let Some(data) = text(event, "data") {
                source.tell(&data);
            }
        });
        self.on(&stream, "open", |source, _| {
            source.failures.set(0);
            (source.status)(true);
        });
        self.on(&stream, "end", |source, _| source.end());
        self.on(&stream, "error", |source, _| source.failed());
        self.stream.replace(Some(stream));
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
        self.turn.set(self.turn.get().wrapping_add(1));
        if let Some(stream) = self.stream.take() {
            stream.close();
        }
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
    }

    /// The browser would try again at once and for ever; here the pause grows, and nobody comes back together with others.
    fn failed(self: &Rc<Self>) {
        self.close();
        let failures = self.failures.get() + 1;
        self.failures.set(failures);
        (self.status)(false);
        if failures >= FAILURES {
            self.polls.set(0);
            return self.poll();
        }
        let most_ms = LONGEST_PAUSE_MS.min(1_000.0 * f64::from(1 << failures.min(5)));
        let pause_ms = SHORTEST_PAUSE_MS + most_ms * js_sys::Math::random();
        self.later(pause_ms, Self::open);
    }

    fn later(self: &Rc<Self>, pause_ms: f64, then: fn(&Rc<Self>)) {
        let source = self.clone();
        let pause = Duration::from_millis(pause_ms as u64);
        self.timer
            .set(set_timeout_with_handle(move || then(&source), pause).ok());
    }

    fn poll(self: &Rc<Self>) {
        let polls = self.polls.get() + 1;
        self.polls.set(polls);
        if polls > POLLS {
            self.polls.set(0);
            return self.open();
        }
        let (source, turn) = (self.clone(), self.turn.get());
        spawn_local(async move {
            // What has not changed comes out of the browser's cache.
            let answer = fetch_text(&source.path, "application/json").await.ok();
            if source.turn.get() != turn {
                return;
            }
            match answer {
                Some((200, state)) => {
                    (source.status)(true);
                    source.tell(&state);
                    if source.has_ended.get() {
                        return;
                    }
                }
                // Not to be seen any more, by this visitor.
                Some((401 | 403 | 404, _)) => {
                    source.has_ended.set(true);
                    return (source.status)(false);
                }
                _ => (source.status)(false),
            }
            let pause_ms = POLL_MS * (0.75 + 0.5 * js_sys::Math::random());
            source.later(pause_ms, Self::poll);
        });
    }
}
