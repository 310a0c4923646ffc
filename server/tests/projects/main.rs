//! Posting, finding and showing projects through the pages, and which requests are refused.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../api/client.rs"]
mod client;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/mod.rs"]
mod support;

mod calculator;
mod confirmation;
mod dashboard;
mod deadline;
mod export;
mod filters;
mod form;
mod fulfillment;
mod input;
mod layout;
mod list;
mod live_reload;
mod low_bid;
mod next_steps;
mod note;
mod page;
mod repost;
mod review;
mod roles;
mod scripts;
mod search;
mod snapshot;
mod staircase;
mod undo;

use sqlx::PgPool;
use support::{Client, site};

/// Two buyers, and the path of a project with a budget of 1000.00.
async fn scene(pool: &PgPool) -> (Client, Client, String) {
    let site = site(pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let other = Client::member(&site, "buyer", "otto@example.com").await;
    let path = seller.publish(pool, "A new shop window", 3600).await;
    (buyer, other, path)
}
