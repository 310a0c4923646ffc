//! Programs that act for people: what they get, and what nobody gets.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod client_library;
mod code;
mod consent;
mod device;
mod given;
mod machine;
mod programs;
mod refresh;
