//! A new password by a link in a letter, for an owner who has forgotten the old one.

use super::{
    AccountId, Contact, Hasher, NewPassword, PasswordHash, ProgramAccess, Viewer,
    confirmation::vouch_for_email, end_others, store,
};
use crate::{
    Error, Result,
    account_mail::{self, MailKind, MailedLink},
    calendar_feed,
    device::{self, DeviceId},
    erasure,
    event::{self, EventKind},
    fairness::Submitter,
    field::Check,
    identity, notice, oauth, passkey, second_factor, store as database,
    store::{Connection, Tx},
    token, webhook,
};
use serde_json::json;
use sqlx::PgPool;

/// Queues a letter with a link that resets the password. Whether the address has an account is looked up when the
/// letter is written, so that this takes as long for every address. If no account has confirmed it, the link is for the
/// one that this device knows, or else for the newest.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn request_reset(tx: &mut Tx<'_>, email: &str, device: Option<DeviceId>) -> Result<()> {
    let own = match device {
        Some(device) => device::unconfirmed_account(tx, device, email).await?,
        None => None,
    };
    account_mail::request(tx, MailKind::ResetPassword, own, email).await
}

/// The account whose password the link with this secret resets. Nothing is used up.
///
/// # Errors
/// `Refused(LinkUnknown | LinkUsed | LinkExpired)`, the last also if the account has another address by now, or another
/// account has confirmed it.
pub async fn resettable(db: &mut Connection, secret: &str) -> Result<Contact> {
    let link = account_mail::read(db, MailKind::ResetPassword, secret).await?;
    owner(db, &link).await
}

/// The account that the link still works for.
async fn owner(db: &mut Connection, link: &MailedLink) -> Result<Contact> {
    link.must_work()?;
    let contact = store::contact(db, link.account).await?;
    // Another account may have confirmed the address meanwhile.
    if store::is_taken_from(db, link.account, &link.address).await? {
        return Err(account_mail::Refusal::LinkExpired.into());
    }
    contact
        .filter(|contact| contact.email == link.address)
        .ok_or_else(|| account_mail::Refusal::LinkExpired.into())
}

/// Sets a new password by the link with this secret, signs the account out everywhere, and uses up all of the account's
/// links that reset its password or change its address. With [`ProgramAccess::End`], also unlinks its other sign-in
/// methods, removes its passkeys, and ends programs. Returns what became of the programs: if the address was not
/// confirmed yet, they end in any case.
///
/// # Errors
/// The same as [`resettable`]; `Invalid` for a weak password. Then the link still works.
pub async fn reset_password(
    pool: &PgPool,
    hasher: &Hasher,
    client: &Submitter,
    secret: &str,
    new: &str,
    others: ProgramAccess,
) -> Result<ProgramAccess> {
    let contact = resettable(&mut *pool.acquire().await?, secret).await?;
    let mut check = Check::default();
    let words = [contact.name.as_str(), &contact.email];
    let new = check.take(
        "new_password",
        NewPassword::parse("new_password", new, &words),
    );
    check.finish()?;
    let new = new.ok_or_else(|| Error::Invalid(Vec::new()))?;
    // Hashed before the transaction begins, which would be terminated while waiting for a thread.
    let hash = hasher.hash_new(client, &new).await?;
    let mut tx: Tx<'_> = pool.begin().await?;
    // Webhooks may be turned off below, and this lock comes before all others.
    notice::lock(&mut tx).await?;
    let link = account_mail::lock(&mut tx, MailKind::ResetPassword, secret).await?;
    owner(&mut tx, &link).await?;
    let others = set(&mut tx, &link, &hash, others).await?;
    tx.commit().await?;
    Ok(others)
}

async fn set(
    tx: &mut Tx<'_>,
    link: &MailedLink,
    hash: &PasswordHash,
    others: ProgramAccess,
) -> Result<ProgramAccess> {
    let viewer = &store::replace_hash(tx, link.account, hash).await?;
    // Somebody else may have opened the account. Only now has the owner of its address shown up, so nothing that was
    // added before may open it.
    let is_first = vouch_for_email(tx, link.account, &link.address).await?;
    let others = if is_first { ProgramAccess::End } else { others };
    if is_first {
        erasure::stop_for_owner(tx, link.account).await?;
    }
    lock_out(tx, viewer, others).await?;
    let suspect_since = match is_first {
        true => None,
        false => Some(database::now(tx).await? - second_factor::RECENT),
    };
    second_factor::turn_off_since(tx, link.account, suspect_since).await?;
    Ok(others)
}

/// Signs everybody out of the account, whose password has just been replaced. With `ProgramAccess::End`, nothing else opens
/// the account either.
pub(super) async fn lock_out(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    others: ProgramAccess,
) -> Result<()> {
    void_links(tx, viewer.account).await?;
    end_others(tx, viewer.account, None).await?;
    if others == ProgramAccess::End {
        identity::unlink_all(tx, viewer).await?;
        passkey::remove_all(tx, viewer).await?;
        end_programs(tx, viewer).await?;
    }
    let account = Some(viewer.account);
    event::record(tx, EventKind::PasswordChanged, None, account, json!({})).await
}

/// Revokes the account's access tokens, calendar address and authorized programs, renews the secrets of its own programs, and
/// turns its webhooks off. The transaction must have begun with the lock of all writers of notices.
pub(super) async fn end_programs(tx: &mut Tx<'_>, viewer: &Viewer) -> Result<()> {
    token::revoke_all_personal(tx, viewer).await?;
    calendar_feed::revoke(tx, viewer).await?;
    oauth::revoke_all_grants(tx, viewer).await?;
    oauth::renew_all_secrets(tx, viewer).await?;
    webhook::turn_all_off(tx, viewer).await
}

/// Uses up the links that reset the password or give the account another address: somebody else may have asked for them.
pub(super) async fn void_links(tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
    account_mail::void(tx, MailKind::ResetPassword, account).await?;
    account_mail::void(tx, MailKind::ConfirmNewEmail, account).await
}
