//! No request keeps an async thread for long: what it costs there is measured by the thread's own clock of processor time.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod floods;
mod lag;
mod meter;

#[path = "../support/mod.rs"]
mod support;
