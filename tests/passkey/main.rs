//! Passkeys: each challenge is answered once, in its session, and a passkey opens only its own account.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../../server/tests/support/passkeys.rs"]
mod device;
#[path = "../support/mod.rs"]
mod support;

mod add;
mod fixture;
mod sign_in;
