//! Signing in with e-mail and password.
//!
//! - An unknown e-mail takes as long as a known one: one hash. Every attempt is counted before it is verified, so that
//!   parallel attempts can't outrun the count.
//! - A browser with a device cookie for the account has a count of its own. Strangers' failures do not delay it, and
//!   its failures do not delay them.
//! - An owner on a new machine counts as a stranger. So somebody who deliberately fails with the owner's e-mail still
//!   delays the owner, by up to a minute per attempt. Signing in with a provider avoids that.
//! - When a signed-in person types the current password, attempts are counted per account, not per e-mail, so strangers
//!   can't use them up.

use super::{AccountId, Hasher, PasswordHash, Viewer, password, rules, rules::Subject, store};
use crate::{
    Error, Result,
    device::{self, DeviceId},
    fairness::Submitter,
    field::Check,
    origin::Origin,
    store::Connection,
    text,
};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use std::{net::IpAddr, sync::OnceLock};

/// A sign-in attempt, with what is known about the client.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    pub email: &'a str,
    pub password: &'a str,
    pub address: IpAddr,
    /// Set if this browser has signed in to any account before.
    pub device: Option<DeviceId>,
}

/// Returns the account if the password is right. An unknown e-mail and a wrong password both give `None`, and both take
/// as long as one hash. Every attempt is counted before it is verified, so that parallel attempts cannot outrun the
/// count; a successful one is forgiven. A device that signed in to this account before has a count of its own:
/// strangers' failures do not make it wait, and its failures do not make strangers wait.
///
/// # Errors
/// `Invalid` for an empty field, `TooManyTries` while the e-mail or the address must wait after too many failures.
pub async fn sign_in(
    pool: &PgPool,
    hasher: &Hasher,
    attempt: &Attempt<'_>,
) -> Result<Option<Viewer>> {
    let (email, password) = parsed(attempt.email, attempt.password)?;
    let counted = count(pool, &email, attempt).await?;
    let client = match &counted {
        CountedAttempt::Device(_, account) => Submitter::known(attempt.address, *account),
        CountedAttempt::Stranger(_) => Submitter::stranger(attempt.address),
    };
    let judged = judge(
        pool,
        hasher,
        &client,
        &text::email_spellings(attempt.email),
        &password,
    )
    .await;
    let viewer = match judged {
        Ok(viewer) => viewer,
        // The password was not verified, so do not count the attempt.
        Err(error) => {
            counted.give_back(pool).await?;
            return Err(error);
        }
    };
    if viewer.is_some() {
        counted.forgive(pool).await?;
    }
    Ok(viewer)
}

/// What an attempt was counted against.
enum CountedAttempt {
    Device(DeviceId, AccountId),
    Stranger([(Subject, Vec<u8>); 2]),
}

async fn count(pool: &PgPool, email: &str, attempt: &Attempt<'_>) -> Result<CountedAttempt> {
    if let Some(device) = attempt.device {
        let db = &mut *pool.acquire().await?;
        if let Some(account) = device::count_a_try(db, device, email).await? {
            return Ok(CountedAttempt::Device(device, account));
        }
    }
    let subjects = subjects(email, attempt.address);
    count_a_try(pool, &subjects).await?;
    Ok(CountedAttempt::Stranger(subjects))
}

impl CountedAttempt {
    async fn give_back(&self, pool: &PgPool) -> Result<()> {
        let db = &mut *pool.acquire().await?;
        match self {
            Self::Device(device, account) => device::take_back_a_try(db, *device, *account).await,
            Self::Stranger(subjects) => {
                for (_, subject) in subjects {
                    store::take_back_failure(db, subject).await?;
                }
                Ok(())
            }
        }
    }

    async fn forgive(&self, pool: &PgPool) -> Result<()> {
        let db = &mut *pool.acquire().await?;
        match self {
            Self::Device(device, account) => device::forgive(db, *device, *account).await,
            Self::Stranger([(_, email), (_, address)]) => {
                store::forgive(db, email).await?;
                // For the address, only this attempt is forgiven: one correct sign-in must not clear guesses at other
                // accounts.
                store::take_back_failure(db, address).await
            }
        }
    }
}

