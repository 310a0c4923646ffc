//! What the program says: log lines for operators, and words for whoever started it.

use crate::config::LogFormat;
use std::io::{IsTerminal, Write};
use tracing_subscriber::EnvFilter;

/// Starts writing log lines to standard error.
pub fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,tower_sessions=warn"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match format {
        LogFormat::Text => lines.with_target(false).init(),
        LogFormat::Json => lines.json().init(),
    }
}

/// Says something to whoever started the program. A closed terminal is no reason to stop.
pub fn say(words: &str) {
    let _ = writeln!(std::io::stderr(), "{words}");
}
