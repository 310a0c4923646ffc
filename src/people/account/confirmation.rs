//! Confirming the address of an account by a link in a letter.
//!
//! Until its address is confirmed, an account can look around and save drafts, but neither publish nor bid. Whoever has
//! the link may confirm, signed in or not: it went to the address, and nothing else is given to whoever opens it.
//!
//! Several accounts may have been opened with an address, by its owner and by strangers. In a browser that opened one of them,
//! any of the links confirms that one, so that nobody confirms a stranger's account instead of one's own.

use super::{AccountId, Browser, Refusal, Viewer, contact::take_email, store};
use crate::{
    Result,
    account_mail::{self, MailKind, MailedLink},
    device::{self, DeviceId},
    event::{self, EventKind},
    notice,
    store::{Connection, Tx},
};
use serde_json::json;

/// Queues a letter with a link that confirms the address of an account. If another account has confirmed it by the time
/// the worker writes the letter, its owner gets an `AddressKnown` letter instead.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn request_confirmation(tx: &mut Tx<'_>, account: AccountId, email: &str) -> Result<()> {
    account_mail::request(tx, MailKind::ConfirmEmail, Some(account), email).await
}

/// Who has opened a link, which decides which of several accounts with the address it confirms.
#[derive(Debug, Clone, Copy)]
pub struct LinkOpener<'a> {
    /// The viewer and the viewer's browser, if somebody is signed in.
    pub viewer: Option<(&'a Viewer, &'a Browser)>,
    pub device: Option<DeviceId>,
}

impl LinkOpener<'_> {
    /// The account that the link is for if whoever opened it is known to own one: the viewer's, or else one that the
    /// browser knows. It is the link's own account if possible, or else one that has the address.
    async fn own(&self, db: &mut Connection, link: &MailedLink) -> Result<Option<AccountId>> {
        if let Some((viewer, _)) = self.viewer
            && (viewer.account == link.account
                || store::has_email_address(db, viewer.account, &link.address).await?)
        {
            return Ok(Some(viewer.account));
        }
        match self.device {
            Some(device) if device::is_known(db, device, link.account).await? => {
                Ok(Some(link.account))
            }
            Some(device) => device::account_with(db, device, &link.address).await,
            None => Ok(None),
        }
    }
}

/// A link that confirms an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmableLink {
    /// With the account that it confirms for whoever has opened it.
    pub link: MailedLink,
    /// True if the address is to replace another one of the account.
    pub is_change: bool,
    /// True if the account has the address, and it is confirmed.
    pub is_confirmed: bool,
}

/// The link with this secret, as it works for whoever has opened it. Nothing is used up.
///
/// # Errors
/// `Refused(LinkUnknown)`; unless the address is confirmed, `Refused(LinkUsed | LinkExpired)`, or `Refused(EmailTaken)` if
/// another account has confirmed it or can get it back, or `Refused(SeveralAccounts)` if several have been opened with it, and
/// whoever opened the link is not known to have opened one of them.
pub async fn confirmable(
    db: &mut Connection,
    secret: &str,
    opener: &LinkOpener<'_>,
) -> Result<ConfirmableLink> {
    let (mut link, mut is_change) =
        match account_mail::read(db, MailKind::ConfirmEmail, secret).await {
            Err(error) if error.refused() == Some(&account_mail::Refusal::LinkUnknown) => {
                let link = account_mail::read(db, MailKind::ConfirmNewEmail, secret).await?;
                (link, true)
            }
            read => (read?, false),
        };
    let own = opener.own(db, &link).await?;
    if let Some(own) = own.filter(|own| *own != link.account) {
        (link.account, is_change) = (own, false);
    }
    let is_confirmed = store::has_confirmed(db, link.account, &link.address).await?;
    if !is_confirmed {
        link.must_work()?;
        if !is_change && store::is_taken_from(db, link.account, &link.address).await? {
            return Err(Refusal::EmailTaken.into());
        }
        if own.is_none() && store::has_rival(db, link.account, &link.address).await? {
            return Err(Refusal::SeveralAccounts.into());
        }
    }
    Ok(ConfirmableLink {
        link,
        is_change,
        is_confirmed,
    })
}

/// Confirms the address that the letter with this secret went to. Doing it again changes nothing. If the owner of the account
/// asked for the address in place of another one, the account gets it, and is signed out everywhere except in the opener's
/// browser, if the opener is signed in to it.
///
/// # Errors
/// The same as [`confirmable`]; `Refused(LinkExpired)` if the account has another address by now; `Refused(EmailTaken)` if
/// another account has the new one by now.
pub async fn confirm_email(
    tx: &mut Tx<'_>,
    secret: &str,
    opener: &LinkOpener<'_>,
) -> Result<MailedLink> {
    let found = confirmable(tx, secret, opener).await?;
    let account = found.link.account;
    if found.is_change {
        // Before all other locks.
        notice::lock(tx).await?;
    }
    store::lock(tx, account).await?;
    // Read again: it may have been used, or deleted with its account, while we waited for the lock.
    let before = found;
    let found = confirmable(tx, secret, opener).await?;
    if (found.link.account, found.is_change) != (account, before.is_change) {
        // It is for another account by now, which is not locked.
        return Err(account_mail::Refusal::LinkExpired.into());
    }
    let ConfirmableLink {
        link,
        is_change,
        is_confirmed,
    } = found;
    if is_confirmed {
        return Ok(link);
    }
    if is_change {
        let kept = (opener.viewer).filter(|(viewer, _)| viewer.account == account);
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
/// or a letter that its owner has read. False if it was confirmed before, the account has another address, or another
/// account has confirmed the address or can get it back.
///
/// # Errors
/// `Refused(EmailTaken)` if another account confirms it at the same time. The transaction must then not go on.
pub async fn vouch_for_email(tx: &mut Tx<'_>, account: AccountId, email: &str) -> Result<bool> {
    let is_new = store::confirm_email(tx, account, email).await?;
    if is_new {
        record_confirmed(tx, account).await?;
    }
    Ok(is_new)
}

/// Gives the account an address that is confirmed. False if another account has confirmed it, or can get it back; the
/// transaction must then not go on.
pub(super) async fn take_confirmed(
    tx: &mut Tx<'_>,
    account: AccountId,
    email: &str,
) -> Result<bool> {
    let is_free = store::set_confirmed_email(tx, account, email).await?;
    if is_free {
        record_confirmed(tx, account).await?;
    }
    Ok(is_free)
}

async fn record_confirmed(tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
    let kind = EventKind::EmailConfirmed;
    event::record(tx, kind, None, Some(account), json!({})).await
}
