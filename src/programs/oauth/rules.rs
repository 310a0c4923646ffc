//! Rules for proof keys (PKCE), scopes, and the codes that people type from a screen.

use super::OauthError;
use crate::{account::Role, text, token::Scopes};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// The SHA-256 of the program's verifier (RFC 7636, section 4.2). The `plain` method is not supported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge(pub(super) String);

/// The secret that the program keeps until it exchanges the code.
#[derive(Debug, Clone)]
pub struct Verifier(String);

impl Challenge {
    /// Parses `code_challenge` and `code_challenge_method`.
    ///
    /// # Errors
    /// `InvalidRequest` if either is missing, the method is not `S256`, or the challenge is not a hash.
    pub fn parse(challenge: Option<&str>, method: Option<&str>) -> Result<Self, OauthError> {
        let text = challenge.ok_or(OauthError::InvalidRequest("code_challenge is missing."))?;
        // A missing method means `plain` (RFC 7636, section 4.3).
        if method != Some("S256") {
            return Err(OauthError::InvalidRequest(
                "code_challenge_method must be S256.",
            ));
        }
        let is_hash = URL_SAFE_NO_PAD
            .decode(text)
            .is_ok_and(|hash| hash.len() == 32);
        if is_hash {
            Ok(Self(text.to_owned()))
        } else {
            Err(OauthError::InvalidRequest(
                "code_challenge must be the SHA-256 of the verifier in base64url.",
            ))
        }
    }

    /// True if the challenge was derived from this verifier.
    #[must_use]
    pub fn matches(&self, verifier: &Verifier) -> bool {
        let own = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.0.as_bytes()));
        constant_time_eq(own.as_bytes(), self.0.as_bytes())
    }
}

impl Verifier {
    /// Parses `code_verifier`: 43 to 128 unreserved characters (RFC 7636, section 4.1).
    ///
    /// # Errors
    /// `InvalidRequest` for anything else.
    pub fn parse(text: &str) -> Result<Self, OauthError> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if (43..=128).contains(&text.len()) && text.bytes().all(unreserved) {
            Ok(Self(text.to_owned()))
        } else {
            Err(OauthError::InvalidRequest(
                "code_verifier must be 43 to 128 letters, digits, -, ., _ or ~.",
            ))
        }
    }
}

/// Compares in constant time.
pub(super) fn constant_time_eq(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).fold(0, |difference, (a, b)| {
            std::hint::black_box(difference | (a ^ b))
        }) == 0
}

/// Parses the requested scopes: at least one and none outside `most`.
pub(super) fn requested(text: &str, most: Scopes) -> Result<Scopes, OauthError> {
    match text.parse::<Scopes>() {
        Ok(scopes) if most.covers(scopes) => Ok(scopes),
        _ => Err(OauthError::InvalidScope),
    }
}

/// Those of the scopes that an account with this role can use.
///
/// # Errors
/// `NotForRole` if there are none.
pub(super) fn usable(scopes: Scopes, role: Role) -> Result<Scopes, OauthError> {
    let usable = scopes.and(Scopes::of_role(role));
    if usable.is_empty() {
        Err(OauthError::NotForRole(role))
    } else {
        Ok(usable)
    }
}

/// Letters that are hard to confuse and spell no words (RFC 8628, section 6.1).
pub(super) const USER_CODE_LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Number of letters in a user code. They hold only 34 bits, so attempts are counted per account.
pub(super) const USER_CODE_LENGTH: usize = 8;

/// Normalizes a user code as typed, in either case and width, with or without the dash and spaces. `None` if it is
/// malformed.
pub(super) fn user_code(text: &str) -> Option<String> {
    if text.len() > 80 {
        return None;
    }
    // Keyboards for East Asian scripts type full-width letters.
    let letters: String = text::nfkc(text)
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let is_code = letters.len() == USER_CODE_LENGTH
        && letters
            .bytes()
            .all(|letter| USER_CODE_LETTERS.contains(&letter));
    is_code.then_some(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_rfcs_verifier_meets_its_challenge() {
        // RFC 7636, appendix B.
        let challenge = Challenge::parse(
            Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            Some("S256"),
        )
        .unwrap();
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert!(challenge.matches(&Verifier::parse(verifier).unwrap()));
        let other = Verifier::parse(&verifier.replace('d', "e")).unwrap();
        assert!(!challenge.matches(&other));
    }

    #[test]
    fn a_plain_missing_or_malformed_challenge_or_verifier_is_refused() {
        let good = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        for (challenge, method) in [
            (None, Some("S256")),
            (Some(good), None),
            (Some(good), Some("plain")),
            (Some(good), Some("s256")),
            (Some(""), Some("S256")),
            (Some(&good[1..]), Some("S256")),
            (
                Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM="),
                Some("S256"),
            ),
            (
                Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"),
                Some("S256"),
            ),
        ] {
            assert!(
                Challenge::parse(challenge, method).is_err(),
                "{challenge:?} {method:?}"
            );
        }
        for verifier in [
            "",
            "short",
            &"x".repeat(42),
            &"x".repeat(129),
            &"ä".repeat(43),
        ] {
            assert!(Verifier::parse(verifier).is_err(), "{verifier}");
        }
    }

    #[test]
    fn only_registered_scopes_may_be_requested() {
        let most: Scopes = "projects:read bids:read".parse().unwrap();
        assert!(requested("projects:read", most).is_ok());
        for text in ["", " ", "bids:write", "projects:read bids:write", "admin"] {
            assert_eq!(
                requested(text, most),
                Err(OauthError::InvalidScope),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_user_code_is_parsed_as_people_type_it() {
        for text in ["WDJB-MJHT", "wdjb mjht", " wdjbmjht ", "ＷＤＪＢ－ｍｊｈｔ"] {
            assert_eq!(user_code(text), Some("WDJBMJHT".to_owned()), "{text}");
        }
        for text in [
            "",
            "WDJB-MJH",
            "WDJB-MJHTT",
            "AEIO-UYAE",
            "WDJB-MJH1",
            &"W".repeat(60),
        ] {
            assert_eq!(user_code(text), None, "{text}");
        }
    }

    #[test]
    fn different_byte_strings_are_not_equal() {
        assert!(constant_time_eq(b"abc", b"abc"));
        for other in [&b"abd"[..], b"ab", b"abcd", b""] {
            assert!(!constant_time_eq(b"abc", other));
        }
    }
}
