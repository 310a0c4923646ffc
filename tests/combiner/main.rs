//! Bids that share transactions: the same answers, the same books, however many come and however many servers decide.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod again;
mod apart;
mod limits;
mod together;

use guildhall::{
    Result,
    account::Viewer,
    bid::{Bid, Combiner, Once, Outcome},
    project::ProjectId,
};
use sqlx::PgPool;
use std::time::Duration;
use support::eur;

const HOUR: Duration = Duration::from_secs(3600);

/// A bid that is another one each time that it comes.
async fn bid(combiner: &Combiner, buyer: &Viewer, project: ProjectId, minor: i64) -> Result<Bid> {
    match combiner
        .place(buyer, project, eur(minor), Once::Never)
        .await?
    {
        Outcome::Placed(bid) => Ok(bid),
        other => panic!("{other:?}"),
    }
}

/// What is in the books of the project: how many bids, how many live ones, and the lowest of those.
async fn books(pool: &PgPool, project: ProjectId) -> (i64, i64, Option<i64>) {
    sqlx::query_as(
        "select count(*), count(*) filter (where state = 'live'), min(amount_minor) filter (where state = 'live')
         from bid where project_id = $1",
    )
    .bind(project.0)
    .fetch_one(pool)
    .await
    .unwrap()
}
