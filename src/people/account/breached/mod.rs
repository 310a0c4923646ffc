//! Passwords known from data breaches, which guessers try first (NIST SP 800-63B-4, section 3.1.1.2).
//!
//! The list is part of the program, so no password and no part of its hash leaves the server. `bin/breached-passwords` writes
//! it, and says what it was made of.

use sha2::{Digest, Sha256};

/// How much of a password's hash is stored, in bytes.
const PREFIX: usize = 5;
/// Sorted prefixes of the hashes of the passwords in lower case.
static PREFIXES: &[u8] = include_bytes!("prefixes.bin");

/// True if the password, in any case, is known from a data breach.
pub(super) fn is_breached(password: &str) -> bool {
    let hash = Sha256::digest(password.to_ascii_lowercase().as_bytes());
    let (prefixes, _) = PREFIXES.as_chunks::<PREFIX>();
    prefixes
        .binary_search_by(|prefix| prefix[..].cmp(&hash[..PREFIX]))
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole_and_sorted() {
        let (prefixes, rest) = PREFIXES.as_chunks::<PREFIX>();
        assert!(rest.is_empty());
        assert!(prefixes.len() > 100_000, "{}", prefixes.len());
        assert!(prefixes.is_sorted());
    }

    #[test]
    fn known_passwords_are_found_in_any_case_and_others_are_not() {
        for known in ["qwertyuiop", "QwertyUiop", "1q2w3e4r5t", "whydoyouloveme"] {
            assert!(is_breached(known), "{known}");
        }
        for other in [
            "stepped gable lantern",
            "harbour lamp in the fog",
            "",
            "qwertyuiop ",
        ] {
            assert!(!is_breached(other), "{other}");
        }
    }
}
