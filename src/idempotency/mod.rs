//! Requests that may be sent again: the first answer is kept under the key that the caller gave, and given again.
//! Invariant: a request with a key has one effect at most, and the answer is kept in the transaction of that effect.
//! Ends where the effect is: the verb runs in the same transaction.

mod batch;
mod store;

pub(crate) use batch::{Kept, keep_all, kept};

use crate::{Result, account::AccountId, store::Connection};
use sha2::{Digest, Sha256};

/// The longest key, in characters.
pub const LONGEST_KEY: usize = 255;

/// What makes two requests the same: who sends it, its key, and the hash of what it says.
#[derive(Debug, Clone)]
pub struct Mark {
    account: AccountId,
    key: String,
    request_hash: Vec<u8>,
}

impl Mark {
    /// The mark of a request of this method and path with this body. `None` for a key that is empty, too long or not
    /// plain ASCII.
    #[must_use]
    pub fn new(
        account: AccountId,
        key: &str,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Option<Self> {
        let plain = (1..=LONGEST_KEY).contains(&key.len())
            && key.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        let mut hash = Sha256::new();
        for part in [method.as_bytes(), path.as_bytes(), body] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        plain.then(|| Self {
            account,
            key: key.to_owned(),
            request_hash: hash.finalize().to_vec(),
        })
    }
}

/// An answer as it was given: status, headers and body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// How a request with this mark stands.
#[derive(Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody sent it in the last 24 hours; until this transaction ends it is running.
    First,
    /// The same request is being carried out at this moment.
    Running,
    Answered(Answer),
    /// The key was used for another request.
    OtherRequest,
}

/// Claims the mark for this transaction.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn claim(db: &mut Connection, mark: &Mark) -> Result<Standing> {
    // Two statements: the second sees what whoever held the lock before has committed.
    if !store::lock(db, mark).await? {
        return Ok(Standing::Running);
    }
    Ok(match store::kept(db, mark).await? {
        None => Standing::First,
        Some((request_hash, _)) if request_hash != mark.request_hash => Standing::OtherRequest,
        Some((_, answer)) => Standing::Answered(answer),
    })
}

/// Keeps the answer, in the transaction that claimed the mark.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn keep(db: &mut Connection, mark: &Mark, answer: &Answer) -> Result<()> {
    store::keep(db, mark, answer).await
}

/// Forgets up to a thousand answers that are older than a day; answers how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_old(db: &mut Connection) -> Result<u64> {
    store::forget_old(db).await
}

/// Marks the point before the effect in the transaction that claimed a mark.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn mark_point(db: &mut Connection) -> Result<()> {
    store::mark_point(db).await
}

/// Takes back whatever was done since [`mark_point`]; the claim stays.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn back_to_point(db: &mut Connection) -> Result<()> {
    store::back_to_point(db).await
}
