//! The built program speaking https: to whom, by which certificate, and how it stops.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/program.rs"]
mod program;

mod files;
mod given;
mod handshake;
mod health;
mod protocol;
mod renewal;
mod stop;
