//! Personal access tokens: created and revoked on a page, created by the command, and created for the demo accounts.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod command;
mod demo;
mod fixture;
mod page;
