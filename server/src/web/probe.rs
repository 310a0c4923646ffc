//! Health probes: `/healthz` (the process answers) and `/readyz` (every required part is available).
//!
//! They read no session and no database; the circuit breaker knows whether the database answers.

use super::routes::Routes;
use crate::{monitoring::readiness::Finding, state::Shared};
use axum::{extract::State, http::StatusCode};
use std::fmt::Write;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/healthz", alive)
        .get("/readyz", ready)
}

/// Liveness: the process answers.
async fn alive() -> &'static str {
    "alive\n"
}

/// Readiness: every required part is available. The answer has one line per part, with what is wrong.
async fn ready(State(shared): State<Shared>) -> (StatusCode, String) {
    let mut parts = vec![("database", database(&shared))];
    parts.extend(shared.readiness.findings());
    answer(&parts)
}

/// Uses the breaker, which probes the database four times a second, so that health checks cost the database nothing.
fn database(shared: &Shared) -> Finding {
    if shared.breaker.is_open() {
        Finding::Missing("does not answer".to_owned())
    } else {
        Finding::Fine("ok".to_owned())
    }
}

fn answer(parts: &[(&str, Finding)]) -> (StatusCode, String) {
    let (status, first) = if parts.iter().any(|(_, finding)| finding.is_missing()) {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    } else {
        (StatusCode::OK, "ready")
    };
    let mut text = format!("{first}\n");
    for (name, finding) in parts {
        // Writing to a String can't fail.
        let _ = writeln!(text, "{name}: {finding}");
    }
    (status, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_part_makes_the_server_not_ready_and_a_reduced_one_does_not() {
        let database = ("database", Finding::Fine("ok".to_owned()));
        let disk = ("disk", Finding::Reduced("low, 312 MB free".to_owned()));
        let postgres = ("postgres", Finding::Missing("restarting".to_owned()));
        let (status, text) = answer(&[database.clone(), disk.clone()]);
        assert_eq!(status, 200);
        assert_eq!(text, "ready\ndatabase: ok\ndisk: low, 312 MB free\n");
        let (status, text) = answer(&[database, disk, postgres]);
        assert_eq!(status, 503);
        assert!(text.starts_with("not ready\n") && text.ends_with("postgres: restarting\n"));
    }
}
