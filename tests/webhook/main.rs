//! Webhooks on a real PostgreSQL: who has them, what is posted to them, and in which order.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod browser;
mod by_hand;
mod delivery;
mod fixture;
mod owner;
