//! Erasures of accounts on a real PostgreSQL: what they delete, what they leave, and what happens at the same moment.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod fill;
mod races;
mod remains;
mod request;

use guildhall::{
    Result,
    account::Viewer,
    erasure::{self, CarriedOut, ScheduledErasure},
    store::Tx,
};
use sqlx::PgPool;

pub async fn request(pool: &PgPool, viewer: &Viewer) -> Result<ScheduledErasure> {
    let mut tx: Tx<'_> = pool.begin().await?;
    let scheduled = erasure::request(&mut tx, viewer).await?;
    tx.commit().await?;
    Ok(scheduled)
}

/// Lets a week pass for the account's erasure.
pub async fn let_week_pass(pool: &PgPool, viewer: &Viewer) {
    sqlx::query(
        "update erasure set requested_at = requested_at - interval '8 days', due_at = due_at - interval '8 days' where account_id = $1",
    )
    .bind(viewer.account.0)
    .execute(pool)
    .await
    .unwrap();
}

pub async fn carry_out(pool: &PgPool, viewer: &Viewer) -> Result<CarriedOut> {
    let mut tx: Tx<'_> = pool.begin().await?;
    let outcome = erasure::carry_out(&mut tx, viewer.account).await?;
    tx.commit().await?;
    Ok(outcome)
}

/// Requests and carries out an erasure.
pub async fn erase(pool: &PgPool, viewer: &Viewer) {
    request(pool, viewer).await.unwrap();
    let_week_pass(pool, viewer).await;
    assert_eq!(carry_out(pool, viewer).await.unwrap(), CarriedOut::Erased);
}

pub async fn name_and_email(pool: &PgPool, viewer: &Viewer) -> (String, String) {
    sqlx::query_as("select name, email from account where id = $1")
        .bind(viewer.account.0)
        .fetch_one(pool)
        .await
        .unwrap()
}
