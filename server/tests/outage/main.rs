//! What people and programs see while the database does not answer, with a PostgreSQL whose processes are really
//! paused.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod fixture;
mod hang;
mod pages;

#[path = "../support/mod.rs"]
mod support;
