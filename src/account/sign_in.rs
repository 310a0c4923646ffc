use super::{AccountId, Hasher, PasswordHash, Viewer, password, rules, rules::Subject, store};
use crate::{Error, Result, field::Check, store::Connection, text};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use std::{net::IpAddr, sync::OnceLock};

/// Who it is that knows this e-mail's password; `None` is the one answer for an unknown e-mail and a wrong password,
/// and both take the time of one hash. Every try counts before it is judged, so that tries at once can't outrun the
/// count; a right one is forgiven.
///
/// # Errors
/// `Invalid` for an empty field, `TooManyTries` while the e-mail or the address has to wait after too many failures.
pub async fn sign_in(
    pool: &PgPool,
    hasher: &Hasher,
    email_typed: &str,
    password: &str,
    address: IpAddr,
) -> Result<Option<Viewer>> {
    let (email, password) = parsed(email_typed, password)?;
    let subjects = subjects(&email, address);
    count_a_try(pool, &subjects).await?;
    let judged = judge(pool, hasher, &text::email_spellings(email_typed), &password).await;
    let viewer = match judged {
        Ok(viewer) => viewer,
        // Nothing was found out about the password, so the try is given back.
        Err(error) => {
            give_back(pool, &subjects).await?;
            return Err(error);
        }
    };
    if viewer.is_some() {
        forgive(pool, &subjects).await?;
    }
    Ok(viewer)
}

async fn judge(
    pool: &PgPool,
    hasher: &Hasher,
    spellings: &[String],
    password: &str,
) -> Result<Option<Viewer>> {
    let known = store::credentials(&mut *pool.acquire().await?, spellings).await?;
    match known {
        Some((viewer, hash)) => Ok(hasher.verify(password, &hash).await?.then_some(viewer)),
        None => {
            hasher.verify(password, nobodys(hasher).await?).await?;
            Ok(None)
        }
    }
}

/// Counts a try at the password of a known account before it is judged: who holds a stolen session must not guess faster
/// than somebody at the sign-in.
pub(super) async fn count_a_try_at(pool: &PgPool, email: &str) -> Result<()> {
    let [email, _] = subjects(email, std::net::Ipv4Addr::UNSPECIFIED.into());
    count_a_try(pool, &[email]).await
}

/// Forgives what [`count_a_try_at`] counted.
pub(super) async fn forgive_tries_at(pool: &PgPool, email: &str) -> Result<()> {
    let [(_, email), _] = subjects(email, std::net::Ipv4Addr::UNSPECIFIED.into());
    store::forgive(&mut *pool.acquire().await?, &email).await
}

/// Counts a guess at a short code before it is judged, against the account that guesses.
pub(crate) async fn count_a_guess(pool: &PgPool, account: AccountId) -> Result<()> {
    count_a_try(pool, &[(Subject::Guesser, guesser(account))]).await
}

/// Takes one guess back: it was right.
pub(crate) async fn take_back_a_guess(db: &mut Connection, account: AccountId) -> Result<()> {
    store::take_back_failure(db, &guesser(account)).await
}

fn guesser(account: AccountId) -> Vec<u8> {
    Sha256::digest(format!("guesser:{}", account.0)).to_vec()
}

/// Drops failures so old that they count no more; answers how many.
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

/// What a failure counts against, hashed, so that the table is no list of who signs in from where.
fn subjects(email: &str, address: IpAddr) -> [(Subject, Vec<u8>); 2] {
    let digest = |text: String| Sha256::digest(text.as_bytes()).to_vec();
    [
        (Subject::Email, digest(format!("email:{email}"))),
        (
            Subject::Address,
            digest(format!("address:{}", network(address))),
        ),
    ]
}

/// One IPv4 address, or an IPv6 network of 64 bits: that much is one customer's.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

async fn count_a_try(pool: &PgPool, subjects: &[(Subject, Vec<u8>)]) -> Result<()> {
    let mut tx = pool.begin().await?;
    for (subject, key) in subjects {
        // Locked in one order, the e-mail first, by everybody.
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

async fn forgive(pool: &PgPool, subjects: &[(Subject, Vec<u8>); 2]) -> Result<()> {
    let db = &mut *pool.acquire().await?;
    let [(_, email), (_, address)] = subjects;
    store::forgive(db, email).await?;
    // An address is forgiven this try only: one good account must not pay for guesses at the others.
    store::take_back_failure(db, address).await
}

async fn give_back(pool: &PgPool, subjects: &[(Subject, Vec<u8>)]) -> Result<()> {
    let db = &mut *pool.acquire().await?;
    for (_, subject) in subjects {
        store::take_back_failure(db, subject).await?;
    }
    Ok(())
}

/// The hash of a password nobody has, so that an unknown e-mail costs the time of a known one.
async fn nobodys(hasher: &Hasher) -> Result<&'static PasswordHash> {
    static HASH: OnceLock<PasswordHash> = OnceLock::new();
    match HASH.get() {
        Some(hash) => Ok(hash),
        None => {
            let hash = hasher.hash("nobody's password, ever").await?;
            Ok(HASH.get_or_init(|| hash))
        }
    }
}
