//! What notices say.

use super::{DigestFacts, NoticeFacts, NoticeKind};
use crate::{money::Money, saved_search::MAX_COUNTED, text};

impl NoticeKind {
    /// What happened, with the figures of that moment.
    #[must_use]
    pub fn text(self, facts: &NoticeFacts) -> String {
        let NoticeFacts {
            lowest,
            own,
            bids,
            app,
            search,
            webhook,
            passkeys,
            digest,
        } = facts;
        let amount =
            |money: &Option<Money>| money.map_or_else(String::new, |money| money.to_string());
        let of = |bids: &Option<i32>| match bids {
            Some(1) | None => String::new(),
            Some(bids) => format!(" There are {bids} active bids."),
        };
        match self {
            Self::FirstBid => format!("Someone has bid {}.", amount(lowest)),
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
            Self::WatchedInADay | Self::WatchedInAnHour => match lowest {
                Some(lowest) => format!("The lowest bid is {lowest}.{}", of(bids)),
                None => "There are no bids yet.".to_owned(),
            },
            Self::WatchedAwarded => format!("The lowest bid, {}, won.", amount(lowest)),
            Self::WatchedUnawarded => "Nobody bid before the deadline.".to_owned(),
            Self::WatchedCancelled => "The seller cancelled it.".to_owned(),
            Self::Cancelled => "The seller cancelled this project, so your earlier bid no longer counts.".to_owned(),
            Self::SearchFit => match search {
                Some(search) => format!("It fits your saved search {}{}.", quoted(&search.name), others(search.others)),
                None => "It fits a saved search.".to_owned(),
            },
            Self::SearchDigest => match search {
                Some(search) => format!("{} your saved search {}.", new_projects(search.count), quoted(&search.name)),
                None => "New projects fit a saved search.".to_owned(),
            },
            Self::NewSignIn => "Somebody signed in to your account from a browser that had not been used with it before. If it was not you, change your password, and remove passkeys that you do not know.".to_owned(),
            Self::PasswordChanged => "If it was not you, somebody else has access to your account: sign in with another method, or ask for help.".to_owned(),
            Self::EmailChanged => "You now sign in with the new address. If you did not change it, somebody else has access to your account: change your password.".to_owned(),
            Self::IdentityLinked => "You can now sign in with one more provider. If you did not add it, remove it and change your password.".to_owned(),
            Self::IdentityUnlinked => "You can no longer sign in with that provider.".to_owned(),
            Self::SecondFactorEnabled => "From now on, signing in takes a code from your authenticator app, and all other sessions have ended. If you did not turn it on, reset your password with “Forgot your password?” within a week: that turns it off again.".to_owned(),
            Self::SecondFactorDisabled => "Your password or a linked provider is enough to sign in now. If you did not turn it off, change your password and turn it on again.".to_owned(),
            Self::RecoveryCodesRenewed => "The old codes no longer work. If you did not ask for new ones, change your password, and then renew the codes again.".to_owned(),
            Self::RecoveryCodeUsed => "It no longer works. If you did not use it, somebody else has at least one of your codes, and your password, a linked provider or an open session: change your password, and renew the codes.".to_owned(),
            Self::WrongCodesEntered => "Somebody signed in with your password or a linked provider, and then entered five wrong codes. If it was not you, change your password.".to_owned(),
            Self::PasskeyAdded => "It signs in to your account without your password and without a code. If you did not add it, remove it and change your password.".to_owned(),
            Self::PasskeyRemoved => match passkeys {
                Some(count) if *count > 1 => format!("All {count} passkeys of your account were removed. They no longer sign in to it; copies may still be in your devices or password managers. If you did not remove them, change your password."),
                _ => "It no longer signs in to your account; a copy may still be in your device or password manager. If you did not remove it, change your password.".to_owned(),
            },
            Self::PasskeyCopied => "Two devices seem to hold the same passkey, so it no longer signs in. If you were the one who was refused, somebody else may have signed in before: sign out everywhere else, and remove it.".to_owned(),
            Self::AppAllowed => match app {
                Some(app) => format!("You allowed {} to use your account. You can withdraw this at any time.", text::isolated(app)),
                None => "You allowed an app to use your account. You can withdraw this at any time.".to_owned(),
            },
            Self::PushAdded => {
                let named = webhook.as_ref().map_or_else(|| "A browser".to_owned(), |name| format!("The browser {}", quoted(name)));
                format!("{named} also shows your notifications now. If you did not turn this on, remove it, sign out everywhere else and change your password.")
            }
            Self::WebhookAdded => {
                let named = webhook.as_ref().map_or_else(|| "a new webhook".to_owned(), |name| format!("the webhook {}", quoted(name)));
                format!("Your notifications are also sent to {named} now. If you did not add it, remove it and change your password.")
            }
            Self::MailDigest => digest.as_deref().map_or_else(String::new, DigestFacts::text),
            Self::WebhookTest => "This is a test. Notifications arrive here from now on.".to_owned(),
        }
    }
}

/// A name that people gave, in quotation marks.
fn quoted(name: &str) -> String {
    format!("“{}”", text::isolated(name))
}

/// The other searches that a project fits.
fn others(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => " and another one".to_owned(),
        count => format!(" and {count} others"),
    }
}

