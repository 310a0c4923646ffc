//! Identities at providers such as Google, with which people sign in. Invariant: an identity signs in to one account,
//! which its owner created with it or linked to it, never to one that merely has the same e-mail. This module does not
//! talk to providers; the server does.

mod flow;
mod refusal;
mod rules;
mod store;
mod verbs;

pub use flow::{Flow, FlowPurpose, begin_flow, end_expired_flows, take_flow};
pub use refusal::Refusal;
pub(crate) use verbs::unlink_all;
pub use verbs::{
    SignUpOutcome, confirm, email_is_taken, is_known, link, list, sign_in, sign_up, unlink,
};

use crate::{
    account::{self, Role},
    field::{Check, ValueError},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// An identity's id, with which its owner can unlink it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdentityId(pub i64);

/// An identity as listed for the account's owner.
#[derive(Debug, Clone)]
pub struct Identity {
    pub id: IdentityId,
    pub issuer: String,
    /// The e-mail or name at the provider at the time of linking.
    pub label: String,
    pub created_at: OffsetDateTime,
    pub last_used_at: Option<OffsetDateTime>,
}

/// Maximum number of identities per account.
pub const MAX_IDENTITIES: i64 = 10;

/// A person as vouched for by a provider. It must hold only what the provider itself asserted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VouchedPerson {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    /// Set only if the provider has verified it.
    email: Option<String>,
    name: Option<String>,
}

/// What a provider asserted about a person, not yet validated.
#[derive(Debug, Clone, Copy, Default)]
pub struct Assertion<'a> {
    pub issuer: &'a str,
    pub subject: &'a str,
    pub email: Option<&'a str>,
    /// True if the provider has verified that the e-mail belongs to this person.
    pub email_verified: bool,
    pub name: Option<&'a str>,
}

impl VouchedPerson {
    /// Keeps the valid parts of the provider's assertion. An e-mail that is malformed or not verified is dropped, and
    /// so is a name that no account could have.
    ///
    /// # Errors
    /// A `ValueError` if the issuer or the subject is not valid: without both, the person is not identified.
    pub fn new(assertion: &Assertion<'_>) -> Result<Self, ValueError> {
        rules::bounded(assertion.issuer, 500)?;
        rules::bounded(assertion.subject, 255)?;
        let email = assertion
            .email
            .filter(|_| assertion.email_verified)
            .and_then(|email| account::parsed_email(email).ok());
        Ok(Self {
            issuer: assertion.issuer.to_owned(),
            subject: assertion.subject.to_owned(),
            email,
            name: assertion
                .name
                .and_then(|name| account::parsed_name(name).ok()),
        })
    }

    /// The e-mail verified by the provider, in lower case.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// The name at the provider, if an account could have it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What people recognize the identity by.
    #[must_use]
    pub fn label(&self) -> &str {
        rules::label(self.email(), self.name(), &self.subject)
    }
}

/// A validated form for a first sign-in through a provider.
#[derive(Debug)]
pub struct NewMember {
    pub(crate) role: Role,
    pub(crate) name: String,
}

impl NewMember {
    /// Validates the form.
    ///
    /// # Errors
    /// `Invalid` with every field that is wrong: `role`, `name`.
    pub fn parse(role: &str, name: &str) -> crate::Result<Self> {
        let mut check = Check::default();
        let role = check.take("role", role.parse());
        let name = check.take("name", account::parsed_name(name));
        check.finish()?;
        match (role, name) {
            (Some(role), Some(name)) => Ok(Self { role, name }),
            _ => Err(crate::Error::Invalid(Vec::new())),
        }
    }
}
