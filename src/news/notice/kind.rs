//! Every kind of notice, declared once: its words, who gets it, when it is told, and whether it can be turned off.

use super::Facts;
use crate::account::Role;
use std::time::Duration;

/// What a kind of notice is about: a filter of the list, and a group of the preferences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Bids,
    Deadlines,
    Result,
    Account,
}

impl Subject {
    pub const ALL: [Self; 4] = [Self::Bids, Self::Deadlines, Self::Result, Self::Account];

    /// The name in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bids => "bids",
            Self::Deadlines => "deadlines",
            Self::Result => "results",
            Self::Account => "account",
        }
    }

    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Bids => "Bids",
            Self::Deadlines => "Deadlines",
            Self::Result => "Results",
            Self::Account => "Account",
        }
    }

    /// Looks a subject up by its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|subject| subject.name() == name)
    }
}

/// How a notice reaches its recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// The list of notices, and the bell in the header.
    Site,
    Email,
}

impl Channel {
    pub const ALL: [Self; 2] = [Self::Site, Self::Email];

    /// The name in forms and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Email => "email",
        }
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Site => "On the site",
            Self::Email => "E-mail",
        }
    }
}

/// Who gets a kind of notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Sellers,
    Buyers,
    Everybody,
}

impl Audience {
    #[must_use]
    pub fn includes(self, role: Role) -> bool {
        match self {
            Self::Sellers => role == Role::Seller,
            Self::Buyers => role == Role::Buyer,
            Self::Everybody => true,
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
struct Entry {
    /// The permanent name in the database.
    name: &'static str,
    subject: Subject,
    audience: Audience,
    /// What happened, as a heading and as the subject of a mail.
    title: &'static str,
    /// The choice in the preferences.
    choice: &'static str,
    /// Why it can't be turned off.
    required: Option<&'static str>,
    timing: Timing,
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

            const fn entry(self) -> Entry {
                match self {
                    $(Self::$variant => $entry,)*
                }
            }
        }
    };
}

const SECURITY: &str =
    "Always sent, so that nobody can take over your account without your notice.";

const fn bids(name: &'static str, audience: Audience, timing: Timing) -> Entry {
    Entry {
        name,
        subject: Subject::Bids,
        audience,
        title: "",
        choice: "",
        required: None,
        timing,
    }
}

const fn told(name: &'static str, subject: Subject, audience: Audience) -> Entry {
    Entry {
        subject,
        ..bids(name, audience, Timing::AtOnce)
    }
}

const fn security(name: &'static str) -> Entry {
    Entry {
        required: Some(SECURITY),
        ..told(name, Subject::Account, Audience::Everybody)
    }
}

impl Entry {
    const fn titled(self, title: &'static str, choice: &'static str) -> Self {
        Self {
            title,
            choice,
            ..self
        }
    }
}

/// A seller is told of new lowest bids at most this often for each project.
const SPACING: Duration = Duration::from_secs(15 * 60);
/// How long nobody may take the lead before the buyer who lost it is told.
const QUIET: Duration = Duration::from_secs(60);
/// How long a buyer waits at most for the news of having lost the lead.
const LONGEST: Duration = Duration::from_secs(15 * 60);

kinds! {
    FirstBid: bids("bid.first", Audience::Sellers, Timing::AtOnce)
        .titled("First bid", "The first bid on your project"),
    NewLowest: bids("bid.lowest", Audience::Sellers, Timing::Spaced(SPACING))
        .titled("New lowest bid", "A new lowest bid on your project, at most every 15 minutes"),
    Outbid: bids("bid.outbid", Audience::Buyers, Timing::Held { quiet: QUIET, longest: LONGEST })
        .titled("You have been outbid", "Somebody bids less than you, told once the bidding is calm"),
    LeadsAgain: bids("bid.leads_again", Audience::Buyers, Timing::AtOnce)
        .titled("Your bid leads again", "Your bid leads again because a lower one was withdrawn"),
    DeadlineInADay: told("deadline.day", Subject::Deadlines, Audience::Everybody)
        .titled("Closes within 24 hours", "24 hours before a deadline"),
    DeadlineInAnHour: told("deadline.hour", Subject::Deadlines, Audience::Everybody)
        .titled("Closes within an hour", "An hour before a deadline"),
    Awarded: told("result.awarded", Subject::Result, Audience::Sellers)
        .titled("Your project is awarded", "Your project is awarded"),
    Unawarded: told("result.unawarded", Subject::Result, Audience::Sellers)
        .titled("Your project ended without bids", "Your project ended without bids"),
    Won: told("result.won", Subject::Result, Audience::Buyers)
        .titled("You won", "You won a project"),
    Lost: told("result.lost", Subject::Result, Audience::Buyers)
        .titled("Another bid won", "Another bid won a project you bid on"),
    Cancelled: told("project.cancelled", Subject::Result, Audience::Buyers)
        .titled("Project cancelled", "A project you bid on is cancelled"),
    NewSignIn: security("account.new_sign_in")
        .titled("New sign-in", "A sign-in from a browser you have not used before"),
    PasswordChanged: security("account.password_changed")
        .titled("Your password was changed", "Your password is changed"),
    EmailChanged: security("account.email_changed")
        .titled("Your e-mail address was changed", "Your e-mail address is changed"),
    IdentityLinked: security("account.identity_linked")
        .titled("A sign-in method was added", "A sign-in method is added"),
    IdentityUnlinked: security("account.identity_unlinked")
        .titled("A sign-in method was removed", "A sign-in method is removed"),
    AppAllowed: security("account.app_allowed")
        .titled("An app can act for you", "An app is allowed to act for you"),
}

impl NoticeKind {
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    #[must_use]
    pub const fn subject(self) -> Subject {
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

    /// Looks a kind up by its name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The page of a notice that is not about a project.
    pub(super) const fn account_path(self) -> &'static str {
        match self {
            Self::AppAllowed => "/account/programs",
            _ => "/account",
        }
    }

