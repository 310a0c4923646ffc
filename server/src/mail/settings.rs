//! How mail is sent, from the configuration.

use super::{Recipient, compose::Composer, smtp::Relay};
use crate::config::MailConfig;
use anyhow::{anyhow, ensure};
use lettre::message::Mailbox;
use url::{Host, Url};

/// The sender of mail that is only kept.
const NO_SENDER: &str = "Guildhall <no-reply@guildhall.localhost>";

/// The settings, checked.
pub(super) struct MailSettings {
    pub composer: Composer,
    /// `None` if mail is kept.
    pub relay: Option<Relay>,
}

impl MailSettings {
    /// `base_url` is the site's address, without a trailing slash.
    ///
    /// # Errors
    /// One sentence on what is missing or wrong, without the password.
    pub fn new(config: &MailConfig, base_url: &str) -> anyhow::Result<Self> {
        let relay = relay_url(config)
            .map(|url| Relay::new(url, config.smtp_ca.as_deref()))
            .transpose()?;
        let from = match set(config.mail_from.as_deref()) {
            Some(from) => sender(from)?,
            None => {
                ensure!(
                    relay.is_none(),
                    "SMTP_URL is set, but MAIL_FROM is not: set it to the sender of all mail, such as \"Guildhall <no-reply@guildhall.example>\""
                );
                sender(NO_SENDER)?
            }
        };
        let composer = Composer {
            from,
            home: base_url.to_owned(),
        };
        Ok(Self { composer, relay })
    }
}

/// The URL of the relay, if one is configured. An empty variable counts as none.
fn relay_url(config: &MailConfig) -> Option<&str> {
    set(config.smtp_url.as_ref().map(|url| url.0.as_str()))
}

fn set(value: Option<&str>) -> Option<&str> {
    value.map(str::trim).filter(|value| !value.is_empty())
}

fn sender(text: &str) -> anyhow::Result<Recipient> {
    let wrong = || {
        anyhow!(
            "MAIL_FROM is {text:?}, but must be a sender such as \"Guildhall <no-reply@guildhall.example>\""
        )
    };
    let mailbox: Mailbox = text.parse().map_err(|_| wrong())?;
    let name = mailbox.name.unwrap_or_default();
    Recipient::new(mailbox.email.as_ref(), &name).map_err(|_| wrong())
}

/// True if a server without a relay may keep mail in the database and show it to everybody at `/dev/mail`: one that
/// only this machine reaches, and the demo unless it has a public https address.
#[must_use]
pub fn may_keep(base_url: &str, demo: bool) -> bool {
    let Ok(url) = Url::parse(base_url) else {
        return false;
    };
    is_loopback(&url) || (demo && url.scheme() == "http")
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// # Errors
/// One sentence, if this server needs a relay and has none.
pub fn require_relay(config: &MailConfig, base_url: &str, demo: bool) -> anyhow::Result<()> {
    if relay_url(config).is_some() || may_keep(base_url, demo) {
        return Ok(());
    }
    Err(anyhow!(
        "a site at {base_url} must be able to send mail: set SMTP_URL and MAIL_FROM (docs/OPERATIONS.md, \"Mail\"); only the demo over http and a site on a loopback address keep mail instead"
    ))
}
