use super::{
    AttemptId, MAX_WEBHOOKS, NewWebhook, Refusal, Webhook, WebhookId, WebhookState,
    delivery::{WebhookAnswer, WebhookClaim},
    store::{self, log, queue},
};
use crate::{
    Error, Result,
    account::{self, Viewer},
    notice,
    store::{Connection, Tx},
};

/// Adds a webhook, and tells its owner on the site and by mail, because somebody else may have done it.
///
/// # Errors
/// `Refused(TooManyWebhooks)`.
pub async fn add(tx: &mut Tx<'_>, viewer: &Viewer, new: &NewWebhook) -> Result<WebhookId> {
    // The lock of all writers of notices comes before every other one.
    notice::lock(tx).await?;
    account::lock(tx, viewer.account).await?;
    if store::count(tx, viewer.account).await? >= MAX_WEBHOOKS {
        return Err(Refusal::TooManyWebhooks { most: MAX_WEBHOOKS }.into());
    }
    let id = store::insert(tx, viewer.account, new).await?;
    notice::tell_of_webhook(tx, viewer.account, &new.name).await?;
    Ok(id)
}

/// The viewer's webhooks, the oldest first.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn of_account(db: &mut Connection, viewer: &Viewer) -> Result<Vec<Webhook>> {
    store::of_account(db, viewer.account, None).await
}

/// One of the viewer's webhooks.
///
/// # Errors
/// `NotFound` if it is somebody else's.
pub async fn find(db: &mut Connection, viewer: &Viewer, webhook: WebhookId) -> Result<Webhook> {
    let mut found = store::of_account(db, viewer.account, Some(webhook)).await?;
    found.pop().ok_or(Error::NotFound)
}

/// Gives the webhook a new secret, and returns its generation. For a day, the one before signs as well.
///
/// # Errors
/// `NotFound` if it is somebody else's, or a chat, which has no secret of ours.
pub async fn rotate_secret(tx: &mut Tx<'_>, viewer: &Viewer, webhook: WebhookId) -> Result<i32> {
    let rotated = store::rotate(tx, viewer.account, webhook).await?;
    rotated.ok_or(Error::NotFound)
}

/// Queues a test message for this webhook only.
///
/// # Errors
/// `NotFound` if it is somebody else's; `Refused(TurnedOff)`.
pub async fn send_test(tx: &mut Tx<'_>, viewer: &Viewer, webhook: WebhookId) -> Result<()> {
    notice::lock(tx).await?;
    must_post(&find(tx, viewer, webhook).await?)?;
    queue::push_test(tx, viewer.account, webhook).await
}

/// Queues the message of a logged attempt once more, after everything that waits, with the same id.
///
/// # Errors
/// `NotFound` if the webhook is somebody else's, or the attempt is no longer kept; `Refused(TurnedOff)`.
pub async fn replay(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    webhook: WebhookId,
    attempt: AttemptId,
) -> Result<()> {
    must_post(&find(tx, viewer, webhook).await?)?;
    match queue::push_again(tx, viewer.account, webhook, attempt).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

fn must_post(webhook: &Webhook) -> Result<()> {
    match webhook.state {
        WebhookState::On | WebhookState::Parked { .. } => Ok(()),
        WebhookState::Off | WebhookState::Gone => Err(Refusal::TurnedOff.into()),
    }
}

/// Posts what a parked webhook holds, from the message that failed. One that is not parked is left as it is.
///
/// # Errors
/// `NotFound` if it is somebody else's.
pub async fn send_again(db: &mut Connection, viewer: &Viewer, webhook: WebhookId) -> Result<()> {
    find(db, viewer, webhook).await?;
    queue::unpark(db, Some(viewer.account), Some(webhook)).await?;
    Ok(())
}

/// Turns the webhook off, and drops what waits.
///
/// # Errors
/// `NotFound` if it is somebody else's.
pub async fn turn_off(tx: &mut Tx<'_>, viewer: &Viewer, webhook: WebhookId) -> Result<()> {
    match store::turn_off(tx, viewer.account, webhook).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

/// Turns all of the viewer's webhooks off, because somebody else may have added them. The transaction must have begun with the
/// lock of all writers of notices.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn turn_all_off(tx: &mut Tx<'_>, viewer: &Viewer) -> Result<()> {
    for webhook in of_account(tx, viewer).await? {
        store::turn_off(tx, viewer.account, webhook.id).await?;
    }
    Ok(())
}

/// Posts from now on.
///
/// # Errors
/// `NotFound` if it is somebody else's.
pub async fn turn_on(db: &mut Connection, viewer: &Viewer, webhook: WebhookId) -> Result<()> {
    match store::turn_on(db, viewer.account, webhook).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

/// Removes the webhook with its log and what waits.
///
/// # Errors
/// `NotFound` if it is somebody else's, or was removed before.
pub async fn remove(db: &mut Connection, viewer: &Viewer, webhook: WebhookId) -> Result<()> {
    match store::delete(db, viewer.account, webhook).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

/// Logs an attempt and ends the claim. False if the claim had ended before: another worker has taken over, or the webhook
/// was turned off or removed meanwhile.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn record(
    tx: &mut Tx<'_>,
    delivery: &super::delivery::WebhookDelivery,
    answer: &WebhookAnswer,
) -> Result<bool> {
    let claim: &WebhookClaim = &delivery.claim;
    let is_ours = queue::end_claim(tx, claim, answer).await?;
    log::insert(tx, delivery, answer).await?;
    Ok(is_ours)
}
