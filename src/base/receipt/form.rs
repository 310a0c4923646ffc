//! Forms that have one effect, however often and whichever way they are sent.

use super::{Mark, Once, Refusal};
use crate::{Result, account::AccountId, store::Pool};
use serde::{Serialize, de::DeserializeOwned};

/// How a form begins.
pub enum Begun<'c, T> {
    First(Once<'c, T>),
    /// It was carried out before; this came of it.
    Repeated(T),
}

/// The mark of a form by the key that its page was shown with, what it does (`verb`) and with which arguments.
///
/// # Errors
/// `Refused(StalePage)` for a key that no page of ours has.
pub fn mark(
    account: AccountId,
    form_key: &str,
    verb: &str,
    arguments: &(impl Serialize + ?Sized),
) -> Result<Mark> {
    let key = form_key.parse().map_err(|_| Refusal::StalePage)?;
    Mark::form(account, key, verb, arguments)
}

/// Begins the transaction that a form is carried out in once.
///
/// # Errors
/// `Refused(StalePage)` where an older version of the server may have carried the form out; `Busy` or `Unexpected`.
pub async fn begin<'c, T: Serialize + DeserializeOwned>(
    pool: &Pool,
    mark: Mark,
) -> Result<Begun<'c, T>> {
    match Once::begin(pool, Some(mark)).await? {
        super::Begun::First(once) => Ok(Begun::First(once)),
        super::Begun::Repeated(receipt) => Ok(Begun::Repeated(receipt.outcome?)),
        super::Begun::Conflict(_) => Err(Refusal::StalePage.into()),
    }
}
