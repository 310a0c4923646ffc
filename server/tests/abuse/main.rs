//! What floods and strangers can't do: keep people out, push them out, or fill the database.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod device;
mod drafting;
mod flood;
mod given;
mod quota;
mod sign_up;
