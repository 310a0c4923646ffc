//! The settings of the mail relay.

use clap::Args;
use std::{fmt, path::PathBuf};

/// How mail is sent. Without a relay it is kept in the database, which only the demo and a server for development may
/// do.
#[derive(Debug, Clone, Default, Args)]
pub struct MailConfig {
    /// The mail relay: smtps://USER:PASSWORD@HOST:465, or smtp://USER:PASSWORD@HOST:587?tls=required for STARTTLS;
    /// tls=opportunistic also sends without encryption. Characters such as @ in the password are written as %40.
    /// Without it, mail is kept for /dev/mail, and only the demo and a server on a loopback address start
    #[arg(long, env = "SMTP_URL", hide_env_values = true, value_name = "URL")]
    pub smtp_url: Option<RelayUrl>,
    /// The sender of all mail, such as "Guildhall <no-reply@guildhall.example>"; required with --smtp-url
    #[arg(long, env = "MAIL_FROM", value_name = "SENDER")]
    pub mail_from: Option<String>,
    /// A PEM file with the authority that issued the relay's certificate, if the system does not know it
    #[arg(long, env = "SMTP_CA", value_name = "FILE")]
    pub smtp_ca: Option<PathBuf>,
}

/// The relay's URL as it was configured. It is parsed after the start, so that no message shows its password.
#[derive(Clone, PartialEq, Eq)]
pub struct RelayUrl(pub String);

impl From<String> for RelayUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl fmt::Debug for RelayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelayUrl(…)")
    }
}
