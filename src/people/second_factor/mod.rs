//! Two-factor authentication: after the password or a provider, an account may ask for a code from an authenticator app
//! (TOTP, RFC 6238) or a recovery code.
//!
//! Invariants: a code opens nothing by itself, and each is accepted at most once. No row of an account holds a secret:
//! the one that codes are computed from is derived from a key in `server_key`, so only a dump of the whole database has
//! it, and recovery codes are stored as hashes.
//!
//! - A browser can be trusted for 30 days, and is not asked for a code in that time. Forgetting the browser ends its
//!   trust.
//! - Wrong codes are counted per account, but a browser that has signed in to the account before has a count of its
//!   own. Only somebody who has passed the first factor can enter codes, so a stranger can't delay the owner, and
//!   somebody who knows the password delays only new browsers. Recovery codes are too long to guess, so they are not
//!   counted, and they still work while other codes must wait.
//! - A new password by a link in a letter leaves the second factor on: otherwise, anybody who reads the owner's mail
//!   could get past it. But it turns off a second factor that has been on for less than seven days: somebody else may
//!   have turned it on to lock the owner out.
//!
//! Until the second factor is passed, the server keeps in the session who has passed the first one.

mod code;
mod refusal;
mod secret;
mod store;
mod verbs;

pub use code::RecoveryCode;
pub use refusal::Refusal;
pub use secret::{Seed, SetupKey, TotpSecrets};
pub use store::{is_on, state};
pub(crate) use verbs::turn_off_since;
pub use verbs::{asks_for_code, check, renew_recovery_codes, setup_key, turn_off, turn_on};

use time::{Duration, OffsetDateTime};

/// How many recovery codes an account gets.
pub const RECOVERY_CODES: usize = 10;
/// A second factor that has been on for less than this does not survive a new password by a link in a letter.
pub(crate) const RECENT: Duration = Duration::days(7);
/// After so many wrong codes in a row, the owner is told: whoever enters them knows the password.
const TOLD_AFTER: i32 = 5;

/// The second factor of an account that has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    pub enabled_at: OffsetDateTime,
    /// How many recovery codes have not been used.
    pub recovery_codes_left: i64,
}
