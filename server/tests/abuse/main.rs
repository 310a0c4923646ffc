//! What floods and strangers cannot do: lock people out, displace them, or fill the database.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod device;
mod drafting;
mod fixture;
mod flood;
mod quota;
mod sign_up;
