use super::Refusal;
use crate::{Result, random};
use data_encoding::{Encoding, Specification};
use sha2::{Digest, Sha256};
use std::{fmt, sync::LazyLock};

/// The longest text that may be typed as a code, in bytes: a recovery code with a space after each character.
const LONGEST: usize = 40;
/// How many characters of a recovery code are shown between two hyphens.
const GROUP: usize = 4;

/// Crockford's base 32: no letter looks like a digit, and look-alikes are read as what they look like
/// (<https://www.crockford.com/base32.html>).
static CROCKFORD: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification
        .symbols
        .push_str("0123456789abcdefghjkmnpqrstvwxyz");
    specification
        .translate
        .from
        .push_str("ABCDEFGHJKMNPQRSTVWXYZoOiIlL");
    specification
        .translate
        .to
        .push_str("abcdefghjkmnpqrstvwxyz001111");
    specification
        .encoding()
        .expect("the alphabet has 32 different symbols")
});

/// A code of 80 random bits, which works once in place of one from the app.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode([u8; 10]);

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(redacted)")
    }
}

impl RecoveryCode {
    pub(super) fn random() -> Result<Self> {
        random::bytes().map(Self)
    }

    /// The code as its owner keeps it, such as `7k3m-q9xd-0h2v-w5tz`.
    #[must_use]
    pub fn reveal(&self) -> String {
        let text: Vec<char> = CROCKFORD.encode(&self.0).chars().collect();
        let groups: Vec<String> = text
            .chunks(GROUP)
            .map(|group| group.iter().collect())
            .collect();
        groups.join("-")
    }

    pub(super) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0).to_vec()
    }
}

/// What somebody typed as a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TypedCode {
    /// Six digits from the app.
    App(String),
    Recovery(RecoveryCode),
}

impl TypedCode {
    /// Reads a code with or without spaces and hyphens.
    ///
    /// # Errors
    /// `Refused(NotACode)`.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        if typed.len() > LONGEST {
            return Err(Refusal::NotACode);
        }
        let text: String = typed
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .collect();
        if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self::App(text));
        }
        let bytes = CROCKFORD.decode(text.as_bytes());
        let code = bytes.ok().and_then(|bytes| bytes.try_into().ok());
        let code = code.ok_or(Refusal::NotACode)?;
        Ok(Self::Recovery(RecoveryCode(code)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_code_from_the_app_may_be_typed_with_a_space() {
        for typed in ["123456", "123 456", " 123456\n", "123-456"] {
            let code = TypedCode::App("123456".to_owned());
            assert_eq!(TypedCode::parse(typed), Ok(code), "{typed:?}");
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for typed in [
            "",
            "12345",
            "1234567",
            "a23456",
            "１２３４５６",
            "7k3m-q9xd-0h2v-w5t",
            "7k3m-q9xd-0h2v-w5tu",
        ] {
            assert_eq!(TypedCode::parse(typed), Err(Refusal::NotACode), "{typed:?}");
        }
        let long = "1 ".repeat(LONGEST);
        assert_eq!(TypedCode::parse(&long), Err(Refusal::NotACode));
    }

    proptest! {
        #[test]
        fn a_recovery_code_is_read_as_it_is_shown_and_as_people_copy_it(bytes: [u8; 10]) {
            let code = RecoveryCode(bytes);
            let shown = code.reveal();
            let upper = shown.to_uppercase();
            let plain = shown.replace('-', "");
            let look_alikes = shown.replace('0', "O").replace('1', "l");
            let spaced = shown.replace('-', " ");
            for typed in [shown, upper, plain, look_alikes, spaced] {
                let read = TypedCode::parse(&typed);
                prop_assert_eq!(read, Ok(TypedCode::Recovery(code.clone())), "{}", typed);
            }
        }

        #[test]
        fn no_text_makes_it_panic(typed in "\\PC{0,60}") {
            let _ = TypedCode::parse(&typed);
        }
    }
}
