use super::{
    QuotaKind, QuotaScope, ReachedQuota, rules,
    store::{self, Bucket},
};
use crate::{
    Error, Result,
    account::AccountId,
    origin::Origin,
    store::{Connection, Tx},
};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use std::time::Duration;

/// Counts what is stored, within limits that the operator chooses.
#[derive(Debug, Clone, Copy)]
pub struct Quotas {
    /// How many accounts one address may open at once; three times as many a day. 0 means no limit.
    pub sign_ups_per_address: u32,
    /// True if projects, drafts, programs and tokens are limited.
    pub daily: bool,
}

/// A bucket that an act is counted in.
struct Subject {
    scope: QuotaScope,
    key: Vec<u8>,
}

impl Subject {
    fn new(scope: QuotaScope, name: String) -> Self {
        Self {
            scope,
            key: Sha256::digest(name).to_vec(),
        }
    }
}

impl Quotas {
    /// Counts one act against the account, its address and its network, in the act's own transaction.
    ///
    /// # Errors
    /// `QuotaReached`; the caller must then not commit.
    pub async fn spend(
        &self,
        tx: &mut Tx<'_>,
        kind: QuotaKind,
        account: AccountId,
        origin: Origin,
    ) -> Result<()> {
        if !self.daily {
            return Ok(());
        }
        let [customer, network] = places(origin);
        let account = Subject::new(QuotaScope::Account, format!("account:{}", account.0));
        self.take(tx, kind, &[account, customer, network]).await
    }

    /// Counts one letter that anybody may ask for against the e-mail it goes to, the client's address and its network,
    /// whether or not the e-mail has an account. Each purpose has a bucket of its own for an e-mail, so that nobody can use
    /// up the letters that its owner needs for another one.
    ///
    /// # Errors
    /// `QuotaReached`; the caller must then not commit.
    pub async fn spend_letter(
        &self,
        tx: &mut Tx<'_>,
        purpose: &str,
        email: &str,
        origin: Origin,
    ) -> Result<()> {
        if !self.daily {
            return Ok(());
        }
        let [customer, network] = places(origin);
        let email = Subject::new(QuotaScope::Email, format!("{purpose}:{email}"));
        self.take(tx, QuotaKind::Letter, &[email, customer, network])
            .await
    }

    /// Counts the letter to a new account against the e-mail it goes to. The sign-up itself counts against the client's
    /// address and network ([`Self::begin_sign_up`]).
    ///
    /// # Errors
    /// `QuotaReached`.
    pub async fn spend_letter_of_sign_up(
        &self,
        tx: &mut Tx<'_>,
        purpose: &str,
        email: &str,
    ) -> Result<()> {
        if !self.daily {
            return Ok(());
        }
        let email = Subject::new(QuotaScope::Email, format!("{purpose}:{email}"));
        self.take(tx, QuotaKind::Letter, &[email]).await
    }

    /// Counts one new account against the address and its network, in the transaction that opens it.
    ///
    /// # Errors
    /// `QuotaReached`; the caller must then not commit.
    pub async fn spend_sign_up(&self, tx: &mut Tx<'_>, origin: Origin) -> Result<()> {
        if self.sign_ups_per_address == 0 {
            return Ok(());
        }
        self.take(tx, QuotaKind::SignUp, &places(origin)).await
    }

    /// Counts one new account before it is opened, because hashing the password is the most expensive step.
    ///
    /// # Errors
    /// `QuotaReached`.
    pub async fn begin_sign_up(&self, pool: &PgPool, origin: Origin) -> Result<()> {
        let mut tx: Tx<'_> = pool.begin().await?;
        self.spend_sign_up(&mut tx, origin).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes back the count of [`Self::begin_sign_up`] because no account was opened.
    ///
    /// # Errors
    /// `Busy` or `Unexpected`.
    pub async fn take_back_sign_up(&self, db: &mut Connection, origin: Origin) -> Result<()> {
        let keys = places(origin).map(|subject| subject.key);
        store::refund(db, QuotaKind::SignUp, &keys).await
    }

    async fn take(&self, tx: &mut Tx<'_>, kind: QuotaKind, subjects: &[Subject]) -> Result<()> {
        let keys: Vec<Vec<u8>> = subjects.iter().map(|s| s.key.clone()).collect();
        // Refuse without locks first; most refusals happen here and block nobody.
        self.decide(kind, subjects, &store::read(tx, kind, &keys).await?)?;
        let held = store::lock(tx, kind, &keys).await?;
        let used = self.decide(kind, subjects, &held)?;
        store::fill(tx, kind, &keys, &used).await
    }

    /// The new level of each bucket, in the order of the subjects.
    fn decide(&self, kind: QuotaKind, subjects: &[Subject], held: &[Bucket]) -> Result<Vec<f64>> {
        let decide = |subject: &Subject| {
            let limit = rules::limit(kind, subject.scope, self.sign_ups_per_address);
            let bucket = held.iter().find(|bucket| bucket.subject == subject.key);
            let (used, since) = bucket.map_or((0.0, Duration::ZERO), |b| (b.used, b.since));
            rules::take(limit, used, since).map_err(|retry_after| {
                Error::QuotaReached(ReachedQuota {
                    kind,
                    scope: subject.scope,
                    per_day: limit.per_day,
                    retry_after,
                })
            })
        };
        subjects.iter().map(decide).collect()
    }
}

fn places(origin: Origin) -> [Subject; 2] {
    [
        Subject::new(
            QuotaScope::Customer,
            format!("address:{}", origin.customer()),
        ),
        Subject::new(QuotaScope::Network, format!("network:{}", origin.network())),
    ]
}
