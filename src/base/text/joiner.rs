//! Invisible characters that change how their neighbors appear.
//!
//! These are joiners, variation selectors, tags and Hangul fillers. They stay where they change something, as in
//! Persian, Indic scripts and emoji. Elsewhere they are dropped, so that texts that look the same are equal. The rules
//! for joiners are those of RFC 5892, appendix A, extended for Indic scripts and emoji.

use super::clean::HiddenCharacter;
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        CanonicalCombiningClass, ExtendedPictographic, GeneralCategory, Ideographic, JoiningType,
    },
};

const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';
/// Terminates the tag sequence of a flag.
const CANCEL_TAG: char = '\u{e007f}';
const BLACK_FLAG: char = '\u{1f3f4}';

/// True for characters that [`remove_needless`] keeps only next to certain others.
pub(super) fn depends_on_neighbors(c: char) -> bool {
    is_joiner(c)
        || is_selector(c)
        || is_tag(c)
        || matches!(
            c,
            '\u{200b}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}'
        )
}

/// Removes such characters where they do not affect rendering.
///
/// # Errors
/// `HiddenCharacter` for a zero-width space outside the scripts that use it for line breaks, and for tags outside a flag.
pub(super) fn remove_needless(text: &str) -> Result<String, HiddenCharacter> {
    let mut chars: Vec<char> = text.chars().collect();
    if !chars.iter().any(|c| depends_on_neighbors(*c)) {
        return Ok(text.to_owned());
    }
    // Each round may leave another character without its neighbor; every round except the last drops something.
    loop {
        let remaining = one_round(&chars)?;
        if remaining.len() == chars.len() {
            return Ok(remaining.into_iter().collect());
        }
        chars = remaining;
    }
}

fn one_round(chars: &[char]) -> Result<Vec<char>, HiddenCharacter> {
    let mut remaining: Vec<char> = Vec::with_capacity(chars.len());
    for (n, &c) in chars.iter().enumerate() {
        let after = chars.get(n + 1..).unwrap_or_default();
        let stays = match c {
            NON_JOINER | JOINER => {
                remaining.last().is_none_or(|last| !is_joiner(*last)) && joins(c, &remaining, after)
            }
            '\u{200b}' => match remaining.last() {
                Some(last) if breaks_lines_by_zero_width_space(*last) => true,
                Some('\u{200b}') => false,
                _ => return Err(HiddenCharacter),
            },
            '\u{115f}' => after.first().is_some_and(|next| is_jamo(*next)),
            '\u{1160}' => remaining.last().is_some_and(|last| is_jamo(*last)),
            '\u{180b}'..='\u{180f}' => remaining
                .last()
                .is_some_and(|last| matches!(last, '\u{1820}'..='\u{18aa}')),
            _ if is_selector(c) => remaining
                .last()
                .is_some_and(|last| selects(c, *last, after.first().copied())),
            _ if is_tag(c) => {
                if is_in_flag(&remaining, c, after) {
                    true
                } else {
                    return Err(HiddenCharacter);
                }
            }
            _ => true,
        };
        if stays {
            remaining.push(c);
        }
    }
    Ok(remaining)
}

/// True if this joiner changes how its neighbors look.
fn joins(c: char, before: &[char], after: &[char]) -> bool {
    let (Some(&previous), next) = (before.last(), after.first().copied()) else {
        return false;
    };
    if previous.is_whitespace() {
        return false;
    }
    if is_virama(previous)
        || (is_brahmic(previous) && (is_mark(previous) || next.is_some_and(is_mark)))
    {
        return true;
    }
    let is_transparent = |c: &&char| joining_type(**c) == JoiningType::Transparent;
    let left = before.iter().rev().find(|c| !is_transparent(c));
    let right = after.iter().find(|c| !is_transparent(c));
    let joins_on = left.is_some_and(|c| {
        matches!(
            joining_type(*c),
            JoiningType::DualJoining | JoiningType::LeftJoining
        )
    });
    let joins_back = right.is_some_and(|c| {
        matches!(
            joining_type(*c),
            JoiningType::DualJoining | JoiningType::RightJoining
        )
    });
    if c == NON_JOINER {
        return joins_on && joins_back;
    }
    // Two letters that join anyway need no joiner; a joiner next to a single letter selects its joined form.
    joins_on != joins_back || is_emoji_before(before) && next.is_some_and(is_pictographic)
}

