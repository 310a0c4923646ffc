//! Signing in with e-mail and password.
//!
//! - An unknown e-mail takes as long as a known one: one hash. Every attempt is counted before it is verified, so that
//!   parallel attempts can't outrun the count.
//! - A browser with a device cookie for the account has a count of its own. Strangers' failures do not delay it, and
//!   its failures do not delay them.
//! - An owner on a new machine counts as a stranger, but failures from elsewhere do not delay the owner either: they are
//!   counted per e-mail and network. After a hundred failures with one e-mail from anywhere, one failure is enough to make a
//!   network wait, so that a guesser with many networks has one guess from each.
//! - An account whose address is not confirmed opens only in a browser that it knows, which is the one that signed up. Its
//!   password is compared after that of the confirmed account, and a match does not clear the failures, because otherwise
//!   a guesser could clear them by signing up with the same e-mail.
//! - When a signed-in person types the current password, attempts are counted per account, not per e-mail, so strangers
//!   can't use them up.

use super::{
    AccountId, Authenticated, Hasher, PasswordHash, password, rules, rules::Subject, store,
};
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
    /// Set if this browser has signed up or signed in before.
    pub device: Option<DeviceId>,
}

/// Returns the account if the password is right. An unknown e-mail and a wrong password both give `None`, and both take
/// as long as one hash, or two in a browser that signed up with the e-mail and has not confirmed it. Every attempt is
/// counted before it is verified, so that parallel attempts cannot outrun the count; a successful one is forgiven. A
/// device that signed in to this account before has a count of its own: strangers' failures do not make it wait, and its
/// failures do not make strangers wait.
///
/// # Errors
/// `Invalid` for an empty field, `TooManyTries` while the e-mail or the address must wait after too many failures.
pub async fn sign_in(
    pool: &PgPool,
    hasher: &Hasher,
    attempt: &Attempt<'_>,
) -> Result<Option<Authenticated>> {
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
    let authenticated = match judged {
        Ok(authenticated) => authenticated,
        // The password was not verified, so do not count the attempt.
        Err(error) => {
            counted.give_back(pool).await?;
            return Err(error);
        }
    };
    if authenticated.is_some() {
        counted.forgive(pool).await?;
        return Ok(authenticated);
    }
    let authenticated = judge_unconfirmed(pool, hasher, &client, attempt, &password).await?;
    if authenticated.is_some() {
        counted.forgive_address(pool).await?;
    }
    Ok(authenticated)
}

