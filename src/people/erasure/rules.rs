//! What keeps an account from being erased, and what takes the place of its name and address.

use crate::account::AccountId;

/// How long an owner can change their mind, in days.
pub const WAIT_DAYS: i32 = 7;
/// What an erased account is called.
pub const NAME: &str = "Former member";

/// Why an account can't be erased at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obligation {
    OpenProject,
    ActiveBid,
    /// The reader of a former address's mail can still take the account back: whoever asked for the erasure may not be the
    /// owner.
    FormerAddress,
}

impl Obligation {
    /// Why a request is refused, and what to do.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::OpenProject => {
                "Your account has an open project, and buyers rely on it. Wait until it has ended, or cancel it if it has no bids; then ask again."
            }
            Self::ActiveBid => {
                "Your account has an active bid on an open project, and its seller relies on it. Withdraw it, or wait until the project has ended; then ask again."
            }
            Self::FormerAddress => {
                "Your e-mail address was changed a few days ago, and its former one can still undo that. Ask again a week after the change."
            }
        }
    }

    /// What a scheduled erasure waits for.
    #[must_use]
    pub const fn wait_text(self) -> &'static str {
        match self {
            Self::OpenProject => "until your open projects have ended",
            Self::ActiveBid => "until the projects that you bid on have ended",
            Self::FormerAddress => {
                "until the change of your e-mail address can't be undone any more"
            }
        }
    }
}

/// What is known of an account's obligations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Obligations {
    pub has_open_project: bool,
    pub has_active_bid: bool,
    pub has_undo: bool,
}

impl Obligations {
    /// The first one to settle.
    pub(super) const fn first(self) -> Option<Obligation> {
        match self {
            Self {
                has_open_project: true,
                ..
            } => Some(Obligation::OpenProject),
            Self {
                has_active_bid: true,
                ..
            } => Some(Obligation::ActiveBid),
            Self { has_undo: true, .. } => Some(Obligation::FormerAddress),
            Self { .. } => None,
        }
    }
}

/// What replaces an erased account's e-mail address: unique, and not a valid address, so that nobody can type it.
pub(super) fn no_address(account: AccountId) -> String {
    format!("erased:{}", account.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{account, text};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nobody_can_type_the_address_of_an_erased_account(id in 1_i64..) {
            let stored = no_address(AccountId(id));
            prop_assert_eq!(text::email(&stored), None);
            prop_assert!(account::NewEmail::parse(&stored).is_err());
            // The constraints of the table.
            prop_assert_eq!(stored.to_lowercase(), stored.clone());
            prop_assert!((3..=254).contains(&stored.chars().count()));
        }
    }

    #[test]
    fn the_first_obligation_is_named() {
        let none = Obligations::default();
        assert_eq!(none.first(), None);
        let undo = Obligations {
            has_undo: true,
            ..none
        };
        assert_eq!(undo.first(), Some(Obligation::FormerAddress));
        let bid = Obligations {
            has_active_bid: true,
            ..undo
        };
        assert_eq!(bid.first(), Some(Obligation::ActiveBid));
        let project = Obligations {
            has_open_project: true,
            ..none
        };
        assert_eq!(project.first(), Some(Obligation::OpenProject));
    }
}
