use super::{
    AttemptId, MAX_WAITING, MAX_WEBHOOKS, NewWebhook, QueuePosition, Refusal, Webhook,
    WebhookFormat, WebhookId, WebhookState,
    delivery::{WebhookAnswer, WebhookClaim},
    store::{self, log, queue},
};
use crate::{
    Error, Result,
    account::{self, Viewer},
    event::{self, EventKind},
    notice::{self, NoticeKind},
    store::{Connection, Tx},
};
use serde_json::json;

/// Adds a webhook, and tells its owner on the site and by mail, because somebody else may have done it.
///
/// # Errors
/// `Refused(TooManyWebhooks)`.
pub async fn add(tx: &mut Tx<'_>, viewer: &Viewer, new: &NewWebhook) -> Result<WebhookId> {
    // The lock of all writers of notices comes before those of accounts.
    notice::lock(tx).await?;
    account::lock(tx, viewer.account).await?;
    if store::count(tx, viewer.account).await? >= MAX_WEBHOOKS {
        return Err(Refusal::TooManyWebhooks { most: MAX_WEBHOOKS }.into());
    }
    let id = store::insert(tx, viewer.account, new).await?;
    notice::tell_of_webhook(tx, viewer.account, NoticeKind::WebhookAdded, &new.name).await?;
    record_act(tx, EventKind::WebhookAdded, viewer, id).await?;
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
/// `NotFound` if it is somebody else's, or a chat, which has no secret of ours; `Refused(SecretIsNew)` within that day.
pub async fn rotate_secret(tx: &mut Tx<'_>, viewer: &Viewer, webhook: WebhookId) -> Result<i32> {
    lock(tx, viewer, webhook).await?;
    if let Some(retry_after) = store::previous_secret_lasts(tx, webhook).await? {
        return Err(Refusal::SecretIsNew { retry_after }.into());
    }
    let rotated = store::rotate(tx, viewer.account, webhook).await?;
    let generation = rotated.ok_or(Error::NotFound)?;
    record_act(tx, EventKind::WebhookSecretRenewed, viewer, webhook).await?;
    Ok(generation)
}

/// Records an act that matters for the account's security.
pub(super) async fn record_act(
    tx: &mut Tx<'_>,
    kind: EventKind,
    viewer: &Viewer,
    webhook: WebhookId,
) -> Result<()> {
    let body = json!({ "webhook": webhook.0 });
    event::record(tx, kind, None, Some(viewer.account), body).await
}

/// Locks the viewer's webhook until the transaction ends.
async fn lock(tx: &mut Tx<'_>, viewer: &Viewer, webhook: WebhookId) -> Result<()> {
    match store::lock(tx, viewer.account, webhook).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

/// Queues a test message for this webhook only, after everything that waits.
///
/// # Errors
/// `NotFound` if it is somebody else's; `Refused(TurnedOff)`; `Refused(TooManyWaiting)`.
pub async fn send_test(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    webhook: WebhookId,
) -> Result<QueuePosition> {
    notice::lock(tx).await?;
    let position = next_position(tx, viewer, webhook).await?;
    queue::push_test(tx, viewer.account, webhook).await?;
    Ok(position)
}

/// Queues the message of a logged attempt once more, after everything that waits, with the same id.
///
/// # Errors
/// `NotFound` if the webhook is somebody else's, or the attempt is no longer kept; `Refused(TurnedOff)`;
/// `Refused(TooManyWaiting)`.
pub async fn replay(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    webhook: WebhookId,
    attempt: AttemptId,
) -> Result<QueuePosition> {
    let position = next_position(tx, viewer, webhook).await?;
    match queue::push_again(tx, viewer.account, webhook, attempt).await? {
        true => Ok(position),
        false => Err(Error::NotFound),
    }
}

/// Where the next message of the webhook will be. Locks it, so that nothing else is queued meanwhile.
async fn next_position(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    webhook: WebhookId,
) -> Result<QueuePosition> {
    lock(tx, viewer, webhook).await?;
    let found = find(tx, viewer, webhook).await?;
    if !found.state.takes_messages() {
        return Err(Refusal::TurnedOff.into());
    }
    let waiting = found.pending;
    if waiting >= MAX_WAITING {
        return Err(Refusal::TooManyWaiting { waiting }.into());
    }
    let is_parked = matches!(found.state, WebhookState::Parked { .. });
    Ok(QueuePosition {
        earlier: waiting,
        is_failing: is_parked || found.next_try_at.is_some(),
    })
}

/// Makes the failed message due now, also that of a parked webhook. False if none waits for another try.
///
/// # Errors
/// `NotFound` if it is somebody else's.
pub async fn try_now(db: &mut Connection, viewer: &Viewer, webhook: WebhookId) -> Result<bool> {
    find(db, viewer, webhook).await?;
    queue::try_now(db, viewer.account, webhook).await
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

/// Turns all of the viewer's webhooks off, because somebody else may have added them. Browsers are left out: they end with what
/// signs them out. The transaction must have begun with the lock of all writers of notices.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn turn_all_off(tx: &mut Tx<'_>, viewer: &Viewer) -> Result<()> {
    for webhook in of_account(tx, viewer).await? {
        if webhook.format != WebhookFormat::Push {
            store::turn_off(tx, viewer.account, webhook.id).await?;
        }
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

/// Removes the webhook with its log and what waits, and returns its format.
///
/// # Errors
/// `NotFound` if it is somebody else's, or was removed before.
pub async fn remove(tx: &mut Tx<'_>, viewer: &Viewer, webhook: WebhookId) -> Result<WebhookFormat> {
    let deleted = store::delete(tx, viewer.account, webhook).await?;
    let format = deleted.ok_or(Error::NotFound)?;
    let removed = match format {
        WebhookFormat::Push => EventKind::PushRemoved,
        WebhookFormat::Standard | WebhookFormat::Slack | WebhookFormat::Discord => {
            EventKind::WebhookRemoved
        }
    };
    record_act(tx, removed, viewer, webhook).await?;
    Ok(format)
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
