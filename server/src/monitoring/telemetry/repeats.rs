//! Of equal warnings and errors within ten seconds, writes the first and counts the others.
//!
//! So a flood of failing requests does not flood the log. Equal means the same call site and the same text, apart from
//! the request's id and path. A call site writes at most 20 different texts per window, so a visitor who varies the
//! text cannot cause more lines.

use std::{
    collections::HashMap,
    fmt::{Debug, Write},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    callsite::Identifier,
    field::{Field, Visit},
};
use tracing_subscriber::layer::{Context, Layer};

/// How long repetitions of a line are counted instead of written: an operator sees a fault at once, and within ten
/// seconds how bad it is.
pub(super) const WINDOW: Duration = Duration::from_secs(10);
/// The maximum number of different texts per call site that are written within a window; all others of that site count
/// as one. Texts may contain visitors' input. This bounds memory too: the code has a few hundred sites that warn.
const MAX_TEXTS: usize = 20;
/// How many bytes of a text are kept for the line that reports repetitions.
const MAX_TEXT_BYTES: usize = 300;
/// Fields that differ between requests and say nothing about the fault.
const NOT_COMPARED: [&str; 2] = ["request_id", "path"];
/// The target of lines about repetitions, which are not counted themselves.
const TARGET: &str = "guildhall::repeats";

/// The layer that counts repetitions. Clones share the counts.
#[derive(Clone, Default)]
pub(super) struct Repeats(Arc<Mutex<HashMap<Key, RepeatedLine>>>);

/// A call site and the hash of its text; `None` for all texts beyond [`MAX_TEXTS`].
type Key = (Identifier, Option<u64>);

struct RepeatedLine {
    level: Level,
    text: String,
    since: Instant,
    /// Repetitions after the line that was written.
    times: u64,
}

impl Repeats {
    /// Counts the event; true for the first in its window, which is written.
    fn is_first(&self, metadata: &Metadata<'_>, text: Text, now: Instant) -> bool {
        let place = metadata.callsite();
        let mut counts = self.counts();
        let mut key = (place.clone(), Some(text.hash.finish()));
        if !counts.contains_key(&key)
            && counts.keys().filter(|(other, _)| *other == place).count() >= MAX_TEXTS
        {
            key = (place, None);
        }
        match counts.get_mut(&key) {
            Some(repeated) => {
                repeated.times += 1;
                false
            }
            None => {
                let repeated = RepeatedLine {
                    level: *metadata.level(),
                    text: text.excerpt,
                    since: now,
                    times: 0,
                };
                counts.insert(key, repeated);
                true
            }
        }
    }

    /// Reports the repetitions of each text whose window has ended by `now`. The text's next line opens a new one.
    pub(super) fn end_windows(&self, now: Instant) {
        let mut ended = Vec::new();
        self.counts().retain(|(_, text), repeated| {
            let is_over = now.saturating_duration_since(repeated.since) >= WINDOW;
            if is_over && repeated.times > 0 {
                let times = repeated.times;
                ended.push((
                    repeated.level,
                    text.is_some(),
                    times,
                    std::mem::take(&mut repeated.text),
                ));
            }
            !is_over
        });
        // The lock has been released, because these lines pass through this layer too.
        for (level, is_equal, repeated, text) in ended {
            let message = if is_equal {
                "a line was repeated"
            } else {
                "similar lines were omitted"
            };
            let seconds = WINDOW.as_secs();
            if level == Level::ERROR {
                tracing::error!(target: TARGET, repeated, seconds, text, "{message}");
            } else {
                tracing::warn!(target: TARGET, repeated, seconds, text, "{message}");
            }
        }
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Key, RepeatedLine>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Subscriber> Layer<S> for Repeats {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let metadata = event.metadata();
        // Levels are ordered by verbosity.
        if *metadata.level() > Level::WARN || metadata.target() == TARGET {
            return true;
        }
        let mut text = Text::default();
        event.record(&mut text);
        self.is_first(metadata, text, Instant::now())
    }
}

/// An event's text without the fields that differ between requests.
#[derive(Default)]
struct Text {
    hash: DefaultHasher,
    excerpt: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if NOT_COMPARED.contains(&field.name()) {
            return;
        }
        let value = format!("{value:?}");
        (field.name(), &value).hash(&mut self.hash);
        let between = if self.excerpt.is_empty() { "" } else { " " };
        let _ = match field.name() {
            "message" => write!(self.excerpt, "{between}{value}"),
            name => write!(self.excerpt, "{between}{name}={value}"),
        };
        let end = self.excerpt.floor_char_boundary(MAX_TEXT_BYTES);
        self.excerpt.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use tracing_subscriber::layer::SubscriberExt;

