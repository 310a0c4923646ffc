use super::{
    AccountId, Contact, Hasher, NewAccount, NewPassword, PasswordHash, Refusal, SignedUp, Viewer,
    password,
    reset::{end_programs, void_links},
    rules, sign_in, store,
};
use crate::{
    Error, Result,
    device::{self, DeviceId},
    event::{self, EventKind},
    fairness::Submitter,
    field::{Check, FieldError, ValueError},
    notice, passkey, session,
    store::{Connection, Tx},
    text,
};
use serde_json::json;
use sqlx::PgPool;
use std::net::IpAddr;

/// Creates an account, whether or not the e-mail has one already, so that nobody can find out which. Until its address is
/// confirmed, only the browser that signed up can sign in to it; the handler must make that browser known
/// ([`device::introduce`]). While another account has confirmed the e-mail, this one can't.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn sign_up(
    tx: &mut Tx<'_>,
    account: &NewAccount,
    hash: &PasswordHash,
) -> Result<SignedUp> {
    let stored = match store::insert(tx, account, account.form_key, hash).await? {
        // The form was sent again, but not for the same account.
        None => store::insert(tx, account, None, hash).await?,
        stored => stored,
    };
    let signed_up = stored.ok_or_else(|| Error::unexpected("an account was not stored"))?;
    if signed_up.is_new {
        let (kind, body) = (EventKind::AccountCreated, json!({ "role": account.role }));
        event::record(tx, kind, None, Some(signed_up.account), body).await?;
    }
    Ok(signed_up)
}

/// The browser of a signed-in viewer.
#[derive(Debug, Clone, Copy)]
pub struct Browser {
    pub address: IpAddr,
    pub session: Option<session::SessionId>,
    pub device: Option<DeviceId>,
}

impl Browser {
    fn client(&self, viewer: &Viewer) -> Submitter {
        Submitter::known(self.address, viewer.account)
    }
}

/// Checks under the account's lock that the browser's session has not been ended meanwhile, by a reset for example.
///
/// # Errors
/// `SignInRequired`.
pub(crate) async fn must_be_signed_in(
    tx: &mut Tx<'_>,
    account: AccountId,
    browser: &Browser,
) -> Result<()> {
    store::lock(tx, account).await?;
    must_still_be_signed_in(tx, account, browser).await
}

/// Like [`must_be_signed_in`], for a caller that has locked the account.
pub(super) async fn must_still_be_signed_in(
    tx: &mut Tx<'_>,
    account: AccountId,
    browser: &Browser,
) -> Result<()> {
    match browser.session {
        Some(session) if !session::exists(tx, account, session).await? => {
            Err(Error::SignInRequired)
        }
        _ => Ok(()),
    }
}

/// Ends every session of the account except this browser's, and forgets its other devices.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn end_others(tx: &mut Tx<'_>, account: AccountId, kept: Option<&Browser>) -> Result<()> {
    session::end_others(tx, account, kept.and_then(|browser| browser.session)).await?;
    device::forget_others(tx, account, kept.and_then(|browser| browser.device)).await
}

/// What to do with access tokens and authorized programs when the password changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgramAccess {
    /// They keep working: the owner created them.
    Stay,
    /// They end, because somebody else may have created them: access tokens, the calendar address and authorized programs are
    /// revoked, the account's own programs get new secrets, and webhooks are turned off.
    End,
}

/// What ends with the old password, besides all other sessions: whatever somebody else may have added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndsWithPassword {
    pub programs: ProgramAccess,
    /// True to remove all passkeys.
    pub passkeys: bool,
}

