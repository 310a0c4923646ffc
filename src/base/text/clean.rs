//! Cleans what a person typed.
//!
//! - All text is in normalization form C, and names have single plain spaces (RFC 8266).
//! - Invisible characters that change nothing are dropped.
//! - Characters that reorder or hide text are refused.
//! - Joiners, variation selectors and tags stay where their neighbors need them (`joiner`).
//! - A text that must not be empty needs a visible character.

use super::{joiner, nfc};
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory},
};

/// The text contains a character that could hide or reorder the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HiddenCharacter;

/// How to treat spaces within a line. Several in a row always become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spaces {
    /// All become U+0020, as in RFC 8266 for nicknames, so that names that look alike are equal.
    Plain,
    /// A single no-break space is kept; French typography needs it before `!` and within « ».
    NoBreak,
}

/// Cleans one line of text: normalized, trimmed, with single spaces and without invisible characters that change
/// nothing.
///
/// # Errors
/// `HiddenCharacter`.
pub fn line(text: &str, spaces: Spaces) -> Result<String, HiddenCharacter> {
    let text = text.trim_matches(char::is_whitespace);
    let cleaned = cleaned(text, Shape::Line)?;
    Ok(collapse_spaces(&cleaned, spaces))
}

/// Cleans multi-line text: normalized and trimmed, with `\n` between lines. Spaces within lines are kept.
///
/// # Errors
/// `HiddenCharacter`.
pub fn body(text: &str) -> Result<String, HiddenCharacter> {
    let text = text.replace("\r\n", "\n");
    let cleaned = cleaned(text.trim_matches(char::is_whitespace), Shape::Body)?;
    Ok(cleaned.trim_matches(char::is_whitespace).to_owned())
}

/// True if the text has at least one visible character: a letter, digit, symbol or emoji. Spaces, fillers and combining
/// marks alone do not count.
#[must_use]
pub fn has_visible(text: &str) -> bool {
    text.chars().any(is_visible)
}

fn is_visible(c: char) -> bool {
    use GeneralCategory as Category;
    if c.is_ascii() {
        return c.is_ascii_graphic();
    }
    match category(c) {
        Category::NonspacingMark | Category::SpacingMark | Category::EnclosingMark => false,
        Category::SpaceSeparator
        | Category::LineSeparator
        | Category::ParagraphSeparator
        | Category::Control => false,
        Category::Format => is_prepended_mark(c),
        _ => c != BRAILLE_BLANK && !is_ignorable(c),
    }
}

const BRAILLE_BLANK: char = '\u{2800}';

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Line,
    Body,
}

/// What to do with a character.
enum Treatment {
    Keep,
    Drop,
    Space,
    Refuse,
}

fn cleaned(text: &str, shape: Shape) -> Result<String, HiddenCharacter> {
    let normal = nfc(text);
    let mut plain = String::with_capacity(normal.len());
    for c in normal.chars() {
        match treatment(c, shape) {
            Treatment::Keep => plain.push(c),
            Treatment::Drop => {}
            Treatment::Space => plain.push(' '),
            Treatment::Refuse => return Err(HiddenCharacter),
        }
    }
    if plain.is_ascii() {
        return Ok(plain);
    }
    // Once the character between them is dropped, a letter and a combining mark may compose, or two marks change
    // places. The loop ends, because every round except the last drops something.
    let mut text = nfc(&plain).into_owned();
    loop {
        let joined = joiner::remove_needless(&text)?;
        let normal = nfc(&joined).into_owned();
        if normal == text {
            return Ok(normal);
        }
        text = normal;
    }
}

fn treatment(c: char, shape: Shape) -> Treatment {
    let in_body = shape == Shape::Body;
    match c {
        '\n' | '\t' if in_body => Treatment::Keep,
        _ if c.is_ascii() => {
            if c.is_ascii_control() {
                Treatment::Refuse
            } else {
                Treatment::Keep
            }
        }
        // The soft hyphen, the grapheme joiner and Khmer's invisible vowels: browsers break lines without them.
        '\u{ad}' | '\u{34f}' | '\u{17b4}' | '\u{17b5}' => Treatment::Drop,
        // Left-to-right, right-to-left and Arabic letter marks come with copied text. A single line is rendered in an
        // isolate of its own.
        '\u{200e}' | '\u{200f}' | '\u{61c}' if in_body => Treatment::Keep,
        '\u{200e}' | '\u{200f}' | '\u{61c}' => Treatment::Drop,
        // Fillers and the blank Braille pattern look like spaces.
        '\u{3164}' | '\u{ffa0}' | BRAILLE_BLANK if in_body => Treatment::Keep,
        '\u{3164}' | '\u{ffa0}' | BRAILLE_BLANK => Treatment::Space,
        _ if joiner::depends_on_neighbors(c) => Treatment::Keep,
        _ => match category(c) {
            GeneralCategory::Control
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator => Treatment::Refuse,
            GeneralCategory::Format if is_prepended_mark(c) => Treatment::Keep,
            GeneralCategory::Format => Treatment::Refuse,
            _ if is_ignorable(c) => Treatment::Refuse,
            _ => Treatment::Keep,
        },
    }
}

/// True for Arabic, Syriac and Kaithi signs that enclose the digits after them: Unicode classifies them as format
/// characters, but they are visible.
fn is_prepended_mark(c: char) -> bool {
    matches!(
        c,
        '\u{600}'
            ..='\u{605}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{890}'
                | '\u{891}'
                | '\u{8e2}'
                | '\u{110bd}'
                | '\u{110cd}'
    )
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

fn is_ignorable(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

fn is_space(c: char) -> bool {
    c == ' ' || (!c.is_ascii() && category(c) == GeneralCategory::SpaceSeparator)
}

fn collapse_spaces(text: &str, spaces: Spaces) -> String {
    let mut line = String::with_capacity(text.len());
    let mut rest = text.trim_matches(is_space).chars().peekable();
    while let Some(c) = rest.next() {
        if !is_space(c) {
            line.push(c);
            continue;
        }
        let mut is_single = true;
        while rest.next_if(|next| is_space(*next)).is_some() {
            is_single = false;
        }
        let stays = is_single && spaces == Spaces::NoBreak && matches!(c, '\u{a0}' | '\u{202f}');
        line.push(if stays { c } else { ' ' });
    }
    line
}
