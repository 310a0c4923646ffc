//! Signing in through honest and dishonest providers.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/provider.rs"]
mod provider;
#[path = "../support/mod.rs"]
mod support;

mod fixture;
mod flow;
mod github;
mod id_token;
mod link;
mod proof;
mod second_factor;
mod sign_in;
mod sign_in_failure;
