//! Every kind of event, declared once.
//!
//! Statements get the names as parameters, and a test compares every name in the SQL of the repository with these.

/// Declares the kinds together with their names in the outbox.
macro_rules! kinds {
    ($($variant:ident = $name:literal,)*) => {
        /// What happened. The names are stable: consumers of the outbox depend on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum EventKind {
            $($variant,)*
        }

        impl EventKind {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

kinds! {
    AccountCreated = "account.created",
    AccountRenamed = "account.renamed",
    BrowserAdded = "account.browser_added",
    EmailConfirmed = "account.email_confirmed",
    EmailChanged = "account.email_changed",
    PasswordChanged = "account.password_changed",
    ExportMade = "account.export_made",
    ErasureRequested = "account.erasure_requested",
    ErasureStopped = "account.erasure_stopped",
    AccountErased = "account.erased",
    IdentityLinked = "account.identity_linked",
    IdentityUnlinked = "account.identity_unlinked",
    SecondFactorEnabled = "account.second_factor_enabled",
    SecondFactorDisabled = "account.second_factor_disabled",
    RecoveryCodesRenewed = "account.recovery_codes_renewed",
    RecoveryCodeUsed = "account.recovery_code_used",
    WrongCodesEntered = "account.wrong_codes_entered",
    PasskeyAdded = "account.passkey_added",
    PasskeyRemoved = "account.passkey_removed",
    PasskeyCopied = "account.passkey_copied",
    PushAdded = "account.push_added",
    PushRemoved = "account.push_removed",
    WebhookAdded = "account.webhook_added",
    WebhookRemoved = "account.webhook_removed",
    WebhookSecretRenewed = "account.webhook_secret_renewed",
    DraftSaved = "project.draft_saved",
    DraftDiscarded = "project.draft_discarded",
    ProjectPublished = "project.published",
    ProjectCancelled = "project.cancelled",
    ProjectAwarded = "project.awarded",
    ProjectUnawarded = "project.unawarded",
    BidPlaced = "bid.placed",
    BidWithdrawn = "bid.withdrawn",
    TokenCreated = "token.created",
    TokenRevoked = "token.revoked",
    CalendarFeedCreated = "calendar.created",
    CalendarFeedRevoked = "calendar.revoked",
    ProgramRegistered = "program.registered",
    ProgramChanged = "program.changed",
    ProgramSecretRenewed = "program.secret_renewed",
    ProgramDeleted = "program.deleted",
    GrantAllowed = "grant.allowed",
    GrantRevoked = "grant.revoked",
    DeviceDenied = "device.denied",
    NoticesChanged = "notice.changed",
}

impl EventKind {
    /// The public kinds: the change feed and live pages show only these.
    pub const PUBLIC: &[Self] = &[
        Self::ProjectPublished,
        Self::ProjectCancelled,
        Self::ProjectAwarded,
        Self::ProjectUnawarded,
        Self::BidPlaced,
        Self::BidWithdrawn,
    ];

    /// Looks a kind up by name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// The names of these kinds, for use as a query parameter.
#[must_use]
pub fn names(kinds: &[EventKind]) -> Vec<String> {
    kinds.iter().map(|kind| kind.name().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::EventKind;
    use std::{
        collections::BTreeSet,
        fs,
        path::{Path, PathBuf},
    };

    /// Where SQL may be: the schema, and the statements of the domain, the server and the benchmark.
    const WITH_SQL: [&str; 4] = ["migrations", "src", "server/src", "bench"];

    #[test]
    fn sql_uses_only_event_kinds_of_the_enum() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = Vec::new();
        for folder in WITH_SQL {
            collect(&root.join(folder), &mut files);
        }
        assert!(files.len() > 100, "{} files", files.len());
        let subjects: BTreeSet<&str> = EventKind::ALL
            .iter()
            .filter_map(|kind| Some(kind.name().split_once('.')?.0))
            .collect();
        let mut found = 0;
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            for name in quoted_literals(&text).filter(|name| is_of(name, &subjects)) {
                found += 1;
                assert!(
                    EventKind::by_name(name).is_some(),
                    "{} names '{name}', which is not a kind of event",
                    file.display()
                );
            }
        }
        assert!(found > 10, "only {found} names were found");
    }

    #[test]
    fn every_kind_has_a_unique_name() {
        let names: BTreeSet<&str> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), EventKind::ALL.len());
    }

    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_text = path
                .extension()
                .is_some_and(|end| end == "rs" || end == "sql");
            if path.is_dir() {
                if !path.ends_with("node_modules") {
                    collect(&path, files);
                }
            } else if is_text {
                files.push(path);
            }
        }
    }

    /// Text between two single quotes and without a space, like a literal in SQL.
    fn quoted_literals(text: &str) -> impl Iterator<Item = &str> {
        text.split('\'')
            .filter(|part| !part.contains(char::is_whitespace))
    }

    /// True if the text looks like an event's name: one of the enum's subjects, a dot, lower-case letters and
    /// underscores.
    fn is_of(text: &str, subjects: &BTreeSet<&str>) -> bool {
        let is_verb = |verb: &str| {
            !verb.is_empty() && verb.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        };
        text.split_once('.')
            .is_some_and(|(subject, verb)| subjects.contains(subject) && is_verb(verb))
    }
}
