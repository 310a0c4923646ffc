//! Notifications on the site and by mail, from the event to the reader.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

#[expect(dead_code, reason = "the bell's tests need only the stream")]
#[path = "../live/viewer.rs"]
mod viewer;

mod bell;
mod fixture;
mod mail;
mod pages;
mod saved_search;
mod schedule;
mod watch;
