//! Posting, finding and showing projects through the pages, and which requests are refused.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../api/client.rs"]
mod client;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/mod.rs"]
mod support;

mod confirmation;
mod dashboard;
mod deadline;
mod export;
mod form;
mod layout;
mod list;
mod live_reload;
mod low_bid;
mod page;
mod review;
mod roles;
mod scripts;
mod search;
mod staircase;
mod typed;
mod undo;
mod win;
