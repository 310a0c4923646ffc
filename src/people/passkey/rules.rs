//! How many passkeys an account may have, and what they are called.

use super::{LONGEST_NAME, MAX_PASSKEYS, Refusal};
use crate::field::{self, ValueError};

/// Refuses once the account has the maximum number of passkeys.
pub(super) const fn may_add(passkeys: i64) -> Result<(), Refusal> {
    if passkeys < MAX_PASSKEYS {
        Ok(())
    } else {
        Err(Refusal::TooManyPasskeys { most: MAX_PASSKEYS })
    }
}

/// Cleans a passkey's name.
pub(super) fn name(text: &str) -> Result<String, ValueError> {
    field::name(text, 1, LONGEST_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_at_most_ten_passkeys() {
        assert_eq!(may_add(9), Ok(()));
        assert_eq!(may_add(10), Err(Refusal::TooManyPasskeys { most: 10 }));
    }

    #[test]
    fn a_name_is_one_line_of_up_to_60_characters() {
        assert_eq!(name("  My \u{a0} phone ").as_deref(), Ok("My phone"));
        assert_eq!(name(&"ä".repeat(60)).unwrap().chars().count(), 60);
        let long = name(&"x".repeat(61));
        assert_eq!(long, Err(ValueError::TooLong { most: 60, has: 61 }));
        assert_eq!(name(" "), Err(ValueError::Missing));
        assert!(name("a\u{202e}b").is_err());
    }
}
