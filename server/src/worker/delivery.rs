//! Sends notices by mail: the lowest notice of each queue that is due.
//!
//! A failed notice is tried again after a growing wait, before any later one of its queue. After the last try, or if the
//! address does not exist, the queue is parked until its owner or an operator has it sent again.

use super::{
    account_mail,
    letter::LetterWriter,
    outgoing::{OutgoingQueue, Sender},
};
use crate::mail::{MAX_CONNECTIONS, SendError};
use guildhall::{
    Result,
    notice::{
        self,
        delivery::{Delivery, DeliveryOutcome},
    },
    store::Connection,
};
use sqlx::PgPool;
use std::time::Duration;

/// The queues of notices.
pub struct NoticeMail(LetterWriter);

pub type NoticeSender = Sender<NoticeMail>;

impl NoticeSender {
    #[must_use]
    pub fn new(pool: PgPool, letters: LetterWriter) -> Self {
        Self::of(pool, NoticeMail(letters))
    }
}

impl OutgoingQueue for NoticeMail {
    type Entry = Delivery;
    type Outcome = DeliveryOutcome;

    const NAME: &'static str = "notices";
    const POLL: Duration = Duration::from_millis(500);
    /// With the e-mails about accounts, as many as there are connections to the relay, so that none waits for one.
    const PLACES: usize = MAX_CONNECTIONS - account_mail::PLACES;

    async fn claim(db: &mut Connection, most: i64) -> Result<Vec<Delivery>> {
        notice::claim(db, most).await
    }

    async fn attempt(&self, pool: &PgPool, delivery: &Delivery) -> DeliveryOutcome {
        let letter = match self.0.of(pool, delivery).await {
            Ok(letter) => letter,
            Err(refused) => return refused,
        };
        match self.0.mailer().send(&letter).await {
            Ok(_) => DeliveryOutcome::Sent,
            Err(error) => match error {
                SendError::Temporary(_) => DeliveryOutcome::Failed(error.to_string()),
                SendError::Misconfigured(_) => DeliveryOutcome::Postponed(error.to_string()),
                SendError::AddressRefused(_) => DeliveryOutcome::Unreachable(error.to_string()),
                SendError::LetterRefused(_) => DeliveryOutcome::Refused(error.to_string()),
            },
        }
    }

    fn timed_out(error: String) -> DeliveryOutcome {
        DeliveryOutcome::Failed(error)
    }

    async fn record(
        db: &mut Connection,
        delivery: &Delivery,
        outcome: &DeliveryOutcome,
    ) -> Result<bool> {
        notice::record(db, &delivery.claim, outcome).await
    }

    fn id(delivery: &Delivery) -> String {
        delivery.id.to_string()
    }
}
