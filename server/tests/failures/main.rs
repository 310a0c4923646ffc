//! Requests that are wrong: no path, query, method or body is an error of ours, and every error is laid out.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod layout;
mod paths;
