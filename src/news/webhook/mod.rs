//! Webhooks: addresses of people's own systems and chats that their notices are also posted to, and browsers that show them.
//!
//! Invariant: a webhook gets the notices of its owner in order, each at least once, with an id that stays the same. A later
//! message never passes one that failed. Only browsers get what concerns the security of the account: a team may read the
//! others.
//!
//! `notice` queues a message in the statement that writes the notice. A worker claims a webhook, posts its lowest message,
//! and records the attempt ([`delivery`]). The server makes the requests, and asks [`Networks`] where they may lead.

mod address;
mod browser;
pub mod delivery;
mod log;
mod push;
mod refusal;
mod secret;
mod store;
mod target;
mod verbs;

pub use address::Networks;
pub use browser::{add as add_browser, of_device};
pub use log::{Attempt, AttemptId, KEPT_DAYS};
pub use push::{PushKeyPair, PushKeys, PushSigner};
pub use refusal::Refusal;
pub use secret::{WebhookSecret, WebhookSecrets};
pub use store::{
    browser::forget_lost,
    channels,
    log::{attempts, forget_old},
    queue::{bound_waits, claim, parked, send_all_again},
};
pub use target::WebhookUrl;
pub use verbs::{
    add, find, of_account, record, remove, replay, rotate_secret, send_test, try_now, turn_all_off,
    turn_off, turn_on,
};

use crate::{
    Error, Result,
    field::{self, Check, ValueError},
    notice::NoticeChannel,
};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use time::OffsetDateTime;

/// How many webhooks an account may have, besides its browsers.
pub const MAX_WEBHOOKS: i64 = 5;
/// How many browsers may show an account's notices.
pub const MAX_BROWSERS: i64 = 10;
/// The longest name, in characters.
pub const LONGEST_NAME: usize = 60;
/// How long the previous secret signs as well after a rotation, in hours.
pub const ROTATION_HOURS: i32 = 24;
/// How many messages may wait for a webhook before no more can be queued by hand.
pub const MAX_WAITING: i64 = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WebhookId(pub i64);

/// What is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookFormat {
    /// JSON with a signature (Standard Webhooks).
    Standard,
    /// A line of text, as Slack and compatible chats take it.
    Slack,
    /// A line of text, as Discord takes it.
    Discord,
    /// An encrypted message that a browser shows (Web Push).
    Push,
}

impl WebhookFormat {
    pub const ALL: [Self; 4] = [Self::Standard, Self::Slack, Self::Discord, Self::Push];
    /// The formats that people choose from. A browser registers its own subscription instead.
    pub const CHOICES: [Self; 3] = [Self::Standard, Self::Slack, Self::Discord];

    /// The name in forms and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Slack => "slack",
            Self::Discord => "discord",
            Self::Push => "push",
        }
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Standard => "Signed JSON (Standard Webhooks)",
            Self::Slack => "Slack, Mattermost or another chat that takes Slack’s format",
            Self::Discord => "Discord",
            Self::Push => "An encrypted notification",
        }
    }

    /// Whose preferences apply.
    #[must_use]
    pub const fn channel(self) -> NoticeChannel {
        match self {
            Self::Standard => NoticeChannel::Webhook,
            Self::Slack | Self::Discord => NoticeChannel::Chat,
            Self::Push => NoticeChannel::Push,
        }
    }
}

impl FromStr for WebhookFormat {
    type Err = ValueError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or(ValueError::NotAChoice)
    }
}

/// Whether anything is posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookState {
    On,
    /// The last try failed: nothing is posted until its owner or an operator has it sent again.
    Parked {
        since: OffsetDateTime,
    },
    /// Its owner turned it off.
    Off,
    /// The receiver is gone: it answered 410, or 404 if it is a push service.
    Gone,
}

impl WebhookState {
    /// True if messages are queued: those of a parked webhook wait.
    #[must_use]
    pub const fn takes_messages(&self) -> bool {
        matches!(self, Self::On | Self::Parked { .. })
    }
}

/// An account's webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub id: WebhookId,
    pub name: String,
    pub format: WebhookFormat,
    pub url: WebhookUrl,
    pub created_at: OffsetDateTime,
    pub state: WebhookState,
    /// How many messages wait.
    pub pending: i64,
    /// Why the last attempt failed, if it did.
    pub last_error: Option<String>,
    /// When the message that failed is tried again.
    pub next_try_at: Option<OffsetDateTime>,
    /// Until when the previous secret signs as well.
    pub previous_until: Option<OffsetDateTime>,
}

/// Where a message that was queued by hand is in its webhook's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueuePosition {
    /// How many messages are posted before it.
    pub earlier: i64,
    /// True if the first of them failed, and waits for another try.
    pub is_failing: bool,
}

/// A webhook to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    pub name: String,
    pub format: WebhookFormat,
    pub url: WebhookUrl,
    /// What messages are encrypted with, if a browser shows them.
    pub keys: Option<PushKeys>,
}

impl NewWebhook {
    /// Parses what was typed and chosen.
    ///
    /// # Errors
    /// `Invalid` for `name`, `format` or `url`.
    pub fn parse(name: &str, format: &str, url: &str, networks: &Networks) -> Result<Self> {
        let mut check = Check::default();
        let name = check.take("name", field::line(name, 1, LONGEST_NAME));
        let format = check.take(
            "format",
            match format.parse() {
                Ok(WebhookFormat::Push) => Err(ValueError::NotAChoice),
                format => format,
            },
        );
        let url = check.take("url", WebhookUrl::parse(url, networks));
        check.finish()?;
        match (name, format, url) {
            (Some(name), Some(format), Some(url)) => Ok(Self {
                name,
                format,
                url,
                keys: None,
            }),
            _ => Err(Error::Invalid(Vec::new())),
        }
    }
}
