//! Invalid requests: no path, query, method or body causes an internal error, and every error has a body.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod layout;
mod paths;