/// True if the text ends with an emoji, possibly followed by a skin tone or a variation selector.
fn is_emoji_before(before: &[char]) -> bool {
    let base = before
        .iter()
        .rev()
        .find(|c| !is_selector(**c) && !is_skin_tone(**c) && !is_tag(**c));
    base.is_some_and(|c| is_pictographic(*c) || is_regional(*c))
}

/// True if the variation selector applies to a character that has variants.
fn selects(selector: char, of: char, next: Option<char>) -> bool {
    match selector {
        '\u{fe0e}' | '\u{fe0f}' if matches!(of, '0'..='9' | '#' | '*') => next == Some('\u{20e3}'),
        '\u{fe0e}' | '\u{fe0f}' => is_pictographic(of) || is_ideograph(of),
        '\u{e0100}'..='\u{e01ef}' => is_ideograph(of),
        _ => {
            !of.is_ascii()
                && !is_selector(of)
                && !of.is_whitespace()
                && (is_ideograph(of) || !matches!(of, '\u{80}'..='\u{5ff}'))
        }
    }
}

/// True for a tag of a flag: the region code between a black flag and the cancel tag, as for Scotland, Wales and
/// England, and the cancel tag itself.
fn is_in_flag(before: &[char], c: char, after: &[char]) -> bool {
    let begins = before.iter().rev().find(|c| !is_tag(**c)) == Some(&BLACK_FLAG);
    let ends = c == CANCEL_TAG
        || after.iter().find(|c| !is_tag(**c) || **c == CANCEL_TAG) == Some(&CANCEL_TAG);
    begins && ends && before.last() != Some(&CANCEL_TAG)
}

const fn is_joiner(c: char) -> bool {
    matches!(c, NON_JOINER | JOINER)
}

const fn is_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

const fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0020}'..='\u{e007f}')
}

const fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

const fn is_regional(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

/// True for a visible part of a Hangul syllable.
const fn is_jamo(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115e}' | '\u{1161}'..='\u{11ff}' | '\u{a960}'..='\u{a97c}' | '\u{d7b0}'..='\u{d7fb}')
}

/// True for Thai, Lao, Tibetan, Myanmar and Khmer, which put no spaces between words.
const fn breaks_lines_by_zero_width_space(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{fff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{a9e0}'..='\u{a9ff}' | '\u{aa60}'..='\u{aa7f}')
}

/// True for the blocks of the Indic and South-East Asian scripts.
const fn is_brahmic(c: char) -> bool {
    matches!(c,
        '\u{900}'..='\u{109f}' | '\u{1700}'..='\u{17ff}' | '\u{1900}'..='\u{1cff}' | '\u{a800}'..='\u{a8ff}'
        | '\u{a930}'..='\u{aaff}' | '\u{abc0}'..='\u{abff}' | '\u{11000}'..='\u{11fff}')
}

fn is_mark(c: char) -> bool {
    use GeneralCategory::{NonspacingMark, SpacingMark};
    matches!(
        CodePointMapData::<GeneralCategory>::new().get(c),
        NonspacingMark | SpacingMark
    )
}

fn is_virama(c: char) -> bool {
    CodePointMapData::<CanonicalCombiningClass>::new().get(c) == CanonicalCombiningClass::Virama
}

fn is_ideograph(c: char) -> bool {
    CodePointSetData::new::<Ideographic>().contains(c)
}

fn is_pictographic(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
}

fn joining_type(c: char) -> JoiningType {
    CodePointMapData::<JoiningType>::new().get(c)
}
