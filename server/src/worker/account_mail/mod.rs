//! Sends e-mails about accounts, such as the one with the link that confirms an address. None waits for another one.

pub(super) mod letter;

use super::{
    LetterWriter,
    outgoing::{OutgoingQueue, Sender},
};
use crate::mail::SendError;
use guildhall::{
    Error, Result,
    account_mail::{self, LetterOutcome, PendingMail},
    store::{Connection, Tx},
};
use sqlx::PgPool;
use std::time::Duration;

/// How many are sent at the same time.
pub(super) const PLACES: usize = 4;

/// The queue of e-mails about accounts.
pub struct AccountMail(LetterWriter);

pub type AccountMailSender = Sender<AccountMail>;

impl AccountMailSender {
    #[must_use]
    pub fn new(pool: PgPool, letters: LetterWriter) -> Self {
        Self::of(pool, AccountMail(letters))
    }
}

impl OutgoingQueue for AccountMail {
    type Entry = PendingMail;
    type Outcome = LetterOutcome;

    const NAME: &'static str = "account mail";
    /// Somebody is waiting for it.
    const POLL: Duration = Duration::from_millis(250);
    const PLACES: usize = PLACES;

    async fn claim(db: &mut Connection, most: i64) -> Result<Vec<PendingMail>> {
        account_mail::claim(db, most).await
    }

    async fn attempt(&self, pool: &PgPool, mail: &PendingMail) -> LetterOutcome {
        let prepared = async {
            let mut tx: Tx<'_> = pool.begin().await?;
            let prepared = account_mail::prepare(&mut tx, mail).await?;
            tx.commit().await?;
            Ok::<_, Error>(prepared)
        };
        let prepared = match prepared.await {
            Ok(Some(prepared)) => prepared,
            Ok(None) => return LetterOutcome::Dropped,
            Err(error) => return LetterOutcome::Failed(error.to_string()),
        };
        let id = format!("account-{}", mail.message);
        let letter = match letter::of(&self.0, id, mail.created_at, &prepared) {
            Ok(letter) => letter,
            Err(problem) => return LetterOutcome::Refused(problem),
        };
        match self.0.mailer().send(&letter).await {
            Ok(_) => LetterOutcome::Sent,
            Err(error) => match error {
                SendError::Temporary(_) => LetterOutcome::Failed(error.to_string()),
                SendError::Misconfigured(_) => LetterOutcome::Postponed(error.to_string()),
                SendError::AddressRefused(_) | SendError::LetterRefused(_) => {
                    LetterOutcome::Refused(error.to_string())
                }
            },
        }
    }

    fn timed_out(error: String) -> LetterOutcome {
        LetterOutcome::Failed(error)
    }

    async fn record(
        db: &mut Connection,
        mail: &PendingMail,
        outcome: &LetterOutcome,
    ) -> Result<bool> {
        account_mail::record(db, &mail.claim, outcome).await
    }

    fn id(mail: &PendingMail) -> String {
        mail.message.to_string()
    }
}
