//! The record of security-relevant acts: append-only, and chained by hashes.
//!
//! Invariant: entries are numbered from 1 without a gap, and the hash of each covers all entries before it. So none can be
//! changed, removed or inserted without changing every later hash. Entries cut off the end can only be noticed by somebody
//! who knows a later hash: note down what [`verify`] returns, elsewhere.
//!
//! The worker's consumer `audit` appends the events in the order in which they were committed, each once. An entry holds
//! what the outbox holds: numbers and names of things, and neither secrets nor texts about people.

mod chain;
mod store;
mod verbs;

pub use chain::{Head, HeadError};
pub use store::of_account;
pub use verbs::{Finding, append, verify};

use crate::{account::AccountId, event::EventKind};
use time::OffsetDateTime;

/// The kinds of events that are recorded.
pub const EVENTS: &[EventKind] = &[
    EventKind::AccountCreated,
    EventKind::AccountRenamed,
    EventKind::BrowserAdded,
    EventKind::EmailConfirmed,
    EventKind::EmailChanged,
    EventKind::PasswordChanged,
    EventKind::ExportMade,
    EventKind::ErasureRequested,
    EventKind::ErasureStopped,
    EventKind::AccountErased,
    EventKind::IdentityLinked,
    EventKind::IdentityUnlinked,
    EventKind::SecondFactorEnabled,
    EventKind::SecondFactorDisabled,
    EventKind::RecoveryCodesRenewed,
    EventKind::RecoveryCodeUsed,
    EventKind::WrongCodesEntered,
    EventKind::PasskeyAdded,
    EventKind::PasskeyRemoved,
    EventKind::PasskeyCopied,
    EventKind::TokenCreated,
    EventKind::TokenRevoked,
    EventKind::CalendarFeedCreated,
    EventKind::CalendarFeedRevoked,
    EventKind::PushAdded,
    EventKind::PushRemoved,
    EventKind::WebhookAdded,
    EventKind::WebhookRemoved,
    EventKind::WebhookSecretRenewed,
    EventKind::ProgramRegistered,
    EventKind::ProgramChanged,
    EventKind::ProgramSecretRenewed,
    EventKind::ProgramDeleted,
    EventKind::GrantAllowed,
    EventKind::GrantRevoked,
    EventKind::DeviceDenied,
];

/// An entry of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Counts from 1 without a gap.
    pub number: i64,
    /// The number of the outbox's event.
    pub event: i64,
    /// The name of an [`EventKind`], perhaps of a later version.
    pub kind: String,
    pub account: Option<AccountId>,
    pub happened_at: OffsetDateTime,
    /// The event's body, a JSON object.
    pub facts: String,
}

impl AuditEntry {
    /// What happened, in a few words for the account's owner.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match EventKind::by_name(&self.kind) {
            Some(EventKind::AccountCreated) => "Account opened",
            Some(EventKind::AccountRenamed) => "Name changed",
            Some(EventKind::BrowserAdded) => "First sign-in from a browser",
            Some(EventKind::EmailConfirmed) => "E-mail address confirmed",
            Some(EventKind::EmailChanged) => "E-mail address changed",
            Some(EventKind::PasswordChanged) => "Password changed",
            Some(EventKind::ExportMade) => "Export of your data made",
            Some(EventKind::ErasureRequested) => "Erasure of the account requested",
            Some(EventKind::ErasureStopped) => "Erasure of the account stopped",
            Some(EventKind::AccountErased) => "Account erased",
            Some(EventKind::IdentityLinked) => "Sign-in method linked",
            Some(EventKind::IdentityUnlinked) => "Sign-in method unlinked",
            Some(EventKind::SecondFactorEnabled) => "Two-factor authentication turned on",
            Some(EventKind::SecondFactorDisabled) => "Two-factor authentication turned off",
            Some(EventKind::RecoveryCodesRenewed) => "Recovery codes renewed",
            Some(EventKind::RecoveryCodeUsed) => "Recovery code used",
            Some(EventKind::WrongCodesEntered) => {
                "Five wrong codes after the right password or provider"
            }
            Some(EventKind::PasskeyAdded) => "Passkey added",
            Some(EventKind::PasskeyRemoved) => "Passkey removed",
            Some(EventKind::PasskeyCopied) => "Passkey refused, because it may have been copied",
            Some(EventKind::TokenCreated) => "Access token created",
            Some(EventKind::TokenRevoked) => "Access token revoked",
            Some(EventKind::CalendarFeedCreated) => "Private calendar address created",
            Some(EventKind::CalendarFeedRevoked) => "Private calendar address revoked",
            Some(EventKind::PushAdded) => "Notifications turned on in a browser",
            Some(EventKind::PushRemoved) => "Browser that showed notifications removed",
            Some(EventKind::WebhookAdded) => "Webhook added",
            Some(EventKind::WebhookRemoved) => "Webhook removed",
            Some(EventKind::WebhookSecretRenewed) => "Webhook’s secret renewed",
            Some(EventKind::ProgramRegistered) => "App registered",
            Some(EventKind::ProgramChanged) => "App changed",
            Some(EventKind::ProgramSecretRenewed) => "App’s secret renewed",
            Some(EventKind::ProgramDeleted) => "App deleted",
            Some(EventKind::GrantAllowed) => "App allowed",
            Some(EventKind::GrantRevoked) => "App disconnected",
            Some(EventKind::DeviceDenied) => "App on another device refused",
            _ => "Another change",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recorded_kind_has_words_of_its_own() {
        let mut titles: Vec<_> = EVENTS
            .iter()
            .map(|kind| {
                let entry = AuditEntry {
                    number: 1,
                    event: 1,
                    kind: kind.name().to_owned(),
                    account: None,
                    happened_at: OffsetDateTime::UNIX_EPOCH,
                    facts: String::new(),
                };
                entry.title()
            })
            .collect();
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), EVENTS.len());
        assert!(!titles.contains(&"Another change"));
    }
}
