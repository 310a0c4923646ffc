//! Normalizes text, so that texts that read the same are stored and compared as the same code points.
//!
//! Invariant: the functions that clean text are idempotent and return Unicode's normalization form C. `field` also
//! checks lengths and reports problems.
//!
//! Direction: a name or title next to our own text is in a `<bdi>` (the component `UserText`). A block or field that
//! holds nothing else has `dir="auto"`. Page titles can't contain markup, so they use directional isolates
//! (`isolated`). `server/tests/projects/scripts.rs` checks this on the pages.

mod clean;
mod email;
mod joiner;
mod secret;
#[cfg(test)]
mod tests;

pub use clean::{HiddenCharacter, Spaces, body, has_visible, line};
pub use email::{email, email_spellings};
pub use secret::{secret, secret_spellings};

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use std::borrow::Cow;

/// Normalizes to form C (Unicode Standard Annex 15): `é` is one code point, however it was typed.
#[must_use]
pub fn nfc(text: &str) -> Cow<'_, str> {
    const NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfc();
    NFC.normalize(text)
}

/// Normalizes to form KC, which also replaces full-width and other compatibility variants.
#[must_use]
pub fn nfkc(text: &str) -> Cow<'_, str> {
    const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();
    NFKC.normalize(text)
}

/// Normalizes to form D, which some keyboards and clipboards produce.
fn nfd(text: &str) -> Cow<'_, str> {
    const NFD: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfd();
    NFD.normalize(text)
}

/// Wraps text in directional isolates if it contains right-to-left letters. For plain text, such as a page's title;
/// elsewhere use `<bdi>`.
#[must_use]
pub fn isolated(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_right_to_left) {
        Cow::Owned(format!("\u{2068}{text}\u{2069}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// True for letters of Hebrew, Arabic and every other right-to-left script of Unicode's bidirectional algorithm (Annex
/// 9).
fn is_right_to_left(c: char) -> bool {
    use icu_properties::{CodePointMapData, props::BidiClass};
    matches!(
        CodePointMapData::<BidiClass>::new().get(c),
        BidiClass::RightToLeft | BidiClass::ArabicLetter
    )
}
