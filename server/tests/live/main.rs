//! Open pages: what their streams deliver, and when.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod end;
mod reach;
mod stream;
mod viewer;
