//! OAuth programs that act for people: what they are granted, and what is refused.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod client_library;
mod code;
mod consent;
mod device;
mod endpoints;
mod fixture;
mod machine;
mod own_tokens;
mod programs;
mod refresh;
mod renewed_consent;
mod roles;
mod wrong_request;
