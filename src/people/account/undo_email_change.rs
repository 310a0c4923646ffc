//! Undoing a change of the e-mail by the link in the letter to the former address, for an owner whose account somebody else
//! has taken over.
//!
//! Whoever changed the address knew the password, or was signed in. So the undo sets a new password, and nothing that was
//! added meanwhile opens the account any more. Until the link expires, nobody else can take the former address.

use super::{
    Hasher, NewPassword, ProgramAccess, Refusal, confirmation::take_confirmed, reset::lock_out,
    store,
};
use crate::{
    Error, Result,
    account_mail::{self, MailKind, MailedLink},
    erasure,
    event::{self, EventKind},
    fairness::Submitter,
    field::Check,
    notice, second_factor,
    store::{Connection, Tx},
};
use serde_json::json;
use sqlx::PgPool;

/// A change of an account's e-mail that can be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoableChange {
    /// The account's name.
    pub name: String,
    /// The address that the account gets back.
    pub former: String,
    /// The address that the account has now.
    pub present: String,
}

/// The change that the link with this secret undoes. Nothing is used up.
///
/// # Errors
/// `Refused(LinkUnknown | LinkUsed | LinkExpired)`, the last also if the account has its former address again.
pub async fn undoable_email_change(db: &mut Connection, secret: &str) -> Result<UndoableChange> {
    let link = account_mail::read(db, MailKind::EmailChanged, secret).await?;
    change(db, link).await
}

async fn change(db: &mut Connection, link: MailedLink) -> Result<UndoableChange> {
    link.must_work()?;
    let contact = store::contact(db, link.account).await?;
    let contact = contact.filter(|contact| contact.email != link.address);
    let contact = contact.ok_or(account_mail::Refusal::LinkExpired)?;
    Ok(UndoableChange {
        name: contact.name,
        former: link.address,
        present: contact.email,
    })
}

/// Gives the account its former address back, confirmed, with a new password. Ends all its sessions, unlinks its other
/// sign-in methods, removes its passkeys, and ends programs as [`ProgramAccess::End`] says. Uses up the link, and with it those
/// that would undo later changes of the account's address. Links of earlier changes still work.
///
/// # Errors
/// The same as [`undoable_email_change`]; `Invalid` for a weak password, after which the link still works;
/// `Refused(EmailTaken)` if another account has the former address.
pub async fn undo_email_change(
    pool: &PgPool,
    hasher: &Hasher,
    client: &Submitter,
    secret: &str,
    new_password: &str,
) -> Result<()> {
    let UndoableChange { name, former, .. } =
        undoable_email_change(&mut *pool.acquire().await?, secret).await?;
    let mut check = Check::default();
    let password = NewPassword::parse("new_password", new_password, &[&name, &former]);
    let password = check.take("new_password", password);
    check.finish()?;
    let password = password.ok_or_else(|| Error::Invalid(Vec::new()))?;
    // Hashed before the transaction begins, which would be terminated while waiting for a thread.
    let hash = hasher.hash_new(client, &password).await?;
    let mut tx: Tx<'_> = pool.begin().await?;
    // Webhooks are turned off below, and this lock comes before all others.
    notice::lock(&mut tx).await?;
    let link = account_mail::lock(&mut tx, MailKind::EmailChanged, secret).await?;
    let (account, changed_at) = (link.account, link.requested_at);
    let UndoableChange { former, .. } = change(&mut tx, link).await?;
    if !take_confirmed(&mut tx, account, &former).await? {
        return Err(Refusal::EmailTaken.into());
    }
    event::record(
        &mut tx,
        EventKind::EmailChanged,
        None,
        Some(account),
        json!({}),
    )
    .await?;
    // Mail that the other address did not take may reach this one.
    notice::send_again(&mut tx, Some(account)).await?;
    // Whoever reads the mail of an address in between could otherwise undo this undo.
    account_mail::void_undos(&mut tx, account, &former).await?;
    // Whoever changed the address may also have requested an erasure.
    erasure::stop_for_owner(&mut tx, account).await?;
    let viewer = store::replace_hash(&mut tx, account, &hash).await?;
    lock_out(&mut tx, &viewer, ProgramAccess::End).await?;
    let suspect_since = Some(changed_at - second_factor::RECENT);
    second_factor::turn_off_since(&mut tx, account, suspect_since).await?;
    tx.commit().await?;
    Ok(())
}
