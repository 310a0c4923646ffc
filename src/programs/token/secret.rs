use crate::{Result, random};
use sha2::{Digest, Sha256};
use std::fmt;

/// What a secret is for. Its prefix shows that to people and to scanners for leaked secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    PersonalToken,
    AccessToken,
    RefreshToken,
    ClientSecret,
    AuthorizationCode,
    DeviceCode,
    CalendarFeed,
    MailedLink,
}

impl SecretKind {
    /// The prefix of every secret of this kind.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::PersonalToken => "guildhall_pat_",
            Self::AccessToken => "guildhall_at_",
            Self::RefreshToken => "guildhall_rt_",
            Self::ClientSecret => "guildhall_cs_",
            Self::AuthorizationCode => "guildhall_ac_",
            Self::DeviceCode => "guildhall_dc_",
            Self::CalendarFeed => "guildhall_cf_",
            Self::MailedLink => "guildhall_ml_",
        }
    }
}

/// Random characters in a secret: 178 bits.
const RANDOM: usize = 30;
/// Characters of the checksum: 32 bits.
const CHECKSUM: usize = 6;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A credential that is shown once: a prefix, random characters and the CRC-32 of both, with which a scanner can tell a
/// real one from a look-alike offline. `Debug` redacts it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// The SHA-256 of a secret, which is all we store. A secret has too many bits to be guessed, so no slow hash is needed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SecretHash(pub(crate) Vec<u8>);

impl Secret {
    /// Generates a secret from the system's random source.
    ///
    /// # Errors
    /// `Unexpected` if the system has no random source.
    pub fn generate(kind: SecretKind) -> Result<Self> {
        let mut text = kind.prefix().to_owned();
        let end = text.len() + RANDOM;
        while text.len() < end {
            let bytes = random::bytes::<64>()?;
            // 248 is the largest multiple of 62 that fits in a byte; higher values would favor some characters.
            let characters = bytes
                .iter()
                .filter(|byte| **byte < 248)
                .map(|byte| char::from(ALPHABET[usize::from(byte % 62)]));
            let missing = end - text.len();
            text.extend(characters.take(missing));
        }
        let checksum = checksum(&text);
        Ok(Self(text + &checksum))
    }

    /// Parses a secret of this kind; `None` if it is malformed, in which case no lookup is needed.
    #[must_use]
    pub fn parse(kind: SecretKind, text: &str) -> Option<Self> {
        let rest = text.strip_prefix(kind.prefix())?;
        let plain = rest.len() == RANDOM + CHECKSUM && rest.bytes().all(|b| ALPHABET.contains(&b));
        let (body, sum) = text.split_at_checked(text.len().checked_sub(CHECKSUM)?)?;
        (plain && checksum(body) == sum).then(|| Self(text.to_owned()))
    }

    /// The secret in plain text, to be shown to its owner.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.0.as_bytes()).to_vec())
    }

    /// The last four characters, to tell secrets apart. They belong to the checksum.
    #[must_use]
    pub fn hint(&self) -> &str {
        &self.0[self.0.len() - 4..]
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_parses_and_one_wrong_character_is_detected() {
        let secret = Secret::generate(SecretKind::PersonalToken).unwrap();
        let text = secret.reveal();
        assert_eq!(text.len(), "guildhall_pat_".len() + 36);
        assert_eq!(
            Secret::parse(SecretKind::PersonalToken, text),
            Some(secret.clone())
        );
        assert_eq!(Secret::parse(SecretKind::AccessToken, text), None);
        for at in "guildhall_pat_".len()..text.len() {
            let mut wrong = text.as_bytes().to_vec();
            wrong[at] = if wrong[at] == b'x' { b'y' } else { b'x' };
            let wrong = String::from_utf8(wrong).unwrap();
            assert_eq!(
                Secret::parse(SecretKind::PersonalToken, &wrong),
                None,
                "{wrong}"
            );
        }
        for text in [
            "",
            "guildhall_pat_",
            "guildhall_pat_é",
            &format!("{text}x"),
            &text[1..],
        ] {
            assert_eq!(
                Secret::parse(SecretKind::PersonalToken, text),
                None,
                "{text}"
            );
        }
    }

    #[test]
    fn secrets_are_unique_and_never_printed() {
        let (one, two) = (
            Secret::generate(SecretKind::RefreshToken).unwrap(),
            Secret::generate(SecretKind::RefreshToken).unwrap(),
        );
        assert_ne!(one, two);
        assert_eq!(format!("{one:?}"), "Secret(…)");
        assert_ne!(one.hash(), two.hash());
    }
}
