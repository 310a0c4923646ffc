use super::{
    NAME, Obligation, Refusal, ScheduledErasure, WAIT_DAYS, rules,
    store::{self, DueErasure},
};
use crate::{
    Error, Result,
    account::{self, AccountId, Contact, Viewer},
    account_mail::{self, MailKind},
    event::{self, EventKind},
    notice,
    store::{Connection, Tx},
};
use serde_json::json;

/// The account's erasure, if one is to come.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn of_account(
    db: &mut Connection,
    account: AccountId,
) -> Result<Option<ScheduledErasure>> {
    let Some(due_at) = store::scheduled(db, account).await? else {
        return Ok(None);
    };
    let obligation = obligation(db, account).await?;
    Ok(Some(ScheduledErasure { due_at, obligation }))
}

/// What keeps the account from being erased at the moment.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn obligation(db: &mut Connection, account: AccountId) -> Result<Option<Obligation>> {
    Ok(store::obligations(db, account).await?.first())
}

/// Schedules the erasure of the viewer's account. If the account's address is confirmed, tells its owner by mail how to
/// stop the erasure; another address may be a stranger's. If an erasure is already scheduled, nothing changes. The
/// caller must have confirmed that the owner is present.
///
/// # Errors
/// `Refused(Bound)`; `SignInRequired` if the account no longer exists.
pub async fn request(tx: &mut Tx<'_>, viewer: &Viewer) -> Result<ScheduledErasure> {
    let account = viewer.account;
    // A concurrent transaction that publishes refers to this row: either it waits for us, or we wait and see what it
    // stored.
    let contact = store::lock_account(tx, account)
        .await?
        .ok_or(Error::SignInRequired)?;
    if let Some(scheduled) = of_account(tx, account).await? {
        return Ok(scheduled);
    }
    if let Some(obligation) = obligation(tx, account).await? {
        return Err(Refusal::Bound(obligation).into());
    }
    let due_at = store::insert(tx, account, WAIT_DAYS).await?;
    if viewer.has_confirmed_email {
        let kind = MailKind::ErasureScheduled;
        account_mail::request(tx, kind, Some(account), &contact.email).await?;
    }
    record(tx, EventKind::ErasureRequested, account).await?;
    Ok(ScheduledErasure {
        due_at,
        obligation: None,
    })
}

/// Keeps the viewer's account. False if no erasure was scheduled.
///
/// # Errors
/// `SignInRequired` if the account has been erased.
pub async fn stop(tx: &mut Tx<'_>, viewer: &Viewer) -> Result<bool> {
    account::lock(tx, viewer.account).await?;
    stop_locked(tx, viewer.account).await
}

/// Keeps an account whose owner takes it back from somebody else. Its row must be locked.
pub(crate) async fn stop_for_owner(tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
    stop_locked(tx, account).await?;
    Ok(())
}

async fn stop_locked(tx: &mut Tx<'_>, account: AccountId) -> Result<bool> {
    if !store::delete(tx, account).await? {
        return Ok(false);
    }
    account_mail::void(tx, MailKind::ErasureScheduled, account).await?;
    record(tx, EventKind::ErasureStopped, account).await?;
    Ok(true)
}

/// The account that the link with this secret keeps. Nothing is used up.
///
/// # Errors
/// `Refused(LinkUnknown | LinkUsed | LinkExpired)`, the last also if no erasure is scheduled any more.
pub async fn stoppable(db: &mut Connection, secret: &str) -> Result<(Contact, ScheduledErasure)> {
    let link = account_mail::read(db, MailKind::ErasureScheduled, secret).await?;
    link.must_work()?;
    let scheduled = of_account(db, link.account).await?;
    let scheduled = scheduled.ok_or(account_mail::Refusal::LinkExpired)?;
    Ok((account::find(db, link.account).await?, scheduled))
}

/// Keeps the account by the link with this secret, which is used up.
///
/// # Errors
/// The same as [`stoppable`].
pub async fn stop_by_link(tx: &mut Tx<'_>, secret: &str) -> Result<()> {
    let link = account_mail::lock(tx, MailKind::ErasureScheduled, secret).await?;
    link.must_work()?;
    match stop_locked(tx, link.account).await? {
        true => Ok(()),
        false => Err(account_mail::Refusal::LinkExpired.into()),
    }
}

/// Refuses an account whose erasure is scheduled or was carried out: it must not take on new obligations. Locks the
/// account until the transaction ends, so that no erasure is requested meanwhile.
///
/// # Errors
/// `Refused(Scheduled)`.
pub(crate) async fn must_not_be_scheduled(db: &mut Connection, account: AccountId) -> Result<()> {
    account::hold(db, account).await?;
    match store::exists(db, account).await? {
        true => Err(Refusal::Scheduled.into()),
        false => Ok(()),
    }
}

/// Accounts after this one whose erasure is due, or was carried out in the last hour, in order, at most `most`.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn due(
    db: &mut Connection,
    after: Option<AccountId>,
    most: i64,
) -> Result<Vec<AccountId>> {
    store::due(db, after, most).await
}

/// What became of an erasure that was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CarriedOut {
    Erased,
    /// It was erased in the last hour, and whatever has been added since is deleted.
    Again,
    /// It waits for this.
    Waits(Obligation),
    /// It is too early, its owner kept the account, or another worker has erased it.
    NotDue,
}

/// Erases an account whose erasure is due, unless it has obligations; repeats the deletions if the account was erased
/// in the last hour. All changes are part of the caller's transaction, so they happen together or not at all.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn carry_out(tx: &mut Tx<'_>, account: AccountId) -> Result<CarriedOut> {
    // An erasure that waits for weeks must not take the locks below every ten minutes.
    let is_scheduled = store::scheduled(tx, account).await?.is_some();
    if is_scheduled && let Some(obligation) = store::obligations(tx, account).await?.first() {
        return Ok(CarriedOut::Waits(obligation));
    }
    // Notices, queues and webhooks are deleted below, and this lock comes before all others.
    notice::lock(tx).await?;
    let Some(contact) = store::lock_account(tx, account).await? else {
        return Ok(CarriedOut::NotDue);
    };
    match store::lock_due(tx, account).await? {
        None => return Ok(CarriedOut::NotDue),
        Some(DueErasure::Again) => {
            delete_all(tx, account).await?;
            return Ok(CarriedOut::Again);
        }
        Some(DueErasure::First) => {}
    }
    if let Some(obligation) = store::obligations(tx, account).await?.first() {
        return Ok(CarriedOut::Waits(obligation));
    }
    delete_all(tx, account).await?;
    store::delete_letters(tx, account, &contact.email).await?;
    let was_confirmed = store::anonymize(tx, account, NAME, &rules::no_address(account)).await?;
    store::finish(tx, account).await?;
    if was_confirmed {
        let kind = MailKind::AccountErased;
        account_mail::request(tx, kind, Some(account), &contact.email).await?;
    }
    record(tx, EventKind::AccountErased, account).await?;
    Ok(CarriedOut::Erased)
}

async fn delete_all(tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
    store::delete_sign_in(tx, account).await?;
    store::delete_news(tx, account).await?;
    store::end_programs(tx, account).await?;
    store::delete_texts(tx, account).await
}

async fn record(tx: &mut Tx<'_>, kind: EventKind, account: AccountId) -> Result<()> {
    event::record(tx, kind, None, Some(account), json!({})).await
}