/// What an attempt was counted against.
enum CountedAttempt {
    Device(DeviceId, AccountId),
    Stranger([(Subject, Vec<u8>); 3]),
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
            Self::Stranger([(_, pair), (_, email), (_, address)]) => {
                store::forgive(db, email).await?;
                store::forgive(db, pair).await?;
                // For the address, only this attempt is forgiven: one correct sign-in must not clear guesses at other
                // accounts.
                store::take_back_failure(db, address).await
            }
        }
    }

    /// Forgives only what a stranger's attempt counts against the network address.
    async fn forgive_address(&self, pool: &PgPool) -> Result<()> {
        match self {
            Self::Device(..) => Ok(()),
            Self::Stranger([_, _, (_, address)]) => {
                store::take_back_failure(&mut *pool.acquire().await?, address).await
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
) -> Result<Option<Authenticated>> {
    let known = store::credentials(&mut *pool.acquire().await?, spellings).await?;
    match known {
        Some((authenticated, hash)) => {
            let is_right = hasher.verify(client, password, &hash).await?;
            Ok(is_right.then_some(authenticated))
        }
        None => {
            let hash = decoy_hash(hasher, client).await?;
            hasher.verify(client, password, hash).await?;
            Ok(None)
        }
    }
}

/// The account that this browser signed up with and that has not confirmed the e-mail, if the password is right.
async fn judge_unconfirmed(
    pool: &PgPool,
    hasher: &Hasher,
    client: &Submitter,
    attempt: &Attempt<'_>,
    password: &str,
) -> Result<Option<Authenticated>> {
    let Some(device) = attempt.device else {
        return Ok(None);
    };
    let credentials = {
        let db = &mut *pool.acquire().await?;
        match device::unconfirmed_account(db, device, attempt.email).await? {
            Some(account) => store::credentials_of(db, account).await?,
            None => None,
        }
    };
    let Some((authenticated, hash)) = credentials else {
        return Ok(None);
    };
    let is_right = hasher.verify(client, password, &hash).await?;
    Ok(is_right.then_some(authenticated))
}

/// Counts an attempt at the current password of a signed-in account before it is verified: a thief with a stolen
/// session must not guess faster than at the sign-in form. Strangers who know only the e-mail cannot use up these
/// attempts.
pub(super) async fn count_a_try_of_owner(pool: &PgPool, account: AccountId) -> Result<()> {
    count_a_try(pool, &[(Subject::Owner, owner(account))]).await?;
    Ok(())
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
    count_a_try(pool, &[(Subject::Guesser, guesser(account))]).await?;
    Ok(())
}

/// Takes back one guess because it was right.
pub(crate) async fn take_back_a_guess(db: &mut Connection, account: AccountId) -> Result<()> {
    store::take_back_failure(db, &guesser(account)).await
}

fn guesser(account: AccountId) -> Vec<u8> {
    Sha256::digest(format!("guesser:{}", account.0)).to_vec()
}

/// A code of the second factor that was counted.
pub(crate) struct CountedCode {
    subject: Vec<u8>,
    failures: i32,
}

impl CountedCode {
    /// How many codes in a row were wrong, if this one is.
    pub const fn failures(&self) -> i32 {
        self.failures
    }

    /// Clears the count, because the code was right.
    pub async fn forgive(self, pool: &PgPool) -> Result<()> {
        store::forgive(&mut *pool.acquire().await?, &self.subject).await
    }
}

/// Counts a code of the second factor before it is checked: against a device that has signed in to the account before, or else
/// against the account.
pub(crate) async fn count_a_code(
    pool: &PgPool,
    account: AccountId,
    device: Option<DeviceId>,
) -> Result<CountedCode> {
    let mut key = format!("second factor:{}", account.0);
    if let Some(device) = device
        && device::is_known(&mut *pool.acquire().await?, device, account).await?
    {
        key = format!("{key} device:{}", device.0);
    }
    let subject = Sha256::digest(key).to_vec();
    let failures = count_a_try(pool, &[(Subject::Guesser, subject.clone())]).await?;
    Ok(CountedCode { subject, failures })
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
fn subjects(email: &str, address: IpAddr) -> [(Subject, Vec<u8>); 3] {
    let digest = |text: String| Sha256::digest(text.as_bytes()).to_vec();
    let origin = Origin::of(address);
    let (customer, network) = (origin.customer(), origin.network());
    [
        // Before the e-mail, whose wait depends on it.
        (
            Subject::EmailFromNetwork,
            digest(format!("email:{email} network:{network}")),
        ),
        (Subject::Email, digest(format!("email:{email}"))),
        (Subject::Address, digest(format!("address:{customer}"))),
    ]
}

/// Counts a try against each of the subjects, and returns how many failures the last one then has in a row.
async fn count_a_try(pool: &PgPool, subjects: &[(Subject, Vec<u8>)]) -> Result<i32> {
    let mut tx = pool.begin().await?;
    let mut failures_now = 0;
    let mut since_failed_here = None;
    for (subject, key) in subjects {
        // Everyone locks them in this order, so that no deadlock can occur.
        if let Some((failures, since_last)) = store::failures(&mut tx, key).await? {
            if since_last > rules::FORGOTTEN_AFTER {
                store::forgive(&mut tx, key).await?;
            } else {
                let since = match subject {
                    // However often others failed elsewhere, a network waits for its own failure only.
                    Subject::Email => since_failed_here,
                    _ => Some(since_last),
                };
                let wait = since.and_then(|since| rules::wait(*subject, failures, since));
                if let Some(retry_after) = wait {
                    return Err(Error::TooManyTries { retry_after });
                }
                if *subject == Subject::EmailFromNetwork {
                    since_failed_here = Some(since_last);
                }
            }
        }
        failures_now = store::count_failure(&mut tx, key).await?;
    }
    tx.commit().await?;
    Ok(failures_now)
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
