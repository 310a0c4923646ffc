//! Bids that share transactions: the answers and totals are the same for any number of bids and servers.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod batching;
mod limits;
mod repeats;
mod several_projects;

use guildhall::{
    Result,
    account::Viewer,
    bid::{self, Bid, Combiner, Outcome},
    project::ProjectId,
};
use sqlx::{PgPool, Postgres, Transaction};
use std::time::Duration;
use support::eur;

const HOUR: Duration = Duration::from_secs(3600);

/// Places a bid that never counts as a repeated request.
async fn bid(combiner: &Combiner, buyer: &Viewer, project: ProjectId, minor: i64) -> Result<Bid> {
    match bid::place(combiner, buyer, project, eur(minor), None).await? {
        Outcome::Placed(bid) => Ok(bid),
        other => panic!("{other:?}"),
    }
}

/// Locks the project until the returned transaction ends; all bids on it wait.
async fn lock_project(pool: &PgPool, project: ProjectId) -> Transaction<'static, Postgres> {
    let mut tx = pool.begin().await.unwrap();
    sqlx::raw_sql("set local idle_in_transaction_session_timeout = 0")
        .execute(&mut *tx)
        .await
        .unwrap();
    sqlx::query("select id from project where id = $1 for update")
        .bind(project.0)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx
}

/// The number of the project's bids, the number of live ones, and their lowest amount.
async fn totals(pool: &PgPool, project: ProjectId) -> (i64, i64, Option<i64>) {
    sqlx::query_as(
        "select count(*), count(*) filter (where state = 'live'), min(amount_minor) filter (where state = 'live')
         from bid where project_id = $1",
    )
    .bind(project.0)
    .fetch_one(pool)
    .await
    .unwrap()
}
