//! Webhooks: what their owners do on the pages, and what receivers get, good and bad ones.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/program.rs"]
mod program;

mod addresses;
mod command;
mod pages;
mod posts;
mod push;
mod receiver;
