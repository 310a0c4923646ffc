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
/// only this machine reaches, without a proxy in front of it, and the demo unless it has a public https address.
#[must_use]
pub fn may_keep(base_url: &str, demo: bool, proxies: u8) -> bool {
    let Ok(url) = Url::parse(base_url) else {
        return false;
    };
    (is_loopback(&url) && proxies == 0) || (demo && url.scheme() == "http")
}

/// True if the host of a URL or of a `Host` header is this machine.
#[must_use]
pub fn is_this_machine(host: &str) -> bool {
    Url::parse(&format!("http://{host}")).is_ok_and(|url| is_loopback(&url))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Checks the settings before anything is started.
///
/// # Errors
/// One sentence, if they are unusable, or if this server needs a relay and has none.
pub fn check_settings(
    config: &MailConfig,
    base_url: &str,
    demo: bool,
    proxies: u8,
) -> anyhow::Result<()> {
    let settings = MailSettings::new(config, base_url)?;
    if settings.relay.is_some() || may_keep(base_url, demo, proxies) {
        return Ok(());
    }
    let site = match proxies {
        0 => format!("a site at {base_url}"),
        _ => "a site behind a proxy".to_owned(),
    };
    Err(anyhow!(
        "{site} must be able to send mail: set SMTP_URL and MAIL_FROM (docs/OPERATIONS.md, \"Mail\"); only the demo over http and a site on a loopback address without a proxy keep mail instead"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Cli, Command};
    use clap::Parser;

    fn config(flags: &[&str]) -> MailConfig {
        let arguments = [&["guildhall", "serve"], flags].concat();
        let Command::Serve(config) = Cli::parse_from(arguments).command else {
            panic!("expected the serve command")
        };
        config.mail
    }

    #[test]
    fn mail_is_kept_only_where_no_stranger_reads_it_or_everything_is_a_demo() {
        for (base_url, demo, expected) in [
            ("http://127.0.0.1:3000", false, true),
            ("https://127.0.0.1:3000", false, true),
            ("http://[::1]:3000", false, true),
            ("http://localhost:3000", false, true),
            ("http://guildhall.localhost", false, true),
            ("http://0.0.0.0:3000", false, false),
            ("http://0.0.0.0:3000", true, true),
            ("http://192.168.1.7:3000", false, false),
            ("http://192.168.1.7:3000", true, true),
            ("http://localhost.example", false, false),
            ("https://guildhall.example", false, false),
            ("https://guildhall.example", true, false),
            ("guildhall.example", true, false),
        ] {
            assert_eq!(may_keep(base_url, demo, 0), expected, "{base_url} {demo}");
        }
        assert!(
            !may_keep("http://127.0.0.1:3000", false, 1),
            "behind a proxy"
        );
    }

    #[test]
    fn an_empty_variable_is_no_setting() {
        let settings =
            MailSettings::new(&config(&["--smtp-url", "", "--mail-from", " "]), "http://x");
        assert!(settings.is_ok_and(|settings| settings.relay.is_none()));
    }

    #[test]
    fn the_password_is_in_no_debug_output() {
        let flags = [
            "--smtp-url",
            "smtps://ada:s3cr3t@relay.example",
            "--mail-from",
            "a@guildhall.example",
        ];
        let config = config(&flags);
        let settings = MailSettings::new(&config, "http://x").expect("valid settings");
        let debug = format!("{config:?} {:?}", settings.relay);
        assert!(
            debug.contains("relay.example:465") && !debug.contains("s3cr3t"),
            "{debug}"
        );
    }
}
