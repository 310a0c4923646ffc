//! The REST API through the real router, with clients that only speak HTTP.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod account;
mod amounts;
mod cache;
mod client;
mod contract;
mod document;
mod encoding;
mod examples;
mod feed;
mod fulfillment;
mod headers;
mod idempotency;
mod limits;
mod members;
mod note;
mod pages;
mod problems;
mod slash;
mod staleness;
