//! Two-factor authentication: each code works once, whoever sends it when; and what ends it.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod codes;
mod end;
mod fixture;
