//! Two-factor authentication: after the password or a provider, an account may ask for a code from an authenticator app
//! (TOTP, RFC 6238) or a recovery code.
//!
//! Invariants: a code opens nothing by itself, and each is taken at most once. No row of an account holds a secret: that of the
//! codes is derived from a key in `server_key`, so only a dump of the whole database has it, and of recovery codes there are
//! hashes.
//!
//! - A browser can be trusted for 30 days, and is not asked for a code in that time. Whatever forgets browsers ends that, too.
//! - Wrong codes are counted per account, and those of a browser that has signed in to it before for that browser alone. Only
//!   somebody who has passed the first factor can enter any, so a stranger can't hold the owner up, and somebody who knows the
//!   password holds up only new browsers. Recovery codes are long enough that nobody guesses one, so they are not counted, and
//!   still work while other codes must wait.
//! - A new password by a link in a letter leaves the second factor on: otherwise, whoever reads the owner's mail would pass it.
//!   But it turns off one that has been on for less than seven days: somebody else may have turned it on to lock the owner out.
//!
//! The server keeps who has passed the first factor in the session until the second one is passed, too.

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
