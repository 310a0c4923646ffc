//! Consumers of the outbox on a real PostgreSQL: each event is handled once and in order, retried, parked, and retried
//! or skipped by command.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod award_check;
mod command;
mod failure;
mod given;
mod order;
