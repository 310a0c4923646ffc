//! Passkeys (WebAuthn): keys in people's devices and password managers, which sign them in without a password.
//!
//! Invariants: a challenge is answered at most once, in the session that it was made for, and in time. A passkey opens
//! only the account that added it, and only if its device has verified its user, by a fingerprint or a PIN for example. So a
//! passkey is two factors at once, what somebody has and what they know or are, and no code is asked for after it.
//!
//! - Every account also keeps a password or an identity, so a passkey is never its last sign-in method.
//! - A signature counter that does not rise may mean that the key was copied. The passkey is refused from then on, and
//!   its owner is told, because the copy may have signed in before the original.
//! - The server stores only a passkey's public key, which can't sign anybody in.
//!
//! The server crate handles the browser side and the sessions.

mod challenge;
mod refusal;
mod relying_party;
mod rules;
mod store;
mod verbs;

pub use challenge::{MAX_CHALLENGES, Prompt, end_expired_challenges};
pub use refusal::Refusal;
pub use relying_party::RelyingParty;
pub use store::{count, list, usable_count};
pub(crate) use verbs::remove_all;
pub use verbs::{
    NewPasskey, add, begin_registration, begin_sign_in, must_be_of, must_have_room, parsed_name,
    remove, rename, sign_in, verify,
};

use std::time::Duration;
use time::OffsetDateTime;

/// A passkey's number, with which its owner can rename and remove it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasskeyId(pub i64);

/// A passkey as listed for the account's owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    pub id: PasskeyId,
    pub name: String,
    pub created_at: OffsetDateTime,
    pub last_used_at: Option<OffsetDateTime>,
    /// Since when it is refused, because it may have been copied.
    pub refused_at: Option<OffsetDateTime>,
}

/// How many passkeys an account may have.
pub const MAX_PASSKEYS: i64 = 10;
/// The longest name of a passkey, in characters.
pub const LONGEST_NAME: usize = 60;
/// How long the challenge for a new passkey can be answered: as long as the proof of its owner counts.
const REGISTRATION_LIFE: Duration = Duration::from_secs(600);
/// The longest answer of a browser that is read, in bytes: an RSA key or a chain of certificates takes a few thousand.
const LONGEST_ANSWER_BYTES: usize = 20_000;
