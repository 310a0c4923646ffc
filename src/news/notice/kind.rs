//! Every kind of notice, declared once: its text, who gets it, when it is written, what delays its mail, and whether it
//! can be turned off.

use super::MailDelay;
use crate::account::Role;
use std::time::Duration;

/// What a kind of notice is about: a filter of the list, and a group of the preferences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeSubject {
    Bids,
    Deadlines,
    Result,
    Watched,
    Searches,
    Account,
}

impl NoticeSubject {
    pub const ALL: [Self; 6] = [
        Self::Bids,
        Self::Deadlines,
        Self::Result,
        Self::Watched,
        Self::Searches,
        Self::Account,
    ];

    /// The name in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bids => "bids",
            Self::Deadlines => "deadlines",
            Self::Result => "results",
            Self::Watched => "watched",
            Self::Searches => "searches",
            Self::Account => "account",
        }
    }

    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Bids => "Bids",
            Self::Deadlines => "Deadlines",
            Self::Result => "Results",
            Self::Watched => "Watched projects",
            Self::Searches => "Saved searches",
            Self::Account => "Account",
        }
    }

    /// Looks a subject up by its name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|subject| subject.name() == name)
    }
}

/// How a notice reaches its recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeChannel {
    /// The list of notices, and the bell in the header.
    Site,
    Email,
    /// The recipient's own systems.
    Webhook,
    /// A chat of the recipient's team.
    Chat,
    /// Browsers of the recipient, also while the site is closed.
    Push,
}

impl NoticeChannel {
    pub const ALL: [Self; 5] = [
        Self::Site,
        Self::Email,
        Self::Push,
        Self::Webhook,
        Self::Chat,
    ];
    /// Those that everybody has.
    pub const BASIC: [Self; 2] = [Self::Site, Self::Email];

    /// The name in forms and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Email => "email",
            Self::Webhook => "webhook",
            Self::Chat => "chat",
            Self::Push => "push",
        }
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Site => "On the site",
            Self::Email => "E-mail",
            Self::Webhook => "Webhook",
            Self::Chat => "Chat",
            Self::Push => "Browser",
        }
    }

    /// True if a team may read it, so that nothing about the account's security goes there.
    #[must_use]
    pub const fn is_shared(self) -> bool {
        match self {
            Self::Webhook | Self::Chat => true,
            Self::Site | Self::Email | Self::Push => false,
        }
    }
}

/// Who gets a kind of notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Sellers,
    Buyers,
    Everybody,
    /// Only a webhook whose owner asked for it.
    Webhook,
    /// Only the mail of those who chose a digest.
    Digest,
}

impl Audience {
    #[must_use]
    pub fn includes(self, role: Role) -> bool {
        match self {
            Self::Sellers => role == Role::Seller,
            Self::Buyers => role == Role::Buyer,
            Self::Everybody => true,
            Self::Webhook | Self::Digest => false,
        }
    }
}

/// When a notice is written after its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timing {
    AtOnce,
    /// At once, and then at most once in this time for a project; the last change is always told.
    Spaced(Duration),
    /// When nothing of the kind happened to the project for `quiet`, or after `longest`.
    Held {
        quiet: Duration,
        longest: Duration,
    },
}

/// One kind of notice.
struct KindEntry {
    /// The permanent name in the database.
    name: &'static str,
    subject: NoticeSubject,
    audience: Audience,
    /// What happened, as a heading and as the subject of a mail.
    title: &'static str,
    /// The choice in the preferences.
    choice: &'static str,
    /// Why it can't be turned off.
    required: Option<&'static str>,
    timing: Timing,
    delay: MailDelay,
    /// True if the project has ended: the notice leads to its result.
    is_result: bool,
}

/// Declares the kinds with their entries.
macro_rules! kinds {
    ($($variant:ident: $entry:expr,)*) => {
        /// A kind of notice.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum NoticeKind {
            $($variant,)*
        }

        impl NoticeKind {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            const fn entry(self) -> KindEntry {
                match self {
                    $(Self::$variant => $entry,)*
                }
            }
        }
    };
}

const SECURITY: &str =
    "Always sent, so that nobody can take over your account without your noticing.";

const fn entry(
    name: &'static str,
    subject: NoticeSubject,
    audience: Audience,
    title: &'static str,
    choice: &'static str,
) -> KindEntry {
    KindEntry {
        name,
        subject,
        audience,
        title,
        choice,
        required: None,
        timing: Timing::AtOnce,
        delay: MailDelay::Digest,
        is_result: matches!(subject, NoticeSubject::Result),
    }
}

