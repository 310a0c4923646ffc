//! People and firms, and how they prove who they are.
//!
//! Invariants: an account's role never changes. At most one account has confirmed an e-mail. No response reveals whether
//! an e-mail is known.
//!
//! Any number of accounts may be opened with an e-mail, or changed to it, until one of them confirms it. So a sign-up takes
//! the same course for a new and a known e-mail, and only a letter to it tells the difference. Until its address is confirmed,
//! its password opens it only in the browser that signed up, and is compared nowhere else. `session` keeps people signed
//! in, and `device` remembers browsers.

#[cfg(feature = "postgres")]
mod breached;
#[cfg(feature = "postgres")]
mod confirmation;
#[cfg(feature = "postgres")]
mod contact;
#[cfg(feature = "postgres")]
mod password;
#[cfg(feature = "postgres")]
mod refusal;
#[cfg(feature = "postgres")]
mod reset;
#[cfg(feature = "postgres")]
mod rules;
#[cfg(feature = "postgres")]
mod sign_in;
#[cfg(feature = "postgres")]
mod store;
#[cfg(feature = "postgres")]
mod undo_email_change;
#[cfg(feature = "postgres")]
mod verbs;

#[cfg(feature = "postgres")]
pub(crate) use sign_in::{count_a_code, count_a_guess, take_back_a_guess};
#[cfg(feature = "postgres")]
pub(crate) use verbs::must_be_signed_in;
#[cfg(feature = "postgres")]
pub use {
    confirmation::{
        ConfirmableLink, LinkOpener, confirm_email, confirmable, request_confirmation,
        vouch_for_email,
    },
    contact::{EmailChange, NewEmail, change_email, rename},
    password::{HashCost, Hasher, NewPassword, PasswordHash},
    refusal::Refusal,
    reset::{request_reset, reset_password, resettable},
    rules::FAILURES_KEPT_HOURS,
    sign_in::{Attempt, forget_old_failures, sign_in},
    undo_email_change::{UndoableChange, undo_email_change, undoable_email_change},
    verbs::{
        Browser, EndsWithPassword, ProgramAccess, any, change_password, end_others, find,
        find_by_email, has_password, prove, respell_emails, set_first_password, sign_up,
    },
};
#[cfg(feature = "postgres")]
pub(crate) use {
    rules::{email as parsed_email, name as parsed_name},
    store::{has_email, hold, insert_without_password, lock},
};

use serde::{Deserialize, Serialize};
use std::str::FromStr;
#[cfg(feature = "postgres")]
use uuid::Uuid;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccountId(pub i64);

/// Decides what an account may do; chosen at sign-up and never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Posts projects. Other platforms say client.
    Seller,
    /// Bids on projects. Other platforms say freelancer.
    Buyer,
}

impl Role {
    /// The name in forms, in the database and in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seller => "seller",
            Self::Buyer => "buyer",
        }
    }
}

impl FromStr for Role {
    type Err = crate::field::ValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "seller" => Ok(Self::Seller),
            "buyer" => Ok(Self::Buyer),
            _ => Err(crate::field::ValueError::NotAChoice),
        }
    }
}

/// The authenticated caller. Handlers build it from the session or the access token, never from submitted input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    pub account: AccountId,
    pub role: Role,
    pub name: String,
    /// False until the account's address is confirmed. The session of the version before this one lacks it; it is read
    /// anew with every session.
    #[serde(default)]
    pub has_confirmed_email: bool,
}

impl Viewer {
    /// Builds a viewer from an account row.
    ///
    /// # Errors
    /// `Unexpected` for an unknown role.
    #[cfg(feature = "postgres")]
    pub(crate) fn stored(
        account: i64,
        role: &str,
        name: String,
        has_confirmed_email: bool,
    ) -> crate::Result<Self> {
        Ok(Self {
            account: AccountId(account),
            role: role.parse().map_err(crate::Error::unexpected)?,
            name,
            has_confirmed_email,
        })
    }

    /// # Errors
    /// `NotAllowed` if the account has the other role.
    pub fn must_be(&self, role: Role) -> crate::Result<()> {
        if self.role == role {
            Ok(())
        } else {
            Err(crate::Error::NotAllowed)
        }
    }

    /// Before the first project or bid, the account's address must be confirmed.
    ///
    /// # Errors
    /// `Refused(EmailUnconfirmed)`.
    #[cfg(feature = "postgres")]
    pub fn must_have_confirmed_email(&self) -> crate::Result<()> {
        if self.has_confirmed_email {
            Ok(())
        } else {
            Err(Refusal::EmailUnconfirmed.into())
        }
    }
}

/// An account whose owner was just authenticated by a sign-in method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authenticated {
    pub viewer: Viewer,
    /// The account's epoch when the sign-in method was looked up: a session only begins while it is the same.
    pub session_epoch: i64,
}

#[cfg(feature = "postgres")]
impl Authenticated {
    /// The owner of the session that may begin.
    #[must_use]
    pub const fn session_owner(&self) -> crate::session::SessionOwner {
        crate::session::SessionOwner {
            account: self.viewer.account,
            epoch: self.session_epoch,
        }
    }
}

/// An account's name and e-mail, shown only to people entitled to see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub name: String,
    /// No address if the account has been erased.
    pub email: String,
}

impl Contact {
    /// The e-mail address, unless the account has been erased.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.email.contains('@').then_some(&self.email)
    }
}

/// A validated sign-up form.
#[cfg(feature = "postgres")]
#[derive(Debug)]
pub struct NewAccount {
    pub(crate) role: Role,
    pub(crate) name: String,
    pub(crate) email: String,
    password: NewPassword,
    pub(crate) form_key: Option<Uuid>,
}

/// The result of a sign-up.
#[cfg(feature = "postgres")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedUp {
    pub account: AccountId,
    /// False if the same form opened the account before.
    pub is_new: bool,
}

#[cfg(feature = "postgres")]
impl NewAccount {
    /// Validates the sign-up form. Password strength is checked later, when the password is hashed.
    ///
    /// # Errors
    /// `Invalid` with every field that is wrong: `name`, `email`, `password`, `role`.
    pub fn parse(role: &str, name: &str, email: &str, password: &str) -> crate::Result<Self> {
        let mut check = crate::field::Check::default();
        let role = check.take("role", role.parse());
        let name = check.take("name", rules::name(name));
        let email = check.take("email", rules::email(email));
        let words = [
            name.as_deref().unwrap_or_default(),
            email.as_deref().unwrap_or_default(),
        ];
        let password = check.take("password", NewPassword::parse("password", password, &words));
        check.finish()?;
        match (role, name, email, password) {
            (Some(role), Some(name), Some(email), Some(password)) => Ok(Self {
                role,
                name,
                email,
                password,
                form_key: None,
            }),
            _ => Err(crate::Error::Invalid(Vec::new())),
        }
    }

    /// The same account, opened by the form with this key, so that a double submission opens one.
    #[must_use]
    pub fn of_form(self, key: &str) -> Self {
        let form_key = key.parse().ok();
        Self { form_key, ..self }
    }

    /// The normalized address.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The new password, for [`Hasher::hash_new`].
    #[must_use]
    pub const fn password(&self) -> &NewPassword {
        &self.password
    }
}
