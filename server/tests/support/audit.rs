//! The consumer that records security-relevant acts.

use guildhall::audit::EVENTS;
use server::worker::{Audit, Runner, TurnResult};
use sqlx::PgPool;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Starts the consumer, which records only what happens from then on.
pub async fn start_recording(pool: &PgPool) {
    let mut runner = Runner::new(pool, &Audit);
    while !matches!(runner.turn().await.unwrap(), TurnResult::Idle) {}
}

/// Records the events so far. None is read while another test's transaction is running in the same cluster.
pub async fn record(pool: &PgPool) {
    let kinds: Vec<String> = EVENTS.iter().map(|kind| kind.name().to_owned()).collect();
    let waiting = "select count(*) from outbox
        where kind = any ($1) and not exists (select from audit_entry where event_id = outbox.id)";
    let mut runner = Runner::new(pool, &Audit);
    timeout(Duration::from_secs(60), async {
        let count = async || {
            let count = sqlx::query_scalar::<_, i64>(waiting).bind(&kinds);
            count.fetch_one(pool).await.unwrap()
        };
        while count().await > 0 {
            if matches!(runner.turn().await.unwrap(), TurnResult::Idle) {
                sleep(Duration::from_millis(20)).await;
            }
        }
    })
    .await
    .expect("every event is recorded");
}
