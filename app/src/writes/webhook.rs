//! Webhooks, and browsers that show notifications.

use super::{Fetch, Refused, WriteSuccess, json::Json};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::fmt;

#[cfg(feature = "ssr")]
use {
    super::context::{Context, write},
    guildhall::{
        Result,
        disk::DataKind,
        quota::QuotaKind,
        receipt::form::{self, FormStart},
        store::Tx,
        webhook::{self, AttemptId, NewWebhook, QueuePosition, WebhookFormat, WebhookId},
    },
};

#[cfg(feature = "ssr")]
const PAGE: &str = "/account/webhooks";
#[cfg(feature = "ssr")]
const BROWSERS: &str = "/account/notices/push";
#[cfg(feature = "ssr")]
const RELOAD: &str = "Reload this page to see what came of it.";

/// A webhook with a secret that was just made. It is not stored, so it is shown once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookWithSecret {
    pub webhook: i64,
    /// `None` for a chat, which verifies nothing.
    pub secret: Option<String>,
}

impl fmt::Debug for WebhookWithSecret {
    /// Leaves the secret out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookWithSecret")
            .field("webhook", &self.webhook)
            .finish_non_exhaustive()
    }
}

/// Adds a webhook, and returns its secret if it has one. Sending the same form again adds no second one, and shows the same
/// secret.
///
/// The current password is not required, because notices about the account's security are not posted to webhooks, and the
/// owner gets an e-mail about the new one.
///
/// # Errors
/// `Invalid` for `name`, `format` or `url`; `TooManyWebhooks`; `StalePage` for a malformed or outdated key; `TooMany` above
/// the daily limit; `Unavailable` when the disk is nearly full.
#[server(prefix = "/writes", endpoint = "add-webhook", input = Json, output = Json, client = Fetch)]
pub async fn add_webhook(
    name: String,
    format: String,
    url: String,
    form_key: String,
) -> Result<WebhookWithSecret, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        context.came_from(PAGE);
        let new = NewWebhook::parse(&name, &format, &url, &context.webhooks.networks)?;
        let arguments = (&name, &format, &url);
        let mark = form::mark(viewer.account, &form_key, "add_webhook", &arguments)?;
        let id = match form::begin(&context.pool, mark).await? {
            FormStart::First(mut once) => {
                context.disk.must_take(DataKind::Follows)?;
                let (quotas, origin) = (context.quotas, context.request.origin());
                // Before the lock that all writers of notices share.
                quotas
                    .spend(once.tx(), QuotaKind::Webhook, viewer.account, origin)
                    .await?;
                let id = webhook::add(once.tx(), &viewer, &new).await?;
                once.commit(id).await?;
                id
            }
            FormStart::Repeated(id) => id,
        };
        match new.format {
            WebhookFormat::Standard => with_secret(context, id, 1).await,
            WebhookFormat::Slack | WebhookFormat::Discord | WebhookFormat::Push => {
                Ok(WebhookWithSecret {
                    webhook: id.0,
                    secret: None,
                })
            }
        }
    })
    .await
}

/// Turns on the viewer's notifications in this browser. `subscription` is its `PushSubscription` as JSON. Sending the same
/// one again changes nothing.
///
/// # Errors
/// `Invalid` for `name`; `NoEndpoint`; `UnknownBrowser`; `TooManyBrowsers`; `TooMany` above the daily limit; `Unavailable` when
/// the disk is nearly full.
#[server(prefix = "/writes", endpoint = "add-browser", input = Json, output = Json, client = Fetch)]
pub async fn add_browser(name: String, subscription: String) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        context.came_from(BROWSERS);
        let new = NewWebhook::browser(&name, &subscription, &context.webhooks.networks)?;
        context.disk.must_take(DataKind::Follows)?;
        let browser = context.request.browser().await?;
        let (quotas, origin) = (context.quotas, context.request.origin());
        let mut tx: Tx<'_> = context.pool.begin().await?;
        let before = webhook::of_device(&mut tx, &viewer, browser.device).await?;
        // Before the lock that all writers of notices share.
        quotas
            .spend(&mut tx, QuotaKind::Webhook, viewer.account, origin)
            .await?;
        let added = webhook::add_browser(&mut tx, &viewer, &browser, &new).await?;
        // A repeat adds nothing, so it is not counted, either.
        if before != Some(added) {
            tx.commit().await?;
        }
        Ok(WriteSuccess {
            message: "This browser shows your notifications now.".to_owned(),
            location: BROWSERS.to_owned(),
        })
    })
    .await
}

/// Gives a webhook a new secret, and returns it. For a day, the one before signs as well. Sending the same form again makes
/// no other one.
///
/// # Errors
/// `NotFound` if it is somebody else's, or a chat; `SecretIsNew` within that day; `StalePage` for a malformed or outdated key.
#[server(prefix = "/writes", endpoint = "rotate-webhook-secret", input = Json, output = Json, client = Fetch)]
pub async fn rotate_webhook_secret(
    webhook: i64,
    form_key: String,
) -> Result<WebhookWithSecret, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let id = WebhookId(webhook);
        let mark = form::mark(viewer.account, &form_key, "rotate_webhook_secret", &webhook)?;
        let generation = match form::begin(&context.pool, mark).await? {
            FormStart::First(mut once) => {
                let generation = webhook::rotate_secret(once.tx(), &viewer, id).await?;
                once.commit(generation).await?;
                generation
            }
            FormStart::Repeated(generation) => {
                webhook::find(&mut *context.pool.acquire().await?, &viewer, id).await?;
                generation
            }
        };
        with_secret(context, id, generation).await
    })
    .await
}

