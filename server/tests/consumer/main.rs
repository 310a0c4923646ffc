//! Consumers of the outbox on a real PostgreSQL: each event is handled once and in order; if it keeps failing, it is
//! parked until an operator retries or skips it.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod audit;
mod award_check;
mod command;
mod failure;
mod fixture;
mod order;
