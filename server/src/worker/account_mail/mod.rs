//! Sends letters about accounts, such as the one with the link that confirms an address.
//!
//! Like notices, they are claimed with a lease, sent while no transaction is open, and tried again after a failure. Each
//! letter is on its own: none waits for another one.

mod letter;

use super::LetterWriter;
use crate::mail::SendError;
use guildhall::{
    Error, Result,
    account_mail::{self, LetterOutcome, PendingMail},
    store::Tx,
};
use sqlx::PgPool;
use std::time::Duration;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// How often an idle worker looks for a letter: somebody is waiting for it.
const POLL: Duration = Duration::from_millis(250);
/// How many letters are sent at the same time.
const PLACES: usize = 4;
/// How long one attempt may take: less than the claim's lease.
const BOUND: Duration = Duration::from_secs(120);
/// How long a worker waits for the database: a silently dead connection must not stop it.
const DATABASE_BOUND: Duration = Duration::from_secs(10);

/// Sends until `stop`, and then lets the attempts in progress end.
pub(super) async fn send_all(pool: &PgPool, letters: LetterWriter, stop: &CancellationToken) {
    let sender = AccountMailSender::new(pool.clone(), letters);
    let mut running = JoinSet::new();
    while !stop.is_cancelled() {
        while running.try_join_next().is_some() {}
        let free = PLACES - running.len();
        if let Err(error) = sender.begin(&mut running, free).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "cannot read which letters are to be sent; retrying"
            );
        }
        tokio::select! {
            () = sleep(POLL) => {}
            Some(_) = running.join_next() => {}
            () = stop.cancelled() => {}
        }
    }
    running.join_all().await;
}

/// Sends letters about accounts.
pub struct AccountMailSender {
    pool: PgPool,
    letters: LetterWriter,
}

impl AccountMailSender {
    #[must_use]
    pub const fn new(pool: PgPool, letters: LetterWriter) -> Self {
        Self { pool, letters }
    }

    /// Claims up to `most` letters and begins to send them. Returns how many.
    async fn begin(&self, running: &mut JoinSet<()>, most: usize) -> Result<usize> {
        if most == 0 {
            return Ok(0);
        }
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let claimed = timeout(DATABASE_BOUND, async {
            account_mail::claim(&mut *self.pool.acquire().await?, most).await
        });
        let claimed = claimed.await.map_err(Error::unexpected)??;
        let count = claimed.len();
        for mail in claimed {
            let (pool, letters) = (self.pool.clone(), self.letters.clone());
            running.spawn(async move { send(&pool, &letters, &mail).await });
        }
        Ok(count)
    }

    /// Sends up to four letters that are due, and returns how many once all attempts have ended.
    ///
    /// # Errors
    /// `Busy` or `Unexpected` if the database does not answer.
    pub async fn pass(&self) -> Result<usize> {
        let mut running = JoinSet::new();
        let count = self.begin(&mut running, PLACES).await?;
        running.join_all().await;
        Ok(count)
    }
}

/// Sends one letter and records the outcome. If that fails, the claim ends with its lease, and the letter is sent again.
async fn send(pool: &PgPool, letters: &LetterWriter, mail: &PendingMail) {
    let outcome = match timeout(BOUND, attempt(pool, letters, mail)).await {
        Ok(outcome) => outcome,
        Err(_) => LetterOutcome::Failed(format!("it took longer than {} s", BOUND.as_secs())),
    };
    let recorded = timeout(DATABASE_BOUND, async {
        account_mail::record(&mut *pool.acquire().await?, &mail.claim, &outcome).await
    });
    let recorded = recorded.await.map_err(Error::unexpected).flatten();
    match recorded {
        Ok(true) => {}
        Ok(false) => tracing::warn!(
            letter = %mail.message,
            "another worker has taken over a letter; it may be sent twice"
        ),
        Err(error) => tracing::error!(
            error = &error as &dyn std::error::Error,
            letter = %mail.message,
            "cannot record what came of sending a letter; it will be sent again"
        ),
    }
}

async fn attempt(pool: &PgPool, letters: &LetterWriter, mail: &PendingMail) -> LetterOutcome {
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
    let letter = match letter::of(letters, mail, &prepared) {
        Ok(letter) => letter,
        Err(problem) => return LetterOutcome::Refused(problem),
    };
    match letters.mailer().send(&letter).await {
        Ok(_) => LetterOutcome::Sent,
        Err(error @ (SendError::Temporary(_) | SendError::Misconfigured(_))) => {
            LetterOutcome::Failed(error.to_string())
        }
        Err(error @ (SendError::AddressRefused(_) | SendError::LetterRefused(_))) => {
            LetterOutcome::Refused(error.to_string())
        }
    }
}