async fn judge(
    pool: &PgPool,
    hasher: &Hasher,
    client: &Submitter,
    spellings: &[String],
    password: &str,
) -> Result<Option<Viewer>> {
    let known = store::credentials(&mut *pool.acquire().await?, spellings).await?;
    match known {
        Some((viewer, hash)) => {
            let is_right = hasher.verify(client, password, &hash).await?;
            Ok(is_right.then_some(viewer))
        }
        None => {
            let hash = decoy_hash(hasher, client).await?;
            hasher.verify(client, password, hash).await?;
            Ok(None)
        }
    }
}

/// Counts an attempt at the current password of a signed-in account before it is verified: a thief with a stolen
/// session must not guess faster than at the sign-in form. Strangers who know only the e-mail cannot use up these
/// attempts.
pub(super) async fn count_a_try_of_owner(pool: &PgPool, account: AccountId) -> Result<()> {
    count_a_try(pool, &[(Subject::Owner, owner(account))]).await
}

/// Clears the count kept by [`count_a_try_of_owner`].
pub(super) async fn forgive_owner(pool: &PgPool, account: AccountId) -> Result<()> {
    store::forgive(&mut *pool.acquire().await?, &owner(account)).await
}

fn owner(account: AccountId) -> Vec<u8> {
    Sha256::digest(format!("owner:{}", account.0)).to_vec()
}

/// Counts a guess at a short code against the guessing account before the code is checked.
pub(crate) async fn count_a_guess(pool: &PgPool, account: AccountId) -> Result<()> {
    count_a_try(pool, &[(Subject::Guesser, guesser(account))]).await
}

/// Takes back one guess because it was right.
pub(crate) async fn take_back_a_guess(db: &mut Connection, account: AccountId) -> Result<()> {
    store::take_back_failure(db, &guesser(account)).await
}

fn guesser(account: AccountId) -> Vec<u8> {
    Sha256::digest(format!("guesser:{}", account.0)).to_vec()
}

/// Deletes failures that no longer count and returns how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_old_failures(db: &mut Connection) -> Result<u64> {
    store::forget_failures(db, rules::FORGOTTEN_AFTER.as_secs_f64()).await
}

fn parsed(email: &str, password: &str) -> Result<(String, String)> {
    let mut check = Check::default();
    let email = check.take("email", rules::email(email));
    let password = check.take("password", password::typed(password));
    check.finish()?;
    email
        .zip(password)
        .ok_or_else(|| Error::Invalid(Vec::new()))
}

/// The keys that failures are counted under. They are hashed so that the table does not list who signs in from where.
fn subjects(email: &str, address: IpAddr) -> [(Subject, Vec<u8>); 2] {
    let digest = |text: String| Sha256::digest(text.as_bytes()).to_vec();
    [
        (Subject::Email, digest(format!("email:{email}"))),
        (
            Subject::Address,
            digest(format!("address:{}", Origin::of(address).customer())),
        ),
    ]
}

async fn count_a_try(pool: &PgPool, subjects: &[(Subject, Vec<u8>)]) -> Result<()> {
    let mut tx = pool.begin().await?;
    for (subject, key) in subjects {
        // Everyone locks the e-mail first, then the address, so that no deadlock can occur.
        if let Some((failures, since_last)) = store::failures(&mut tx, key).await? {
            if since_last > rules::FORGOTTEN_AFTER {
                store::forgive(&mut tx, key).await?;
            } else if let Some(wait) = rules::delay(*subject, failures)
                .checked_sub(since_last)
                .filter(|w| !w.is_zero())
            {
                return Err(Error::TooManyTries { retry_after: wait });
            }
        }
        store::count_failure(&mut tx, key).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The hash of a password nobody has, so that an unknown e-mail takes as long as a known one.
async fn decoy_hash(hasher: &Hasher, client: &Submitter) -> Result<&'static PasswordHash> {
    static HASH: OnceLock<PasswordHash> = OnceLock::new();
    match HASH.get() {
        Some(hash) => Ok(hash),
        None => {
            let hash = hasher.hash(client, "nobody's password, ever").await?;
            Ok(HASH.get_or_init(|| hash))
        }
    }
}
