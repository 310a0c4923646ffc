//! The account's name and e-mail, changed by its owner.
//!
//! A name is stored once, in the account's row, so whatever is read afterwards has the new one: projects, bids, results
//! and award documents, also those of the past. The event of the change tells the servers to read again what they
//! know to be unchanged.
//!
//! The e-mail changes in three steps: the address is parsed ([`NewEmail`]), the owner of the account confirms it
//! ([`prove`](super::prove), or a provider), and the account takes the address ([`change_email`]), which then has to be
//! confirmed by the link in a letter. The address that the account had until then is told.

use super::{Browser, Refusal, Viewer, end_others, request_confirmation, rules, store};
use crate::{
    Error, Result,
    account_mail::{self, MailKind},
    event::{self, EventKind},
    field::Check,
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

/// An address that an account may take, if no other account has it.
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

/// Changes the viewer's e-mail, and signs the viewer out everywhere except in this browser: the address is half of what
/// opens the account, and whoever changes it may do so because somebody else knows the other half. Access tokens stay
/// valid. The new address has to be confirmed by the link in a letter, which is queued. The caller must have confirmed
/// that the owner is present.
///
/// # Errors
/// `Refused(EmailTaken)`. It tells the viewer that the address has an account, so handlers count every attempt as a
/// sign-up, which reveals as much.
pub async fn change_email(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    new: &NewEmail,
    browser: &Browser,
) -> Result<()> {
    let old = store::contact(tx, viewer.account).await?;
    if !store::set_email(tx, viewer.account, &new.0).await? {
        return Err(Refusal::EmailTaken.into());
    }
    if let Some(old) = old.filter(|_| viewer.has_confirmed_email) {
        account_mail::request(tx, MailKind::EmailChanged, Some(viewer.account), &old.email).await?;
    }
    request_confirmation(tx, Some(viewer.account), new).await?;
    end_others(tx, viewer, browser).await?;
    let account = Some(viewer.account);
    event::record(tx, EventKind::EmailChanged, None, account, json!({})).await
}