const fn security(name: &'static str, title: &'static str, choice: &'static str) -> KindEntry {
    let (subject, audience) = (NoticeSubject::Account, Audience::Everybody);
    KindEntry {
        required: Some(SECURITY),
        ..entry(name, subject, audience, title, choice).delayed(MailDelay::Nothing)
    }
}

/// What is told to everybody who watches a project.
const fn watched(name: &'static str, title: &'static str, choice: &'static str) -> KindEntry {
    let (subject, audience) = (NoticeSubject::Watched, Audience::Everybody);
    entry(name, subject, audience, title, choice)
}

/// What is told to whoever saved a search.
const fn search(name: &'static str, title: &'static str, choice: &'static str) -> KindEntry {
    let (subject, audience) = (NoticeSubject::Searches, Audience::Everybody);
    entry(name, subject, audience, title, choice).delayed(MailDelay::QuietHours)
}

impl KindEntry {
    const fn with_result(self) -> Self {
        Self {
            is_result: true,
            ..self
        }
    }

    const fn timed(self, timing: Timing) -> Self {
        Self { timing, ..self }
    }

    const fn delayed(self, delay: MailDelay) -> Self {
        Self { delay, ..self }
    }
}

/// A seller is told of new lowest bids at most this often for each project.
const SPACING: Duration = Duration::from_secs(15 * 60);
/// How long nobody may take the lead before the buyer who lost it is told.
const QUIET: Duration = Duration::from_secs(60);
/// How long a buyer waits at most for the news of having lost the lead.
const LONGEST: Duration = Duration::from_secs(15 * 60);

kinds! {
    FirstBid: entry("bid.first", NoticeSubject::Bids, Audience::Sellers, "First bid", "The first bid on your project"),
    NewLowest: entry("bid.lowest", NoticeSubject::Bids, Audience::Sellers, "New lowest bid", "A new lowest bid on your project, at most every 15 minutes").timed(Timing::Spaced(SPACING)),
    Outbid: entry("bid.outbid", NoticeSubject::Bids, Audience::Buyers, "You have been outbid", "Someone bids less than you; sent once the bidding has calmed down").delayed(MailDelay::DigestBeforeDeadline).timed(Timing::Held { quiet: QUIET, longest: LONGEST }),
    LeadsAgain: entry("bid.leads_again", NoticeSubject::Bids, Audience::Buyers, "Your bid leads again", "Your bid leads again because a lower one was withdrawn").delayed(MailDelay::DigestBeforeDeadline),
    DeadlineInADay: entry("deadline.day", NoticeSubject::Deadlines, Audience::Everybody, "Closes within 24 hours", "24 hours before a deadline").delayed(MailDelay::BeforeDeadline),
    DeadlineInAnHour: entry("deadline.hour", NoticeSubject::Deadlines, Audience::Everybody, "Closes within an hour", "An hour before a deadline").delayed(MailDelay::Nothing),
    Awarded: entry("result.awarded", NoticeSubject::Result, Audience::Sellers, "Your project has been awarded", "Your project is awarded").delayed(MailDelay::QuietHours),
    Unawarded: entry("result.unawarded", NoticeSubject::Result, Audience::Sellers, "Your project ended without bids", "Your project ended without bids"),
    Won: entry("result.won", NoticeSubject::Result, Audience::Buyers, "You won", "You won a project").delayed(MailDelay::QuietHours),
    Lost: entry("result.lost", NoticeSubject::Result, Audience::Buyers, "Another bid won", "Another bid won a project you bid on"),
    Cancelled: entry("project.cancelled", NoticeSubject::Result, Audience::Buyers, "Project cancelled", "A project you bid on is cancelled"),
    WatchedInADay: watched("watch.day", "Watched project closes within 24 hours", "24 hours before the deadline of a project you watch").delayed(MailDelay::BeforeDeadline),
    WatchedInAnHour: watched("watch.hour", "Watched project closes within an hour", "An hour before the deadline of a project you watch").delayed(MailDelay::Nothing),
    WatchedAwarded: watched("watch.awarded", "Watched project awarded", "A project you watch is awarded").with_result(),
    WatchedUnawarded: watched("watch.unawarded", "Watched project ended without bids", "A project you watch ended without bids").with_result(),
    WatchedCancelled: watched("watch.cancelled", "Watched project cancelled", "A project you watch is cancelled").with_result(),
    SearchFit: search("search.fit", "New project that fits your search", "A new project that fits a saved search, as soon as it is posted"),
    SearchDigest: search("search.digest", "New projects that fit your search", "The new projects that fit a saved search, daily or weekly"),
    NewSignIn: security("account.new_sign_in", "New sign-in", "A sign-in from a browser you have not used before"),
    PasswordChanged: security("account.password_changed", "Your password was changed", "Your password is changed"),
    EmailChanged: security("account.email_changed", "Your e-mail address was changed", "Your e-mail address is changed"),
    IdentityLinked: security("account.identity_linked", "A sign-in method was added", "A sign-in method is added"),
    IdentityUnlinked: security("account.identity_unlinked", "A sign-in method was removed", "A sign-in method is removed"),
    SecondFactorEnabled: security("account.second_factor_enabled", "Two-factor authentication is on", "Two-factor authentication is turned on"),
    SecondFactorDisabled: security("account.second_factor_disabled", "Two-factor authentication is off", "Two-factor authentication is turned off"),
    RecoveryCodesRenewed: security("account.recovery_codes_renewed", "You have new recovery codes", "Recovery codes are renewed"),
    RecoveryCodeUsed: security("account.recovery_code_used", "A recovery code was used", "A recovery code is used"),
    WrongCodesEntered: security("account.wrong_codes_entered", "Wrong codes were entered", "Five wrong codes are entered in a row"),
    PasskeyAdded: security("account.passkey_added", "A passkey was added", "A passkey is added"),
    PasskeyRemoved: security("account.passkey_removed", "A passkey was removed", "A passkey is removed"),
    PasskeyCopied: security("account.passkey_copied", "A passkey may have been copied", "A passkey is refused because it may have been copied"),
    AppAllowed: security("account.app_allowed", "An app can act for you", "An app is allowed to act for you"),
    PushAdded: security("account.push_added", "A browser shows your notifications", "Notifications are turned on in a browser"),
    WebhookAdded: security("account.webhook_added", "A webhook was added", "A webhook is added"),
    WebhookTest: entry("webhook.test", NoticeSubject::Account, Audience::Webhook, "Test message", "A test message to a webhook").delayed(MailDelay::Nothing),
    MailDigest: entry("mail.digest", NoticeSubject::Account, Audience::Digest, "Your digest", "Everything that your digests collect (bids, results and watched projects)").delayed(MailDelay::Nothing),
}

