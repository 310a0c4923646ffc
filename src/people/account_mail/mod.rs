//! Letters about accounts, most with a link that proves that its reader gets the mail of an address.
//!
//! Invariant: a link works for one purpose, once, and for a limited time. The database has only the hash of its secret.
//!
//! A row is first an entry of a queue: a request writes it and sends nothing, so it takes as long for an address without
//! an account. A worker claims the row, makes a secret, and sends the letter. A letter that is sent again, because the
//! first attempt may have failed, has another secret; both work. `account` decides what a link does, and the server
//! writes the letters.

mod delivery;
mod refusal;
mod store;

pub use delivery::{AccountMail, LetterOutcome, MailClaim, PendingMail, claim, prepare, record};
pub use refusal::Refusal;
pub use store::{MailStatus, bound_waits, forget_old, give_up, latest, pending_email};
pub(crate) use store::{request, void, void_undos};

use crate::{
    Result,
    account::{self, AccountId},
    erasure,
    store::{Connection, Tx},
    token::{Secret, SecretKind},
};
use std::time::Duration;
use time::OffsetDateTime;

/// How long letters are kept, in days: longer than any link works.
pub const KEPT_DAYS: i32 = 14;

/// What a letter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailKind {
    /// Confirms the address of an account.
    ConfirmEmail,
    /// Confirms the address that the owner of an account wants to change to. Until then, the account keeps its own.
    ConfirmNewEmail,
    /// Tells the owner of an account that somebody entered its address for another one. It has no link of its own. Only the
    /// version before this one requests it; now it is sent in place of a letter whose link could not confirm the address.
    AddressKnown,
    /// Lets the owner of an account choose a new password.
    ResetPassword,
    /// Tells the address that an account had until now, and lets its reader undo the change.
    EmailChanged,
    /// Tells the owner that an export of the account was made.
    ExportMade,
    /// Tells the owner when the account will be erased, and lets its reader keep it.
    ErasureScheduled,
    /// Tells the address of an account that has just been erased. Deleted once it has been sent or given up.
    AccountErased,
}

impl MailKind {
    pub const ALL: [Self; 8] = [
        Self::ConfirmEmail,
        Self::ConfirmNewEmail,
        Self::AddressKnown,
        Self::ResetPassword,
        Self::EmailChanged,
        Self::ExportMade,
        Self::ErasureScheduled,
        Self::AccountErased,
    ];

    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConfirmEmail => "confirm_email",
            Self::ConfirmNewEmail => "confirm_new_email",
            Self::AddressKnown => "address_known",
            Self::ResetPassword => "reset_password",
            // Not the name of the version before, which would send it without a link.
            Self::EmailChanged => "email_change_undo",
            Self::ExportMade => "export_made",
            Self::ErasureScheduled => "erasure_scheduled",
            Self::AccountErased => "account_erased",
        }
    }

    #[must_use]
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// How long its link works after the letter was sent, if it has one.
    #[must_use]
    pub const fn lasts(self) -> Option<Duration> {
        match self {
            Self::ConfirmEmail | Self::ConfirmNewEmail => Some(Duration::from_secs(24 * 3600)),
            Self::ResetPassword => Some(Duration::from_secs(1800)),
            Self::EmailChanged => Some(Duration::from_secs(7 * 24 * 3600)),
            Self::ErasureScheduled => {
                Some(Duration::from_secs(erasure::WAIT_DAYS as u64 * 24 * 3600))
            }
            Self::AddressKnown | Self::ExportMade | Self::AccountErased => None,
        }
    }
}

/// A link that somebody has opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailedLink {
    pub account: AccountId,
    /// The address that the letter was sent to.
    pub address: String,
    pub requested_at: OffsetDateTime,
    is_used: bool,
    is_expired: bool,
}

impl MailedLink {
    /// # Errors
    /// `Refused(LinkUsed | LinkExpired)`.
    pub fn must_work(&self) -> Result<()> {
        if self.is_used {
            return Err(Refusal::LinkUsed.into());
        }
        if self.is_expired {
            return Err(Refusal::LinkExpired.into());
        }
        Ok(())
    }
}

/// The link with this secret, whether or not it still works. Nothing is used up.
///
/// # Errors
/// `Refused(LinkUnknown)`, also for the secret of a letter of another kind.
pub async fn read(db: &mut Connection, kind: MailKind, secret: &str) -> Result<MailedLink> {
    let secret = Secret::parse(SecretKind::MailedLink, secret).ok_or(Refusal::LinkUnknown)?;
    let found = store::find(db, kind, &secret.hash()).await?;
    found.ok_or_else(|| Refusal::LinkUnknown.into())
}

/// Like [`read`], but locks the account first, so that if two of its links are used at the same time, the second use
/// sees the effect of the first.
pub(crate) async fn lock(tx: &mut Tx<'_>, kind: MailKind, secret: &str) -> Result<MailedLink> {
    let link = read(tx, kind, secret).await?;
    account::lock(tx, link.account).await?;
    // Read again: it may have been used, or deleted with its account, while we waited for the lock.
    read(tx, kind, secret).await
}
