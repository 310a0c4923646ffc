//! Who is told what, once, and in which order.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod auction;
mod auction_end;
mod delivery;
mod fixture;
mod held_mail;
mod inbox;
mod saved_search;
mod schedule;
mod watch;
