//! No request blocks an async thread for long, measured in the thread's own CPU time.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod floods;
mod lag;
mod meter;

#[path = "../support/mod.rs"]
mod support;
