//! Forms that have one effect, however often and whichever way they are sent.

use guildhall::{
    Refusal, Result,
    account::AccountId,
    receipt::{self, Mark, Once},
    store::Pool,
};
use serde::{Serialize, de::DeserializeOwned};

/// How a form begins.
pub enum Begun<'c, T> {
    First(Once<'c, T>),
    /// It was carried out before; this came of it.
    Repeated(T),
}

/// The mark of a form by the key that its page was shown with, the function's name and its arguments.
///
/// # Errors
/// `Refused(StalePage)` for a key that no page of ours has.
pub(super) fn mark(
    account: AccountId,
    form_key: &str,
    function: &str,
    arguments: &impl Serialize,
) -> Result<Mark> {
    let key = form_key.parse().map_err(|_| Refusal::StalePage)?;
    Mark::form(account, key, function, arguments)
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
        receipt::Begun::First(once) => Ok(Begun::First(once)),
        receipt::Begun::Repeated(receipt) => Ok(Begun::Repeated(receipt.outcome?)),
        receipt::Begun::Conflict(_) => Err(Refusal::StalePage.into()),
    }
}