impl NoticeKind {
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    #[must_use]
    pub const fn subject(self) -> NoticeSubject {
        self.entry().subject
    }

    #[must_use]
    pub const fn audience(self) -> Audience {
        self.entry().audience
    }

    /// What happened, in a few words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.entry().title
    }

    /// The kind as a choice in the preferences.
    #[must_use]
    pub const fn choice(self) -> &'static str {
        self.entry().choice
    }

    /// Why the kind can't be turned off, if so.
    #[must_use]
    pub const fn required(self) -> Option<&'static str> {
        self.entry().required
    }

    #[must_use]
    pub const fn timing(self) -> Timing {
        self.entry().timing
    }

    /// What delays its mail.
    #[must_use]
    pub const fn delay(self) -> MailDelay {
        self.entry().delay
    }

    /// True if the project that it is about has ended.
    #[must_use]
    pub const fn is_result(self) -> bool {
        self.entry().is_result
    }

    /// Looks a kind up by its name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The page of a notice that is not about a project.
    pub(super) const fn account_path(self) -> &'static str {
        match self {
            Self::SecondFactorEnabled
            | Self::SecondFactorDisabled
            | Self::RecoveryCodesRenewed
            | Self::RecoveryCodeUsed
            | Self::WrongCodesEntered => "/account/two-factor",
            Self::PasskeyAdded | Self::PasskeyRemoved | Self::PasskeyCopied => "/account/passkeys",
            Self::AppAllowed => "/account/programs",
            Self::PushAdded => "/account/notices/push",
            Self::WebhookAdded => "/account/webhooks",
            // Of a webhook or a browser: it leads to both.
            Self::WebhookTest => "/account/notices",
            Self::SearchFit | Self::SearchDigest => "/account/searches",
            Self::MailDigest => "/notices",
            _ => "/account",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_has_a_name_of_its_own_and_words() {
        let names: BTreeSet<&str> = NoticeKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), NoticeKind::ALL.len());
        for kind in NoticeKind::ALL {
            assert_eq!(NoticeKind::by_name(kind.name()), Some(*kind));
            assert!(
                !kind.title().is_empty() && !kind.choice().is_empty(),
                "{kind:?}"
            );
        }
    }
}
