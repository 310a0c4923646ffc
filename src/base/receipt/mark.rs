//! Marks: what makes two requests the same request.
//!
//! A mark is an account, a key, and the SHA-256 of the use case and its arguments. A form's key is a UUID that its page
//! was rendered with; a call's key is its `Idempotency-Key`. For a form whose write is not a server function yet, the
//! path stands for the use case and the fields for the arguments.
//!
//! Forms and calls differ in three ways:
//!
//! | | a form | a call |
//! |---|---|---|
//! | same key, other content | another form: the person went back and changed it | refused, `idempotency-key-reused` |
//! | the same request is running | waits until that one ends | refused for now, `still-running` (409) |
//! | it was refused | carried out again | refused again, as its receipt says |

use crate::{Error, Result, account::AccountId};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The longest idempotency key, in characters.
pub const LONGEST_KEY: usize = 255;

/// What makes two requests the same: the account, the key, and a hash of the action and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub(super) account: AccountId,
    pub(super) key: Key,
    /// SHA-256 of the verb and its arguments.
    pub(super) content_hash: Vec<u8>,
    pub(super) reference: Option<Uuid>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// A form's key, generated when the form was rendered.
    Form(Uuid),
    /// An API call's key, chosen by the client.
    Call(String),
}

impl Mark {
    /// The mark of a form. The verb names the action, the arguments its target and parameters; both are the same with
    /// and without JavaScript. Use a tuple, a list or a struct for the arguments: maps have no stable order.
    ///
    /// # Errors
    /// `Unexpected` for arguments that cannot be serialized as JSON.
    pub fn form(
        account: AccountId,
        key: Uuid,
        verb: &str,
        arguments: &(impl Serialize + ?Sized),
    ) -> Result<Self> {
        let arguments = serde_json::to_vec(arguments).map_err(Error::unexpected)?;
        Ok(Self {
            account,
            key: Key::Form(key),
            content_hash: hash(&[b"form", verb.as_bytes(), &arguments]),
            reference: None,
        })
    }

    /// The mark of an API call. `None` if the key is empty, too long or not plain ASCII.
    #[must_use]
    pub fn call(account: AccountId, key: &str, verb: &str, arguments: &[&[u8]]) -> Option<Self> {
        let plain = (1..=LONGEST_KEY).contains(&key.len())
            && key.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        plain.then(|| Self {
            account,
            key: Key::Call(key.to_owned()),
            content_hash: hash(&[&[verb.as_bytes()], arguments].concat()),
            reference: None,
        })
    }

    /// Attaches a reference that is reported to clients that repeat the request.
    #[must_use]
    pub fn with_reference(self, reference: Option<Uuid>) -> Self {
        Self { reference, ..self }
    }

    #[must_use]
    pub const fn reference(&self) -> Option<Uuid> {
        self.reference
    }

    /// True for an API call.
    #[must_use]
    pub const fn is_call(&self) -> bool {
        matches!(self.key, Key::Call(_))
    }

    /// True if refusals are stored, so that a repeated request is refused again.
    pub(crate) const fn keeps_refusals(&self) -> bool {
        self.is_call()
    }

    /// True if one receipt answers both: they are the same request, or API calls with the same key.
    pub(crate) fn shares_receipt_with(&self, other: &Self) -> bool {
        self.account == other.account && self.key == other.key && {
            self.is_call() || self.has_same_content(other)
        }
    }

    /// True if both have the same verb and arguments.
    pub(crate) fn has_same_content(&self, other: &Self) -> bool {
        self.content_hash == other.content_hash
    }

    /// The key of this mark's receipt within the account. For a form, the key includes the arguments, because a changed
    /// form is a different request; for an API call, it does not.
    pub(super) fn id(&self) -> Vec<u8> {
        match &self.key {
            Key::Form(key) => hash(&[b"form", key.as_bytes(), &self.content_hash]),
            Key::Call(key) => hash(&[b"call", key.as_bytes()]),
        }
    }

    pub(super) fn key_text(&self) -> String {
        match &self.key {
            Key::Form(key) => key.to_string(),
            Key::Call(key) => key.clone(),
        }
    }
}

/// SHA-256 of the parts, each prefixed by its length, so that no two lists of parts collide.
fn hash(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(account: i64, key: u128, verb: &str, arguments: &[&str]) -> Mark {
        let key = Uuid::from_u128(key);
        Mark::form(AccountId(account), key, verb, arguments).expect("text is JSON")
    }

    fn call(account: i64, key: &str, verb: &str, arguments: &[&[u8]]) -> Mark {
        Mark::call(AccountId(account), key, verb, arguments).expect("a plain key")
    }

    #[test]
    fn a_form_is_the_same_if_account_key_verb_and_arguments_are() {
        let one = form(1, 7, "bid", &["7", "500"]);
        let same = form(1, 7, "bid", &["7", "500"]);
        assert!(one.shares_receipt_with(&same) && one.id() == same.id());
        for other in [
            form(2, 7, "bid", &["7", "500"]),
            form(1, 8, "bid", &["7", "500"]),
            form(1, 7, "withdraw", &["7", "500"]),
            form(1, 7, "bid", &["7", "400"]),
            // The boundary between arguments matters.
            form(1, 7, "bid", &["75", "00"]),
            form(1, 7, "bid", &["7", "500", ""]),
            call(1, &Uuid::from_u128(7).to_string(), "bid", &[b"7", b"500"]),
        ] {
            assert!(!one.shares_receipt_with(&other), "{other:?}");
            // Receipts are per account.
            assert!(one.account != other.account || one.id() != other.id());
        }
    }

    #[test]
    fn a_tuple_makes_the_same_mark_as_a_list() {
        let key = Uuid::from_u128(7);
        let typed = Mark::form(AccountId(1), key, "bid", &("7", "500")).expect("text is JSON");
        assert_eq!(typed, form(1, 7, "bid", &["7", "500"]));
    }

    #[test]
    fn a_calls_receipt_depends_on_its_key_only() {
        let one = call(1, "k", "POST", &[b"/bid", b"{}"]);
        let changed = call(1, "k", "POST", &[b"/bi", b"d{}"]);
        assert!(one.shares_receipt_with(&changed) && one.id() == changed.id());
        assert!(!one.has_same_content(&changed));
        assert!(!one.shares_receipt_with(&call(2, "k", "POST", &[b"/bid", b"{}"])));
        assert_ne!(one.id(), call(1, "l", "POST", &[b"/bid", b"{}"]).id());
    }

    #[test]
    fn a_calls_key_is_plain_ascii_of_bounded_length() {
        let is_key = |key: &str| Mark::call(AccountId(1), key, "POST", &[]).is_some();
        assert!(is_key("k") && is_key("a key of mine") && is_key(&"k".repeat(LONGEST_KEY)));
        for key in ["", "a\tb", "ключ", &*"k".repeat(LONGEST_KEY + 1)] {
            assert!(!is_key(key), "{key}");
        }
    }
}
