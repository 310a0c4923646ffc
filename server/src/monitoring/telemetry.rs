//! What the program says: log lines for operators, and words for whoever started it.

mod repeats;

use crate::config::LogFormat;
use repeats::{Repeats, WINDOW};
use std::{
    io::{IsTerminal, Write},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

/// How often is looked for windows that have ended.
const TICK: Duration = Duration::from_secs(1);

/// Starts writing log lines to standard error. Equal warnings and errors are written once, and counted until their window ends or
/// what is returned is dropped.
pub fn start(format: LogFormat) -> Log {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,tower_sessions=warn"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let repeats = Repeats::default();
    // Without a thread that ends the windows, nothing may be held back.
    let counting = tick(repeats.clone()).is_ok().then(|| repeats.clone());
    match format {
        LogFormat::Text => lines.with_target(false).finish().with(counting).init(),
        LogFormat::Json => lines.json().finish().with(counting).init(),
    }
    Log { repeats }
}

/// Ends windows once a second, as long as the program runs. A thread of its own: what floods the others must not keep it waiting.
fn tick(repeats: Repeats) -> std::io::Result<()> {
    let (never, stopped) = mpsc::channel::<()>();
    thread::Builder::new()
        .name("log-repeats".to_owned())
        .spawn(move || {
            let _never = never;
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                repeats.end_windows(Instant::now());
            }
        })
        .map(drop)
}

/// The log while the program runs; at its end it says what it has still counted.
pub struct Log {
    repeats: Repeats,
}

impl Drop for Log {
    fn drop(&mut self) {
        self.repeats.end_windows(Instant::now() + WINDOW);
    }
}

/// Says something to whoever started the program. A closed terminal is no reason to stop.
pub fn say(words: &str) {
    let _ = writeln!(std::io::stderr(), "{words}");
}
