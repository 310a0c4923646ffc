//! The program's output: log lines for operators, and messages for whoever started it.

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

/// How often windows are checked for expiry.
const TICK: Duration = Duration::from_secs(1);

/// What is logged unless `RUST_LOG` says otherwise. webauthn-rs logs an error for every invalid answer from a browser.
/// Anybody can send one, so these errors are not logged; the visitor gets a message.
const DEFAULT_FILTER: &str =
    "info,sqlx=warn,tower_sessions=warn,webauthn_rs=off,webauthn_rs_core=off";

/// Starts logging to standard error. Equal warnings and errors are written once and then counted until their window
/// ends or the returned value is dropped.
pub fn start(format: LogFormat) -> Log {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let repeats = Repeats::default();
    // Without a thread that ends the windows, no line may be held back.
    let counting = tick(repeats.clone()).is_ok().then(|| repeats.clone());
    match format {
        LogFormat::Text => lines.with_target(false).finish().with(counting).init(),
        LogFormat::Json => lines.json().finish().with(counting).init(),
    }
    Log { repeats }
}

/// Ends expired windows once a second for as long as the program runs. It uses a thread of its own, so that a flood on
/// other threads cannot delay it.
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

/// When dropped, reports the counts that are still pending.
pub struct Log {
    repeats: Repeats,
}

impl Drop for Log {
    fn drop(&mut self) {
        self.repeats.end_windows(Instant::now() + WINDOW);
    }
}

/// Prints a message to the operator. A closed terminal is not a reason to stop.
pub fn say(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}
