//! Quotas on stored data: per account, for all accounts at an address, and for all accounts in a network.
//!
//! Invariant: a request that is refused, rolled back or repeated uses up no quota, because it is counted in the
//! transaction that stores its data. The server limits how fast requests may arrive.
//!
//! Quotas are leaky buckets in PostgreSQL. In a day, an account may publish 100 projects, begin 100 drafts, create 100
//! tokens, register 50 programs, add 20 webhooks and browsers and 20 passkeys, change its name 20 times, and make or
//! download 20 exports. In a minute, it may send 10 messages to its webhooks by hand. An address (IPv4, IPv6 /64) may
//! store 5 times as much, and a network (/24, /48) 20 times. E-mails that anybody can ask for are counted per e-mail
//! address, IP address and network. Sign-ups are counted per address and network only, before the password is hashed;
//! the count is taken back if no account is opened. Demo data and commands are not counted.
//!
//! A new kind of stored data needs a name in `QuotaKind`, a limit in `rules::limit`, and a call to `spend` where it is
//! stored.

#[cfg(feature = "postgres")]
mod rules;
#[cfg(feature = "postgres")]
mod store;
#[cfg(feature = "postgres")]
mod verbs;

#[cfg(feature = "postgres")]
pub use {rules::Limit, store::forget_old, verbs::Quotas};

use std::{fmt, time::Duration};

/// How long an unused bucket is kept, in days: until it is empty.
#[cfg(feature = "postgres")]
pub const KEPT_DAYS: i32 = 1;

/// Kinds of stored data, each counted separately. A new kind also needs its limits in `rules::limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaKind {
    /// A new account, or a new e-mail address of an account: either one reveals whether that address has an account.
    SignUp,
    /// A published project.
    Project,
    /// A draft saved for the first time.
    Draft,
    /// A program registered for OAuth.
    Program,
    /// A personal access token.
    Token,
    /// A change of an account's name.
    Name,
    /// An e-mail that somebody asked for, such as one with a link that resets a password.
    Letter,
    /// A webhook, or a browser that shows notices.
    Webhook,
    /// A passkey.
    Passkey,
    /// A message that a webhook's owner sends by hand: a test, a repeat of a logged message, or an early retry of a
    /// failed one.
    WebhookMessage,
    /// A link to an export of an account, or a download by one.
    Export,
}

/// Whose usage the limit applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaScope {
    Account,
    /// An e-mail address, whether or not it has an account.
    Email,
    /// All accounts at one IPv4 address or IPv6 /64.
    Customer,
    /// All accounts in one IPv4 /24 or IPv6 /48.
    Network,
}

/// The limit that was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachedQuota {
    pub kind: QuotaKind,
    pub scope: QuotaScope,
    /// How often a day the limit allows it.
    pub per_day: u32,
    /// The time until there is room for one more.
    pub retry_after: Duration,
}

impl QuotaKind {
    /// The name in the database.
    #[cfg(feature = "postgres")]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::Project => "project",
            Self::Draft => "draft",
            Self::Program => "program",
            Self::Token => "token",
            Self::Name => "name",
            Self::Letter => "letter",
            Self::Webhook => "webhook",
            Self::Passkey => "passkey",
            Self::WebhookMessage => "webhook_message",
            Self::Export => "export",
        }
    }
}

impl fmt::Display for ReachedQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (act, things) = match self.kind {
            QuotaKind::SignUp => ("open", "accounts"),
            QuotaKind::Project => ("publish", "projects"),
            QuotaKind::Draft => ("save", "drafts"),
            QuotaKind::Program => ("register", "apps"),
            QuotaKind::Token => ("create", "access tokens"),
            QuotaKind::Name => ("make", "name changes"),
            QuotaKind::Letter => ("ask for", "e-mails"),
            QuotaKind::Webhook => ("add", "webhooks and browsers"),
            QuotaKind::Passkey => ("add", "passkeys"),
            QuotaKind::WebhookMessage => ("send", "messages to webhooks"),
            QuotaKind::Export => ("make or download", "exports"),
        };
        match (self.kind, self.scope) {
            (QuotaKind::SignUp, _) => {
                f.write_str("Too many accounts were opened or e-mail addresses changed from your network address recently.")?
            }
            (QuotaKind::Letter, QuotaScope::Email) => {
                f.write_str("Several e-mails have been sent to this address recently. Check your inbox and your spam folder.")?
            }
            (QuotaKind::Letter, _) => {
                f.write_str("Too many e-mails have been requested from your network recently.")?
            }
            (QuotaKind::WebhookMessage, _) => {
                f.write_str("Too many messages have been sent by hand recently.")?
            }
            (_, QuotaScope::Account | QuotaScope::Email) => write!(
                f,
                "Your account may {act} {} {things} a day and has reached that limit.",
                self.per_day
            )?,
            (_, QuotaScope::Network) => write!(
                f,
                "All accounts in your network together may {act} {} {things} a day and have reached that limit.",
                self.per_day
            )?,
            _ => write!(
                f,
                "All accounts at your network address together may {act} {} {things} a day and have reached that limit.",
                self.per_day
            )?,
        }
        let wait = crate::error::wait_text(self.retry_after);
        match self.kind {
            QuotaKind::Letter => write!(f, " You can ask for another one in {wait}."),
            QuotaKind::WebhookMessage => write!(f, " You can send another one in {wait}."),
            QuotaKind::Export => write!(f, " Try again in {wait}."),
            _ => write!(f, " Nothing was stored; try again in {wait}."),
        }
    }
}
