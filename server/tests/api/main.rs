//! The REST API through the real router, by clients that only speak HTTP.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod amounts;
mod client;
mod contract;
mod document;
mod documented;
mod feed;
mod limits;
mod once;
mod own;
mod pages;
mod problems;
mod seen;