    /// What happened, with the figures of that moment.
    #[must_use]
    pub fn text(self, facts: &Facts) -> String {
        let Facts {
            lowest,
            own,
            bids,
            app,
        } = facts;
        let amount = |money: &Option<crate::money::Money>| {
            money.map_or_else(String::new, |money| money.to_string())
        };
        let of = |bids: &Option<i32>| match bids {
            Some(1) | None => String::new(),
            Some(bids) => format!(" There are {bids} active bids."),
        };
        match self {
            Self::FirstBid => format!("Somebody bids {}.", amount(lowest)),
            Self::NewLowest => format!("The lowest bid is now {}.{}", amount(lowest), of(bids)),
            Self::Outbid => format!(
                "The lowest bid is now {}; yours is {}.",
                amount(lowest),
                amount(own)
            ),
            Self::LeadsAgain => format!(
                "A lower bid was withdrawn. Yours, {}, is now the lowest.",
                amount(own)
            ),
            Self::DeadlineInADay | Self::DeadlineInAnHour => match (lowest, own) {
                (Some(lowest), Some(own)) if own.minor() <= lowest.minor() => {
                    format!("Your bid of {own} is the lowest.")
                }
                (Some(lowest), Some(own)) => {
                    format!("The lowest bid is {lowest}; yours is {own}.")
                }
                (Some(lowest), None) => format!("The lowest bid is {lowest}.{}", of(bids)),
                (None, _) => "There are no bids yet.".to_owned(),
            },
            Self::Awarded => format!(
                "The lowest bid, {}, won. See who made it and how to reach them.",
                amount(lowest)
            ),
            Self::Unawarded => {
                "Nobody bid before the deadline. You can post the project again.".to_owned()
            }
            Self::Won => format!(
                "Your bid of {} won. See how to reach the seller.",
                amount(own)
            ),
            Self::Lost => format!(
                "The lowest bid, {}, won; yours was {}.",
                amount(lowest),
                amount(own)
            ),
            Self::Cancelled => "The seller cancelled it. No bid is binding any more.".to_owned(),
            Self::NewSignIn => "Somebody signed in to your account from a browser that had not been used with it before. If it was not you, change your password.".to_owned(),
            Self::PasswordChanged => "If it was not you, somebody else has access to your account: sign in with another method, or ask for help.".to_owned(),
            Self::EmailChanged => "You now sign in with the new address.".to_owned(),
            Self::IdentityLinked => "Your account can now be opened with one more provider. If you did not add it, remove it and change your password.".to_owned(),
            Self::IdentityUnlinked => "Your account can no longer be opened with that provider.".to_owned(),
            Self::AppAllowed => match app {
                Some(app) => format!("You allowed {app} to use your account. You can withdraw this at any time."),
                None => "You allowed an app to use your account. You can withdraw this at any time.".to_owned(),
            },
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
            assert_eq!(NoticeKind::named(kind.name()), Some(*kind));
            assert!(
                !kind.title().is_empty() && !kind.choice().is_empty(),
                "{kind:?}"
            );
            assert!(!kind.text(&Facts::default()).is_empty(), "{kind:?}");
        }
    }
}
