//! Idempotency: recognizes a request that is sent again, and answers it with the outcome of the first.
//!
//! A person presses a button twice, or goes back and presses it again. A program repeats a request whose answer it
//! lost. Forms and API calls are treated alike, except in the three ways that `mark` lists.
//!
//! Invariant: a request with a mark has at most one effect, and its receipt is stored in the transaction of that
//! effect. A crash leaves both or neither.
//!
//! - A *mark* identifies the request. A *receipt* records its outcome in the domain's terms: the bid, the project's
//!   number, or why it was refused. It is valid for 24 hours (table `receipt`).
//! - A receipt knows nothing of HTTP. The handler renders the answer to a repeated request from the receipt, and it is
//!   the same as the first one. The receipt's reference is the first request's id, which a problem's `instance` names.
//! - Outcomes that may differ the next time (`Busy`, a quota, a full disk) are never stored.
//! - If a receipt can't be read, because another version stored it, the request is not carried out again: a call is
//!   refused as `conflict`, a form as an outdated page.
//! - Handlers use `Once`. Bids use `claim_all` and `keep_all`, which serve all bids of a transaction at once.

mod denial;
pub mod form;
mod legacy;
mod mark;
mod once;
mod refusal;
mod store;

pub use denial::Denial;
pub use mark::{LONGEST_KEY, Mark};
pub use once::{Once, WriteStart};
pub use refusal::Refusal;
pub(crate) use store::keep_all;

use crate::{Result, store::Connection};
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// How long a receipt is kept, in hours.
pub const KEPT_HOURS: i32 = 24;

/// The result of a request processed in the last 24 hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt<T> {
    pub outcome: Result<T, Denial>,
    /// The reference of the processed request in logs and answers, if it had one.
    pub reference: Option<Uuid>,
}

/// Why a request can be neither processed nor answered from its receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// The request's key was used for a different request.
    OtherRequest,
    /// The same request is being processed right now.
    StillRunning,
    /// The request was processed by a version of the server whose receipts this one cannot read.
    Unreadable,
}

/// What the receipts say about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimResult<T> {
    /// No receipt: the request is new.
    First,
    /// The request was processed before.
    Repeated(Receipt<T>),
    Conflict(Conflict),
}

/// Claims the mark until the transaction ends. If a form with the same key is being processed, waits until it is done;
/// an API call gets `StillRunning` instead.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn claim<T: DeserializeOwned>(
    db: &mut Connection,
    mark: &Mark,
) -> Result<ClaimResult<T>> {
    if !mark.is_call() {
        store::lock(db, mark).await?;
    }
    let known = claim_all(db, &[mark]).await?.pop();
    Ok(match known.unwrap_or(ClaimResult::First) {
        ClaimResult::First => match legacy::conflict(db, mark).await? {
            Some(conflict) => ClaimResult::Conflict(conflict),
            None => ClaimResult::First,
        },
        known => known,
    })
}

/// Claims the marks of API calls until the transaction ends, without waiting. Marks of forms are only looked up: the caller
/// already holds a lock that keeps two requests with the same mark from running at the same time.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(crate) async fn claim_all<T: DeserializeOwned>(
    db: &mut Connection,
    marks: &[&Mark],
) -> Result<Vec<ClaimResult<T>>> {
    if marks.is_empty() {
        return Ok(Vec::new());
    }
    let calls: Vec<usize> = (0..marks.len())
        .filter(|place| marks[*place].is_call())
        .collect();
    let locked = if calls.is_empty() {
        Vec::new()
    } else {
        let calls: Vec<&Mark> = calls.iter().map(|place| marks[*place]).collect();
        store::try_lock_all(db, &calls).await?
    };
    // A separate statement, so that it sees what the previous lock holders committed.
    let mut known = store::load(db, marks).await?;
    for (place, is_ours) in calls.into_iter().zip(locked) {
        if !is_ours {
            known[place] = ClaimResult::Conflict(Conflict::StillRunning);
        }
    }
    Ok(known)
}

/// Deletes up to a thousand receipts older than a day, and as many rows of each older table; returns how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_old(db: &mut Connection) -> Result<u64> {
    Ok(store::forget_old(db).await? + legacy::forget_old(db).await?)
}