#[cfg(feature = "ssr")]
async fn with_secret(
    context: &Context,
    id: WebhookId,
    generation: i32,
) -> Result<WebhookWithSecret> {
    let secrets = &context.webhooks.secrets;
    let secret = secrets.of(&context.pool, id, generation).await?;
    Ok(WebhookWithSecret {
        webhook: id.0,
        secret: Some(secret.reveal()),
    })
}

/// Queues a test message for a webhook, after the pending ones.
///
/// # Errors
/// `NotFound` if it is somebody else's; `TurnedOff`; `TooManyWaiting`; `TooMany` above ten at once, or one every six seconds after that.
#[server(prefix = "/writes", endpoint = "test-webhook", input = Json, output = Json, client = Fetch)]
pub async fn test_webhook(webhook: i64) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let mut tx = context.pool.begin().await?;
        // Before the lock that all writers of notices share.
        count_message(context, &mut tx).await?;
        let position = webhook::send_test(&mut tx, &viewer, WebhookId(webhook)).await?;
        tx.commit().await?;
        Ok(done(webhook, &queued_text("The test message", position)))
    })
    .await
}

/// Queues a logged message once more, after the pending ones.
///
/// # Errors
/// `NotFound` if the webhook is somebody else's, or the message is no longer kept; `TurnedOff`; `TooManyWaiting`; `TooMany`
/// above ten at once, or one every six seconds after that.
#[server(prefix = "/writes", endpoint = "replay-webhook-message", input = Json, output = Json, client = Fetch)]
pub async fn replay_webhook_message(webhook: i64, attempt: i64) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let mut tx = context.pool.begin().await?;
        let (id, attempt) = (WebhookId(webhook), AttemptId(attempt));
        count_message(context, &mut tx).await?;
        let position = webhook::replay(&mut tx, &viewer, id, attempt).await?;
        tx.commit().await?;
        Ok(done(webhook, &queued_text("The message", position)))
    })
    .await
}

/// Says when a message that was just queued will be sent.
#[cfg(feature = "ssr")]
fn queued_text(message: &str, position: QueuePosition) -> String {
    let earlier = match position.earlier {
        0 => return format!("{message} is on its way. {RELOAD}"),
        1 => "1 earlier message".to_owned(),
        count => format!("{count} earlier messages"),
    };
    if position.is_failing {
        format!(
            "{message} waits for {earlier}. The last attempt failed: press “Try now” to try again at once."
        )
    } else {
        format!("{message} is sent after {earlier}. {RELOAD}")
    }
}

#[cfg(feature = "ssr")]
async fn count_message(context: &Context, tx: &mut Tx<'_>) -> Result<()> {
    let (viewer, origin) = (context.signed_in()?, context.request.origin());
    let quotas = context.quotas;
    quotas
        .spend(tx, QuotaKind::WebhookMessage, viewer.account, origin)
        .await
}

/// Makes the failed message due now, even if the webhook is parked. It counts towards the limit of manual messages.
///
/// # Errors
/// `NotFound` if it is somebody else's; `TooMany` above ten at once, or one every six seconds after that.
#[server(prefix = "/writes", endpoint = "send-webhook-again", input = Json, output = Json, client = Fetch)]
pub async fn send_webhook_again(webhook: i64) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let mut tx = context.pool.begin().await?;
        count_message(context, &mut tx).await?;
        let is_due = webhook::try_now(&mut tx, &viewer, WebhookId(webhook)).await?;
        tx.commit().await?;
        let message = match is_due {
            true => format!("We are trying again now. {RELOAD}"),
            false => "No message is waiting for another try.".to_owned(),
        };
        Ok(done(webhook, &message))
    })
    .await
}

/// Turns a webhook off, and drops its pending messages.
///
/// # Errors
/// `NotFound` if it is somebody else's.
#[server(prefix = "/writes", endpoint = "turn-webhook-off", input = Json, output = Json, client = Fetch)]
pub async fn turn_webhook_off(webhook: i64) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let mut tx = context.pool.begin().await?;
        webhook::turn_off(&mut tx, &viewer, WebhookId(webhook)).await?;
        tx.commit().await?;
        Ok(done(webhook, "Turned off. Nothing more is sent."))
    })
    .await
}

/// Turns a webhook on.
///
/// # Errors
/// `NotFound` if it is somebody else's.
#[server(prefix = "/writes", endpoint = "turn-webhook-on", input = Json, output = Json, client = Fetch)]
pub async fn turn_webhook_on(webhook: i64) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let db = &mut *context.pool.acquire().await?;
        webhook::turn_on(db, &viewer, WebhookId(webhook)).await?;
        Ok(done(
            webhook,
            "Turned on. New notifications are sent again.",
        ))
    })
    .await
}

/// Removes a webhook with its log and its pending messages.
///
/// # Errors
/// `NotFound` if it is somebody else's, or was removed before.
#[server(prefix = "/writes", endpoint = "remove-webhook", input = Json, output = Json, client = Fetch)]
pub async fn remove_webhook(webhook: i64) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let mut tx: Tx<'_> = context.pool.begin().await?;
        let format = webhook::remove(&mut tx, &viewer, WebhookId(webhook)).await?;
        tx.commit().await?;
        let (message, location) = match format {
            WebhookFormat::Push => ("The browser no longer shows your notifications.", BROWSERS),
            WebhookFormat::Standard | WebhookFormat::Slack | WebhookFormat::Discord => {
                ("Webhook removed. Nothing more is sent to it.", PAGE)
            }
        };
        Ok(WriteSuccess {
            message: message.to_owned(),
            location: location.to_owned(),
        })
    })
    .await
}

#[cfg(feature = "ssr")]
fn done(webhook: i64, message: &str) -> WriteSuccess {
    WriteSuccess {
        message: message.to_owned(),
        location: format!("{PAGE}/{webhook}"),
    }
}
