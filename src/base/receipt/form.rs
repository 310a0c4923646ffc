//! Forms that take effect once, however often they are sent.

use super::{Mark, Once, Refusal};
use crate::{Result, account::AccountId, store::Pool};
use serde::{Serialize, de::DeserializeOwned};

/// The start of a form's transaction.
pub enum FormStart<'c, T> {
    First(Once<'c, T>),
    /// The form was processed before, with this result.
    Repeated(T),
}

/// Identifies a form submission by the key rendered into its page, the action (`verb`) and its arguments.
///
/// # Errors
/// `Refused(StalePage)` for a malformed key.
pub fn mark(
    account: AccountId,
    form_key: &str,
    verb: &str,
    arguments: &(impl Serialize + ?Sized),
) -> Result<Mark> {
    let key = form_key.parse().map_err(|_| Refusal::StalePage)?;
    Mark::form(account, key, verb, arguments)
}

/// Begins the transaction in which a form is processed at most once.
///
/// # Errors
/// `Refused(StalePage)` if another version of the server may have processed the form; `Busy` or `Unexpected`.
pub async fn begin<'c, T: Serialize + DeserializeOwned>(
    pool: &Pool,
    mark: Mark,
) -> Result<FormStart<'c, T>> {
    match Once::begin(pool, Some(mark)).await? {
        super::WriteStart::First(once) => Ok(FormStart::First(once)),
        super::WriteStart::Repeated(receipt) => Ok(FormStart::Repeated(receipt.outcome?)),
        super::WriteStart::Conflict(_) => Err(Refusal::StalePage.into()),
    }
}