fn new_projects(count: i64) -> String {
    match count {
        1 => "A new project fits".to_owned(),
        count if count >= MAX_COUNTED => format!("At least {count} new projects fit"),
        count => format!("{count} new projects fit"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{money::Currency, notice::SearchFacts};

    #[test]
    fn every_kind_says_this() {
        let euros = |minor| Some(Money::from_minor(minor, Currency::Eur));
        let facts = NoticeFacts {
            lowest: euros(80_000),
            own: euros(90_000),
            bids: Some(3),
            app: Some("Ledger".to_owned()),
            search: Some(SearchFacts {
                name: "Shop signs".to_owned(),
                others: 2,
                count: 7,
                ..SearchFacts::default()
            }),
            webhook: Some("Ledger".to_owned()),
            passkeys: Some(3),
            digest: Some(Box::new(DigestFacts {
                notices: vec![5, 4, 2],
                projects: 2,
            })),
        };
        let said: Vec<String> = (NoticeKind::ALL.iter())
            .map(|kind| format!("{} | {}", kind.title(), kind.text(&facts)))
            .collect();
        assert_eq!(said, SAID);
    }

    const SAID: &[&str] = &[
        "First bid | Someone has bid €800.00.",
        "New lowest bid | The lowest bid is now €800.00. There are 3 active bids.",
        "You have been outbid | The lowest bid is now €800.00; yours is €900.00.",
        "Your bid leads again | A lower bid was withdrawn. Yours, €900.00, is now the lowest.",
        "Closes within 24 hours | The lowest bid is €800.00; yours is €900.00.",
        "Closes within an hour | The lowest bid is €800.00; yours is €900.00.",
        "Your project has been awarded | The lowest bid, €800.00, won. See who made it and how to reach them.",
        "Your project ended without bids | Nobody bid before the deadline. You can post the project again.",
        "You won | Your bid of €900.00 won. See how to reach the seller.",
        "Another bid won | The lowest bid, €800.00, won; yours was €900.00.",
        "Project cancelled | The seller cancelled this project, so your earlier bid no longer counts.",
        "Watched project closes within 24 hours | The lowest bid is €800.00. There are 3 active bids.",
        "Watched project closes within an hour | The lowest bid is €800.00. There are 3 active bids.",
        "Watched project awarded | The lowest bid, €800.00, won.",
        "Watched project ended without bids | Nobody bid before the deadline.",
        "Watched project cancelled | The seller cancelled it.",
        "New project that fits your search | It fits your saved search “Shop signs” and 2 others.",
        "New projects that fit your search | 7 new projects fit your saved search “Shop signs”.",
        "New sign-in | Somebody signed in to your account from a browser that had not been used with it before. If it was not you, change your password, and remove passkeys that you do not know.",
        "Your password was changed | If it was not you, somebody else has access to your account: sign in with another method, or ask for help.",
        "Your e-mail address was changed | You now sign in with the new address. If you did not change it, somebody else has access to your account: change your password.",
        "A sign-in method was added | You can now sign in with one more provider. If you did not add it, remove it and change your password.",
        "A sign-in method was removed | You can no longer sign in with that provider.",
        "Two-factor authentication is on | From now on, signing in takes a code from your authenticator app, and all other sessions have ended. If you did not turn it on, reset your password with “Forgot your password?” within a week: that turns it off again.",
        "Two-factor authentication is off | Your password or a linked provider is enough to sign in now. If you did not turn it off, change your password and turn it on again.",
        "You have new recovery codes | The old codes no longer work. If you did not ask for new ones, change your password, and then renew the codes again.",
        "A recovery code was used | It no longer works. If you did not use it, somebody else has at least one of your codes, and your password, a linked provider or an open session: change your password, and renew the codes.",
        "Wrong codes were entered | Somebody signed in with your password or a linked provider, and then entered five wrong codes. If it was not you, change your password.",
        "A passkey was added | It signs in to your account without your password and without a code. If you did not add it, remove it and change your password.",
        "A passkey was removed | All 3 passkeys of your account were removed. They no longer sign in to it; copies may still be in your devices or password managers. If you did not remove them, change your password.",
        "A passkey may have been copied | Two devices seem to hold the same passkey, so it no longer signs in. If you were the one who was refused, somebody else may have signed in before: sign out everywhere else, and remove it.",
        "An app can act for you | You allowed Ledger to use your account. You can withdraw this at any time.",
        "A browser shows your notifications | The browser “Ledger” also shows your notifications now. If you did not turn this on, remove it, sign out everywhere else and change your password.",
        "A webhook was added | Your notifications are also sent to the webhook “Ledger” now. If you did not add it, remove it and change your password.",
        "Test message | This is a test. Notifications arrive here from now on.",
        "Your digest | There is news of 2 projects.",
    ];

    #[test]
    fn a_deadline_says_how_things_stand() {
        let euros = |minor| Some(Money::from_minor(minor, Currency::Eur));
        let says = |lowest, own, bids| {
            let facts = NoticeFacts {
                lowest,
                own,
                bids,
                ..NoticeFacts::default()
            };
            NoticeKind::DeadlineInADay.text(&facts)
        };
        assert_eq!(says(None, None, Some(0)), "There are no bids yet.");
        assert_eq!(
            says(euros(500), None, Some(2)),
            "The lowest bid is €5.00. There are 2 active bids."
        );
        assert_eq!(
            says(euros(500), euros(500), Some(2)),
            "Your bid of €5.00 is the lowest."
        );
    }
}
