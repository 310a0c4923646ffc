//! Webhooks, and a worker that posts nothing.

use guildhall::{
    Result,
    account::Viewer,
    event::{Position, consumer},
    notice,
    webhook::{
        self, AttemptId, NewWebhook, QueuePosition, Webhook, WebhookId,
        delivery::{LEASE, WebhookAnswer, WebhookDelivery, WebhookOutcome},
    },
};
use sqlx::PgPool;

pub async fn add(pool: &PgPool, viewer: &Viewer, name: &str, format: &str) -> Result<WebhookId> {
    let url = format!("https://hooks.example.com/{format}/secret");
    let new = NewWebhook::parse(name, format, &url, &"".parse().unwrap())?;
    let mut tx = pool.begin().await?;
    let id = webhook::add(&mut tx, viewer, &new).await?;
    tx.commit().await?;
    Ok(id)
}

pub async fn find(pool: &PgPool, viewer: &Viewer, id: WebhookId) -> Webhook {
    let db = &mut *pool.acquire().await.unwrap();
    webhook::find(db, viewer, id).await.unwrap()
}

/// Queues a test message.
pub async fn test(pool: &PgPool, viewer: &Viewer, id: WebhookId) -> Result<QueuePosition> {
    let mut tx = pool.begin().await?;
    let position = webhook::send_test(&mut tx, viewer, id).await?;
    tx.commit().await?;
    Ok(position)
}

/// Queues the message of a logged attempt.
pub async fn replay(
    pool: &PgPool,
    viewer: &Viewer,
    id: WebhookId,
    attempt: AttemptId,
) -> Result<QueuePosition> {
    let mut tx = pool.begin().await?;
    let position = webhook::replay(&mut tx, viewer, id, attempt).await?;
    tx.commit().await?;
    Ok(position)
}

/// Turns a webhook off, and on at once.
pub async fn turn_off_and_on(pool: &PgPool, viewer: &Viewer, id: WebhookId) {
    let mut tx = pool.begin().await.unwrap();
    webhook::turn_off(&mut tx, viewer, id).await.unwrap();
    tx.commit().await.unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    webhook::turn_on(db, viewer, id).await.unwrap();
}

pub async fn claim(pool: &PgPool, most: i64) -> Vec<WebhookDelivery> {
    let db = &mut *pool.acquire().await.unwrap();
    webhook::claim(db, most).await.unwrap()
}

pub async fn record(pool: &PgPool, delivery: &WebhookDelivery, outcome: WebhookOutcome) -> bool {
    let failed = outcome != WebhookOutcome::Accepted;
    let answer = WebhookAnswer {
        outcome,
        error: failed.then(|| "It answered with an error.".to_owned()),
        ..WebhookAnswer::default()
    };
    let mut tx = pool.begin().await.unwrap();
    let is_ours = webhook::record(&mut tx, delivery, &answer).await.unwrap();
    tx.commit().await.unwrap();
    is_ours
}

pub const FAILED: WebhookOutcome = WebhookOutcome::Failed { retry_after: None };

/// Lets all leases and waits end, as time would.
pub async fn pass_time(pool: &PgPool) {
    sqlx::query(
        // In one order, because several workers do this at once.
        "update webhook w set next_try_at = clock_timestamp() - interval '1 second', claimed_until = claimed_until - make_interval(secs => $1)
         from (select id from webhook order by id for update) ordered where w.id = ordered.id",
    )
    .bind(LEASE.as_secs_f64() + 1.0)
    .execute(pool)
    .await
    .unwrap();
}

/// Tells all that the outbox has, as the consumer does.
pub async fn tell(pool: &PgPool, at: &mut Position) {
    let db = &mut *pool.acquire().await.unwrap();
    let newest: i64 = sqlx::query_scalar("select coalesce(max(id), 0) from outbox")
        .fetch_one(&mut *db)
        .await
        .unwrap();
    // Other tests on the same PostgreSQL hold events back for a moment.
    while at.event < newest {
        let batch = consumer::next(db, *at, notice::EVENTS, 200).await.unwrap();
        let Some(batch) = batch else { continue };
        *at = batch.end;
        let mut tx = pool.begin().await.unwrap();
        notice::tell(&mut tx, &batch.events).await.unwrap();
        tx.commit().await.unwrap();
    }
}
