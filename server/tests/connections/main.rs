//! Connections to the built program: who is admitted, who is displaced, and what is left for the database.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../tls/fixture.rs"]
mod fixture;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/mod.rs"]
mod support;

mod caps;
mod client;
mod descriptors;
mod log;
mod tls;
