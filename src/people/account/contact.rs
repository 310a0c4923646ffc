//! The account's name and e-mail, changed by its owner.
//!
//! A name is stored once, in the account's row, so everything read later has the new name: projects, bids, results and
//! award documents, including old ones. The change's event makes the servers reload what they have cached.
//!
//! The e-mail changes in three steps: the address is parsed ([`NewEmail`]), the account's owner confirms the change
//! ([`prove`](super::prove), or a provider), and somebody who reads mail at the new address confirms the address by the
//! link in a letter ([`confirm_email`](super::confirm_email)). Until then, the account keeps its address, so a typing
//! error locks nobody out of an auction. Afterwards, a letter to the former address offers to undo the change.

use super::{
    AccountId, Browser, Refusal, Viewer, confirmation::take_confirmed, end_others,
    request_confirmation, rules, store, verbs::must_still_be_signed_in,
};
use crate::{
    Error, Result,
    account_mail::{self, MailKind},
    event::{self, EventKind},
    field::Check,
    notice,
    store::Tx,
};
use serde_json::json;

/// Changes the viewer's name. False if it already is the name; then nothing happens.
///
/// # Errors
/// `Invalid` for the field `name`.
pub async fn rename(tx: &mut Tx<'_>, viewer: &Viewer, name: &str) -> Result<bool> {
    let mut check = Check::default();
    let name = check.take("name", rules::name(name));
    check.finish()?;
    let name = name.unwrap_or_default();
    let is_new = store::set_name(tx, viewer.account, &name).await?;
    if is_new {
        let account = Some(viewer.account);
        event::record(tx, EventKind::AccountRenamed, None, account, json!({})).await?;
    }
    Ok(is_new)
}

/// An address that an account may take, unless another account has confirmed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEmail(String);

impl std::ops::Deref for NewEmail {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl NewEmail {
    /// # Errors
    /// `Invalid` for the field `email`.
    pub fn parse(typed: &str) -> Result<Self> {
        let mut check = Check::default();
        let email = check.take("email", rules::email(typed));
        check.finish()?;
        email.map(Self).ok_or_else(|| Error::Invalid(Vec::new()))
    }
}

/// What became of a request to change the e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailChange {
    /// The account has the address. It had not confirmed any before, and has to confirm this one.
    Done,
    /// The account keeps its confirmed address until the new one is confirmed.
    Requested,
}

/// Queues a letter with a link that confirms the new address and changes the viewer's e-mail; it replaces the letter of
/// an earlier request. If the account has not confirmed any address yet, the e-mail changes at once instead, and the
/// account's other sessions end. Whether another account has the address makes no difference here: its owner gets a letter
/// that says so, and it cannot be confirmed. The caller must have confirmed that the owner of the viewer's account is present.
///
/// # Errors
/// `SignInRequired` if the account or the session has ended meanwhile.
pub async fn change_email(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    new: &NewEmail,
    browser: &Browser,
) -> Result<EmailChange> {
    // Under the lock: a reset or an undo may have ended the viewer's session meanwhile.
    let is_confirmed = store::lock_email(tx, viewer.account)
        .await?
        .ok_or(Error::SignInRequired)?;
    must_still_be_signed_in(tx, viewer.account, browser).await?;
    if is_confirmed {
        account_mail::void(tx, MailKind::ConfirmNewEmail, viewer.account).await?;
        let kind = MailKind::ConfirmNewEmail;
        account_mail::request(tx, kind, Some(viewer.account), new).await?;
        return Ok(EmailChange::Requested);
    }
    store::set_unconfirmed_email(tx, viewer.account, new).await?;
    request_confirmation(tx, viewer.account, new).await?;
    end_others(tx, viewer.account, Some(browser)).await?;
    let account = Some(viewer.account);
    event::record(tx, EventKind::EmailChanged, None, account, json!({})).await?;
    Ok(EmailChange::Done)
}

/// Gives the account the address that its owner asked for and that the address's reader has confirmed. Notifies the
/// former address, and signs the account out everywhere except in `kept`: the address is half of what opens the
/// account, and the owner may be changing it because somebody else knows the other half. Access tokens stay valid. The
/// transaction must have begun with the lock of all writers of notices.
pub(super) async fn take_email(
    tx: &mut Tx<'_>,
    account: AccountId,
    new: &str,
    kept: Option<&Browser>,
) -> Result<()> {
    let former = store::contact(tx, account).await?.ok_or(Error::NotFound)?;
    if !take_confirmed(tx, account, new).await? {
        return Err(Refusal::EmailTaken.into());
    }
    account_mail::void(tx, MailKind::ConfirmNewEmail, account).await?;
    // Returning to a former address undoes the changes made since then. Nobody may undo that, so no undo link is sent.
    if !account_mail::void_undos(tx, account, new).await? {
        account_mail::request(tx, MailKind::EmailChanged, Some(account), &former.email).await?;
    }
    end_others(tx, account, kept).await?;
    // Mail that the former address did not take may reach the new one.
    notice::send_again(tx, Some(account)).await?;
    event::record(tx, EventKind::EmailChanged, None, Some(account), json!({})).await
}
