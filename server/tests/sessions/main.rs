//! Signing up, in and out, and how these are protected against misuse.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod clock;
mod confirmation;
mod contact;
mod cookies;
mod erasure;
mod export;
mod history;
mod origin;
mod passkey;
mod password;
mod privacy;
mod reset;
mod saved_form;
mod second_factor;
mod security_log;
mod session;
mod sign_in;
mod sign_up;
mod spelling;
mod unconfirmed;
mod undo_email_change;
