//! Sends letters, or keeps them.

use super::{
    Accepted, Letter, SendError,
    compose::{Composed, Composer},
    dev_mailbox,
    settings::MailSettings,
    smtp::Smtp,
};
use crate::{config::MailConfig, monitoring::readiness::Finding};
use anyhow::Context;
use sqlx::PgPool;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// Sends mail. Cloning it only increments a count.
#[derive(Clone)]
pub struct Mailer(Arc<MailerParts>);

struct MailerParts {
    composer: Composer,
    channel: Channel,
    counts: AtomicCounts,
}

enum Channel {
    Smtp(Box<Smtp>),
    Kept(PgPool),
}

/// How many letters had each outcome since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub sent: u64,
    pub temporary: u64,
    pub address_refused: u64,
    pub letter_refused: u64,
    pub misconfigured: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sent,
            temporary,
            address_refused,
            letter_refused,
            misconfigured,
        } = self;
        write!(
            f,
            "{sent} sent, {temporary} deferred, {address_refused} addresses refused, {letter_refused} letters refused, {misconfigured} failed by the settings"
        )
    }
}

#[derive(Default)]
struct AtomicCounts {
    /// True if the last attempt failed because of the settings.
    is_misconfigured: AtomicBool,
    sent: AtomicU64,
    temporary: AtomicU64,
    address_refused: AtomicU64,
    letter_refused: AtomicU64,
    misconfigured: AtomicU64,
}

impl Mailer {
    /// A mailer that uses the configured relay, or keeps mail in the database if there is none. `base_url` is the
    /// site's address, without a trailing slash.
    ///
    /// # Errors
    /// One sentence on what is missing or wrong in the settings, without the password.
    pub fn new(config: &MailConfig, base_url: &str, pool: &PgPool) -> anyhow::Result<Self> {
        let settings = MailSettings::new(config, base_url)?;
        let channel = match settings.relay {
            Some(relay) => Channel::Smtp(Box::new(Smtp::new(relay))),
            None => Channel::Kept(pool.clone()),
        };
        Ok(Self::of(settings.composer, channel))
    }

    /// A mailer that uses the configured relay.
    ///
    /// # Errors
    /// One sentence, also if no relay is configured.
    pub fn with_relay(config: &MailConfig, base_url: &str) -> anyhow::Result<Self> {
        let settings = MailSettings::new(config, base_url)?;
        let relay = settings
            .relay
            .context("SMTP_URL is not set: set it to the mail relay, such as smtps://user:password@smtp.example.com:465")?;
        Ok(Self::of(
            settings.composer,
            Channel::Smtp(Box::new(Smtp::new(relay))),
        ))
    }

    fn of(composer: Composer, channel: Channel) -> Self {
        Self(Arc::new(MailerParts {
            composer,
            channel,
            counts: AtomicCounts::default(),
        }))
    }

    /// Composes and sends a letter. A letter may be sent twice, with the same `Message-ID`, if the first attempt failed.
    /// Each step has a time limit, so this ends even if the relay hangs.
    ///
    /// # Errors
    /// Why it was not sent, which also says whether a retry makes sense.
    pub async fn send(&self, letter: &Letter) -> Result<Accepted, SendError> {
        let sent = self.attempt(letter).await;
        self.0.counts.add(&sent);
        if let Err(error) = &sent {
            tracing::warn!(letter = %letter.id, outcome = error.name(), %error, "mail was not sent");
        }
        sent
    }

    async fn attempt(&self, letter: &Letter) -> Result<Accepted, SendError> {
        let MailerParts {
            composer, channel, ..
        } = &*self.0;
        let composed = composer.compose(letter)?;
        match channel {
            Channel::Smtp(smtp) => {
                let from = &composer.from.mailbox().email;
                let to = &letter.to.mailbox().email;
                smtp.send(from, to, &composed.message.formatted()).await
            }
            Channel::Kept(pool) => keep(pool, letter, &composed).await,
        }
    }

    /// True if mail is kept in the database instead of being sent.
    #[must_use]
    pub fn keeps(&self) -> bool {
        matches!(self.0.channel, Channel::Kept(_))
    }

    /// What `/readyz` says about mail; nothing if it is kept. Wrong settings do not make the server useless.
    #[must_use]
    pub fn finding(&self) -> Option<Finding> {
        if self.keeps() {
            return None;
        }
        let counts = self.counts();
        let text = format!("{counts}");
        Some(
            match self.0.counts.is_misconfigured.load(Ordering::Relaxed) {
                true => Finding::Reduced(format!("the settings are wrong, see the log; {text}")),
                false => Finding::Fine(text),
            },
        )
    }

    #[must_use]
    pub fn counts(&self) -> Counts {
        self.0.counts.read()
    }
}

async fn keep(pool: &PgPool, letter: &Letter, composed: &Composed) -> Result<Accepted, SendError> {
    dev_mailbox::keep(pool, letter, composed)
        .await
        .map_err(|error| SendError::Temporary(error.to_string()))?;
    Ok(Accepted {
        answer: "kept for /dev/mail".to_owned(),
    })
}

impl AtomicCounts {
    fn add(&self, sent: &Result<Accepted, SendError>) {
        let count = match sent {
            Ok(_) => &self.sent,
            Err(SendError::Temporary(_)) => &self.temporary,
            Err(SendError::AddressRefused(_)) => &self.address_refused,
            Err(SendError::LetterRefused(_)) => &self.letter_refused,
            Err(SendError::Misconfigured(_)) => &self.misconfigured,
        };
        count.fetch_add(1, Ordering::Relaxed);
        let is_misconfigured = matches!(sent, Err(SendError::Misconfigured(_)));
        self.is_misconfigured
            .store(is_misconfigured, Ordering::Relaxed);
    }

    fn read(&self) -> Counts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts {
            sent: read(&self.sent),
            temporary: read(&self.temporary),
            address_refused: read(&self.address_refused),
            letter_refused: read(&self.letter_refused),
            misconfigured: read(&self.misconfigured),
        }
    }
}
