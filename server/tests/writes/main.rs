//! Server functions as islands call them: authorization, refusals, and one effect for a form sent with and without
//! JavaScript.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod autosave;
mod bid;
mod draft;
mod project;
mod session;
mod settings;
#[path = "../support/mod.rs"]
mod support;
mod token;

use guildhall::disk::{Disk, Level, Status};
use serde_json::Value;
use support::Answer;

const JSON: Option<&str> = Some("application/json");

fn key() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// The kind and message of a refusal, as an island reads them.
fn refusal(answer: &Answer) -> (String, String) {
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let member = |name: &str| body[name].as_str().unwrap().to_owned();
    (member("kind"), member("message"))
}

/// The fields an island must mark as invalid, in order.
fn wrong_fields(answer: &Answer) -> Vec<String> {
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let errors = body["errors"].as_array().unwrap();
    let name = |error: &Value| error["field"].as_str().unwrap().to_owned();
    errors.iter().map(name).collect()
}

fn set_disk(disk: &Disk, level: Level) {
    let free_bytes = 0;
    disk.set(Status { level, free_bytes });
}
