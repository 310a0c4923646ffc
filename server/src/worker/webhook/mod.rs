//! Posts notices to webhooks and browsers: the lowest message of each that is due.
//!
//! A failed message is tried again after a growing wait, before any later one of its webhook. After the last try the
//! webhook is parked until its owner or an operator has it sent again. A receiver that is gone ends it.

mod body;
mod client;
mod push;
mod resolver;
mod retry_after;

pub use client::WebhookClient;
pub use resolver::{Lookup, system_lookup};

use super::outgoing::{OutgoingQueue, Sender};
use guildhall::{
    Result,
    store::Connection,
    webhook::{
        self,
        delivery::{WebhookAnswer, WebhookDelivery},
    },
};
use sqlx::{Connection as _, PgPool};
use std::time::Duration;

/// The queues of webhooks.
pub struct Webhooks(WebhookClient);

pub type WebhookSender = Sender<Webhooks>;

impl WebhookSender {
    #[must_use]
    pub fn new(pool: PgPool, client: WebhookClient) -> Self {
        Self::of(pool, Webhooks(client))
    }
}

impl OutgoingQueue for Webhooks {
    type Entry = WebhookDelivery;
    type Outcome = WebhookAnswer;

    const NAME: &'static str = "webhooks";
    const POLL: Duration = Duration::from_millis(500);
    /// An attempt holds no connection to the database.
    const PLACES: usize = 32;

    async fn claim(db: &mut Connection, most: i64) -> Result<Vec<WebhookDelivery>> {
        webhook::claim(db, most).await
    }

    async fn attempt(&self, pool: &PgPool, delivery: &WebhookDelivery) -> WebhookAnswer {
        self.0.post(pool, delivery).await
    }

    fn timed_out(error: String) -> WebhookAnswer {
        client::failed(error)
    }

    async fn record(
        db: &mut Connection,
        delivery: &WebhookDelivery,
        answer: &WebhookAnswer,
    ) -> Result<bool> {
        let mut tx = db.begin().await?;
        let is_ours = webhook::record(&mut tx, delivery, answer).await?;
        tx.commit().await?;
        Ok(is_ours)
    }

    fn id(delivery: &WebhookDelivery) -> String {
        delivery.id.to_string()
    }
}
