//! Confirming the address of an account by a link in a letter.
//!
//! Until its address is confirmed, an account can look around and save drafts, but neither publish nor bid. Whoever has
//! the link may confirm, signed in or not: it went to the address, and nothing else is given to whoever opens it.

use super::{AccountId, Browser, Viewer, contact::take_email, store};
use crate::{
    Result,
    account_mail::{self, MailKind, MailedLink},
    event::{self, EventKind},
    notice,
    store::{Connection, Tx},
};
use serde_json::json;

/// Queues a letter with a link that confirms the address. Without `account`, the worker looks the account up when it
/// writes the letter: there is no letter if the address has no account, and an `AddressKnown` letter if it is already
/// confirmed.
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

/// A link that confirms an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmableLink {
    pub link: MailedLink,
    /// True if the address is to replace another one of the account.
    pub is_change: bool,
    /// True if the account has the address, and it is confirmed.
    pub is_confirmed: bool,
}

/// The link with this secret. Nothing is used up.
///
/// # Errors
/// `Refused(LinkUnknown)`; `Refused(LinkUsed | LinkExpired)` unless the address is confirmed.
pub async fn confirmable(db: &mut Connection, secret: &str) -> Result<ConfirmableLink> {
    let (link, is_change) = match account_mail::read(db, MailKind::ConfirmEmail, secret).await {
        Err(error) if error.refused() == Some(&account_mail::Refusal::LinkUnknown) => {
            let link = account_mail::read(db, MailKind::ConfirmNewEmail, secret).await?;
            (link, true)
        }
        read => (read?, false),
    };
    let is_confirmed = store::has_confirmed(db, link.account, &link.address).await?;
    if !is_confirmed {
        link.must_work()?;
    }
    Ok(ConfirmableLink {
        link,
        is_change,
        is_confirmed,
    })
}

/// Confirms the address that the letter with this secret went to. Doing it again changes nothing. If the owner of the account
/// asked for the address in place of another one, the account gets it, and is signed out everywhere except in `kept`, the
/// browser of this viewer.
///
/// # Errors
/// The same as [`confirmable`]; `Refused(LinkExpired)` if the account has another address by now; `Refused(EmailTaken)` if
/// another account has the new one by now.
pub async fn confirm_email(
    tx: &mut Tx<'_>,
    secret: &str,
    kept: Option<(&Viewer, &Browser)>,
) -> Result<MailedLink> {
    let found = confirmable(tx, secret).await?;
    let account = found.link.account;
    if found.is_change {
        // Before all other locks.
        notice::lock(tx).await?;
    }
    store::lock(tx, account).await?;
    // Read again: it may have been used, or deleted with its account, while we waited for the lock.
    let found = confirmable(tx, secret).await?;
    let ConfirmableLink {
        link,
        is_change,
        is_confirmed,
    } = found;
    if is_confirmed {
        return Ok(link);
    }
    if is_change {
        let kept = kept.filter(|(viewer, _)| viewer.account == account);
        take_email(tx, account, &link.address, kept.map(|(_, browser)| browser)).await?;
        return Ok(link);
    }
    if vouch_for_email(tx, account, &link.address).await? {
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