    #[derive(Clone, Default)]
    struct Output(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The lines written while `run` runs.
    fn lines(run: impl FnOnce(&Repeats)) -> Vec<String> {
        let (output, repeats) = (Output::default(), Repeats::default());
        let writer = output.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .finish()
            .with(repeats.clone());
        tracing::subscriber::with_default(subscriber, || run(&repeats));
        let written = output.0.lock().unwrap();
        let text = String::from_utf8_lossy(&written);
        text.lines().map(str::to_owned).collect()
    }

    fn fail(request: usize, error: &str) {
        let (request_id, path) = (format!("id-{request}"), format!("/projects/{request}"));
        tracing::error!(error, request_id, path, "a request failed unexpectedly");
    }

    fn later() -> Instant {
        Instant::now() + WINDOW
    }

    #[test]
    fn a_flood_of_equal_errors_is_logged_as_one_line_and_one_count() {
        let lines = lines(|repeats| {
            (0..5_000).for_each(|request| fail(request, "no such table"));
            repeats.end_windows(Instant::now());
            repeats.end_windows(later());
        });
        assert_eq!(lines.len(), 2, "{lines:#?}");
        assert!(
            lines[0].contains("id-0") && lines[0].contains("no such table"),
            "{lines:#?}"
        );
        assert!(
            lines[1].contains("ERROR") && lines[1].contains("repeated=4999"),
            "{lines:#?}"
        );
        assert!(
            lines[1].contains("no such table") && !lines[1].contains("id-"),
            "{lines:#?}"
        );
    }

    #[test]
    fn different_errors_are_all_written_and_a_single_one_is_not_counted() {
        let lines = lines(|repeats| {
            fail(1, "no such table");
            fail(2, "no such column");
            tracing::warn!(error = "no such table", "a session could not be read");
            repeats.end_windows(later());
        });
        assert_eq!(lines.len(), 3, "{lines:#?}");
    }

    #[test]
    fn after_its_window_an_error_is_written_again() {
        let lines = lines(|repeats| {
            fail(1, "no such table");
            repeats.end_windows(later());
            fail(2, "no such table");
        });
        assert!(lines.len() == 2 && lines[1].contains("id-2"), "{lines:#?}");
    }

    #[test]
    fn the_texts_of_one_call_site_are_bounded_in_number_and_length() {
        let lines = lines(|repeats| {
            (0..5_000).for_each(|n| fail(n, &format!("bad value {n} {}", "x".repeat(5_000))));
            assert_eq!(repeats.counts().len(), MAX_TEXTS + 1);
            assert!(
                repeats
                    .counts()
                    .values()
                    .all(|repeated| repeated.text.len() <= MAX_TEXT_BYTES)
            );
            repeats.end_windows(later());
            assert!(repeats.counts().is_empty());
        });
        assert_eq!(lines.len(), MAX_TEXTS + 2);
        assert!(
            lines.last().unwrap().contains("repeated=4979"),
            "{:?}",
            lines.last()
        );
    }

    #[test]
    fn lines_below_warning_are_never_held_back() {
        let lines = lines(|_| (0..100).for_each(|_| tracing::info!("a project was awarded")));
        assert_eq!(lines.len(), 100);
    }
}
