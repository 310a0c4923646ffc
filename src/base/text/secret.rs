//! Normalizes passwords by the profile OpaqueString of RFC 8265, section 4.2, but refuses none.
//!
//! A password is put into normalization form C, and every space becomes U+0020. Nothing is refused: a password
//! must keep opening its account, whatever later versions of Unicode say.
//!
//! An earlier version hashed the bytes as they came, and one keyboard sends `é` as one code point, another as two. So a
//! password that does not match is tried in the forms that version may have hashed: four hashes at most, and more than
//! one only if it is not plain ASCII.

use super::{nfc, nfd};

/// Normalizes a password for hashing. Case is significant.
#[must_use]
pub fn secret(typed: &str) -> String {
    nfc(typed).chars().map(plain_space).collect()
}

/// The one to four forms in which the typed password may have been hashed, the current form first. An earlier version
/// hashed the raw bytes, and keyboards send `é` as either one or two code points.
#[must_use]
pub fn secret_spellings(typed: &str) -> Vec<String> {
    let mut spellings = vec![secret(typed)];
    if !typed.is_ascii() {
        for spelling in [
            typed.to_owned(),
            nfc(typed).into_owned(),
            nfd(typed).into_owned(),
        ] {
            if !spellings.contains(&spelling) {
                spellings.push(spelling);
            }
        }
    }
    spellings
}

fn plain_space(c: char) -> char {
    match c {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            ' '
        }
        _ => c,
    }
}