/// Changes the viewer's password and signs the viewer out everywhere except in this browser.
///
/// # Errors
/// `Invalid` for a wrong current password or a weak new one, `TooManyTries` after too many wrong ones.
pub async fn change_password(
    pool: &PgPool,
    hasher: &Hasher,
    viewer: &Viewer,
    present: &str,
    new: &str,
    browser: &Browser,
    also: EndsWithPassword,
) -> Result<()> {
    let contact = store::contact(&mut *pool.acquire().await?, viewer.account)
        .await?
        .ok_or(Error::SignInRequired)?;
    let mut check = Check::default();
    let present = check.take("present_password", password::typed(present));
    let new = check.take(
        "new_password",
        NewPassword::parse("new_password", new, &[&contact.name, &contact.email]),
    );
    check.finish()?;
    let (Some(present), Some(new)) = (present, new) else {
        return Err(Error::Invalid(Vec::new()));
    };
    let client = browser.client(viewer);
    let old = proven(pool, hasher, &client, viewer, &present).await?;
    let hash = hasher.hash_new(&client, &new).await?;
    let mut tx = pool.begin().await?;
    if also.programs == ProgramAccess::End {
        // Before all other locks.
        notice::lock(&mut tx).await?;
    }
    store::set_hash(&mut tx, viewer.account, &old, &hash).await?;
    end_others(&mut tx, viewer.account, Some(browser)).await?;
    void_links(&mut tx, viewer.account).await?;
    if also.passkeys {
        passkey::remove_all(&mut tx, viewer).await?;
    }
    if also.programs == ProgramAccess::End {
        end_programs(&mut tx, viewer).await?;
    }
    event::record(
        &mut tx,
        EventKind::PasswordChanged,
        None,
        Some(viewer.account),
        json!({}),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Confirms with the current password that the owner is present, before a sign-in method is added or removed.
///
/// # Errors
/// `Invalid` for a wrong current password, `TooManyTries` after too many wrong ones.
pub async fn prove(
    pool: &PgPool,
    hasher: &Hasher,
    viewer: &Viewer,
    present: &str,
    browser: &Browser,
) -> Result<()> {
    let mut check = Check::default();
    let present = check.take("present_password", password::typed(present));
    check.finish()?;
    let present = present.unwrap_or_default();
    proven(pool, hasher, &browser.client(viewer), viewer, &present).await?;
    Ok(())
}

/// Verifies the current password and returns its hash. The attempt is counted before it is verified.
async fn proven(
    pool: &PgPool,
    hasher: &Hasher,
    client: &Submitter,
    viewer: &Viewer,
    present: &str,
) -> Result<PasswordHash> {
    sign_in::count_a_try_of_owner(pool, viewer.account).await?;
    let wrong = || {
        Error::Invalid(vec![FieldError::new(
            "present_password",
            ValueError::WrongPassword,
        )])
    };
    let hash = store::hash_of(&mut *pool.acquire().await?, viewer.account)
        .await?
        .ok_or_else(wrong)?;
    if !hasher.verify(client, present, &hash).await? {
        return Err(wrong());
    }
    sign_in::forgive_owner(pool, viewer.account).await?;
    Ok(hash)
}

/// True if the account has a password; an account created through a provider may have none.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn has_password(db: &mut Connection, viewer: &Viewer) -> Result<bool> {
    Ok(store::hash_of(db, viewer.account).await?.is_some())
}

/// Sets the first password of an account created through a provider, and signs the viewer out everywhere except in this
/// browser. Its passkeys are removed if `also_passkeys`. The handler must make sure that the provider has just vouched for the
/// viewer.
///
/// # Errors
/// `Invalid` for a weak password, `Refused(HasPassword)`.
pub async fn set_first_password(
    pool: &PgPool,
    hasher: &Hasher,
    viewer: &Viewer,
    new: &str,
    browser: &Browser,
    also_passkeys: bool,
) -> Result<()> {
    let contact = store::contact(&mut *pool.acquire().await?, viewer.account)
        .await?
        .ok_or(Error::SignInRequired)?;
    let mut check = Check::default();
    let new = check.take(
        "new_password",
        NewPassword::parse("new_password", new, &[&contact.name, &contact.email]),
    );
    check.finish()?;
    let new = new.ok_or_else(|| Error::Invalid(Vec::new()))?;
    let hash = hasher.hash_new(&browser.client(viewer), &new).await?;
    let mut tx = pool.begin().await?;
    if !store::set_first_hash(&mut tx, viewer.account, &hash).await? {
        return Err(Refusal::HasPassword.into());
    }
    end_others(&mut tx, viewer.account, Some(browser)).await?;
    if also_passkeys {
        passkey::remove_all(&mut tx, viewer).await?;
    }
    void_links(&mut tx, viewer.account).await?;
    event::record(
        &mut tx,
        EventKind::PasswordChanged,
        None,
        Some(viewer.account),
        json!({}),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// The account's name and e-mail, for callers who may see them.
///
/// # Errors
/// `NotFound` if the account no longer exists.
pub async fn find(db: &mut Connection, account: AccountId) -> Result<Contact> {
    store::contact(db, account).await?.ok_or(Error::NotFound)
}

/// Finds the account that has confirmed the e-mail. Only for the operator's commands: handlers must not reveal whether an e-mail is known.
///
/// # Errors
/// `Invalid` if the text is not an e-mail address, `NotFound` if no account has confirmed this e-mail.
pub async fn find_by_email(db: &mut Connection, email: &str) -> Result<Viewer> {
    let mut check = Check::default();
    check.take("email", rules::email(email));
    check.finish()?;
    store::viewer(db, &text::email_spellings(email))
        .await?
        .ok_or(Error::NotFound)
}

/// How many e-mails are read at a time while they are being normalized.
const RESPELLED_AT_ONCE: i64 = 500;

/// Normalizes the e-mails that earlier versions stored in other spellings (see [`text::email`]) and returns how many
/// changed. An account keeps its own spelling, and is still found by it, if another account already has the normalized
/// e-mail. Idempotent.
///
/// # Errors
/// `Unexpected` if the database cannot be reached.
pub async fn respell_emails(db: &mut Connection) -> Result<u64> {
    let mut respelled = 0;
    let mut after = AccountId(0);
    loop {
        let rows = store::emails_beyond_ascii(db, after, RESPELLED_AT_ONCE).await?;
        let Some((last, _)) = rows.last() else {
            return Ok(respelled);
        };
        after = *last;
        for (account, old) in rows {
            let Some(new) = text::email(&old).filter(|new| *new != old) else {
                continue;
            };
            if store::respell_email(db, account, &old, &new).await? {
                respelled += 1;
            } else {
                tracing::warn!(
                    account = account.0,
                    "this account's e-mail normalizes to another account's; it keeps its own spelling"
                );
            }
        }
    }
}

/// True if anybody has signed up; only an empty marketplace may be filled with demo data.
///
/// # Errors
/// `Unexpected` if the database cannot be reached.
pub async fn any(db: &mut Connection) -> Result<bool> {
    store::any(db).await
}
