//! Who a letter goes to.

use super::line::{header_line, one_line};
use guildhall::text;
use lettre::{Address, message::Mailbox};

/// A longer name would only push the address out of sight.
const LONGEST_NAME: usize = 80;

/// An address that mail can be sent to, and the name shown with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient(Mailbox);

/// Why nothing can be sent to an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an e-mail address that mail can be sent to, such as name@example.com")]
pub struct RecipientError(pub String);

impl Recipient {
    /// The address in the form in which accounts store it, with the domain as its A-label. The name may be any text.
    ///
    /// # Errors
    /// If it is not an e-mail address.
    pub fn new(address: &str, name: &str) -> Result<Self, RecipientError> {
        let refused = || RecipientError(one_line(address, 200));
        let canonical = text::email(address.trim()).ok_or_else(refused)?;
        let (local, domain) = canonical.rsplit_once('@').ok_or_else(refused)?;
        let email = Address::new(local, domain).map_err(|_| refused())?;
        let name = header_line(name, LONGEST_NAME);
        Ok(Self(Mailbox::new(
            (!name.is_empty()).then_some(name),
            email,
        )))
    }

    /// The address alone.
    #[must_use]
    pub fn address(&self) -> &str {
        self.0.email.as_ref()
    }

    /// The name shown with the address; empty if there is none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name.as_deref().unwrap_or_default()
    }

    pub(super) const fn mailbox(&self) -> &Mailbox {
        &self.0
    }
}
