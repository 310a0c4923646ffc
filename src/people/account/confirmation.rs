//! Confirming the address of an account by a link in a letter.
//!
//! Until its address is confirmed, an account can look around and save drafts, but neither publish nor bid. Whoever has
//! the link may confirm, signed in or not: it went to the address, and nothing else is given to whoever opens it.

use super::{AccountId, store};
use crate::{
    Result,
    account_mail::{self, MailKind, MailedLink},
    event::{self, EventKind},
    store::{Connection, Tx},
};
use serde_json::json;

/// Queues a letter with a link that confirms the address. Without an account, it is looked up when the letter is
/// written, and there is none if the address has no account or is confirmed.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn request_confirmation(
    tx: &mut Tx<'_>,
    account: Option<AccountId>,
    email: &str,
) -> Result<()> {
    account_mail::request(tx, MailKind::ConfirmEmail, account, email).await
}

/// Queues a letter to the owner of an account: somebody signed up with its address.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn tell_owner(tx: &mut Tx<'_>, email: &str) -> Result<()> {
    account_mail::request(tx, MailKind::AddressKnown, None, email).await
}

/// The link with this secret, and whether its address is confirmed already. Nothing is used up.
///
/// # Errors
/// `Refused(LinkUnknown)`; `Refused(LinkUsed | LinkExpired)` unless the address is confirmed.
pub async fn confirmable(db: &mut Connection, secret: &str) -> Result<(MailedLink, bool)> {
    let link = account_mail::read(db, MailKind::ConfirmEmail, secret).await?;
    let is_confirmed = store::has_confirmed(db, link.account, &link.address).await?;
    if !is_confirmed {
        link.must_work()?;
    }
    Ok((link, is_confirmed))
}

/// Confirms the address that the letter with this secret went to. Doing it again changes nothing.
///
/// # Errors
/// The same as [`confirmable`]; `Refused(LinkExpired)` if the account has another address by now.
pub async fn confirm_email(tx: &mut Tx<'_>, secret: &str) -> Result<MailedLink> {
    let link = account_mail::lock(tx, MailKind::ConfirmEmail, secret).await?;
    if store::has_confirmed(tx, link.account, &link.address).await? {
        return Ok(link);
    }
    link.must_work()?;
    if vouch_for_email(tx, link.account, &link.address).await? {
        Ok(link)
    } else {
        Err(account_mail::Refusal::LinkExpired.into())
    }
}

/// Confirms the account's address because something else shows that it is its owner's: a provider that has verified it,
/// or a letter that its owner has read. False if it was confirmed before, or the account has another address.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn vouch_for_email(tx: &mut Tx<'_>, account: AccountId, email: &str) -> Result<bool> {
    let is_new = store::confirm_email(tx, account, email).await?;
    if is_new {
        let kind = EventKind::EmailConfirmed;
        event::record(tx, kind, None, Some(account), json!({})).await?;
    }
    Ok(is_new)
}
