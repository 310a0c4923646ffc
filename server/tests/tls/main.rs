//! The built program serving HTTPS: protocols, certificates and shutdown.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/program.rs"]
mod program;

mod files;
mod fixture;
mod handshake;
mod health;
mod protocol;
mod renewal;
mod stop;
