//! Reads a number with separators, and decides which of them group thousands and which one is the decimal mark.
//!
//! Invariant: a number that may mean two amounts is marked as ambiguous and never decided silently. A comma before
//! exactly three digits groups thousands, because our own pages write thousands this way and no amount has three
//! decimals. A single point before three digits groups thousands in half of Europe and is a decimal mark elsewhere:
//! only the person who typed it knows.

use super::digit;
use crate::field::ValueError;

/// A number's ASCII digits before and after its decimal mark; either may be empty, but not both.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Numeral {
    pub whole: String,
    pub fraction: String,
    /// True if the mark may group thousands instead: `1.250` is 1¼ or 1250.
    pub is_ambiguous: bool,
}

impl Numeral {
    /// Reads digits with separators. All digits must be of one script, because a digit may look like a different digit
    /// of another script.
    ///
    /// # Errors
    /// `NotANumber`.
    pub(super) fn read(number: &str) -> Result<Self, ValueError> {
        let (digits, separators) = split(number)?;
        let mut read = Self {
            whole: digits,
            ..Self::default()
        };
        let Some((last, before)) = separators.split_last() else {
            return Ok(read);
        };
        let groups_thousands = group_thousands(&separators, &read.whole);
        let starts_decimals = matches!(last.sign, '.' | ',' | ARABIC_DECIMAL)
            && before.iter().all(|other| other.sign != last.sign)
            && (before.is_empty()
                || read
                    .whole
                    .get(..last.at)
                    .is_some_and(|whole| group_thousands(before, whole)));
        match (groups_thousands, starts_decimals) {
            (true, true) if last.sign == '.' => read.is_ambiguous = true,
            (true, _) => return Ok(read),
            (false, true) => {}
            (false, false) => return Err(ValueError::NotANumber),
        }
        read.fraction = read.whole.split_off(last.at);
        Ok(read)
    }
}

struct Separator {
    /// The plain form, see [`separator`].
    sign: char,
    /// The number of digits before it.
    at: usize,
}

/// True if these separators are all the same one and group the digits into thousands, as in `1,650` or `12 345 678`.
fn group_thousands(separators: &[Separator], digits: &str) -> bool {
    let mut end = digits.len();
    let first = separators.first().map_or(' ', |first| first.sign);
    let are_regular = separators.iter().rev().all(|separator| {
        let length = end - separator.at;
        end = separator.at;
        length == 3 && separator.sign == first
    });
    are_regular && first != ARABIC_DECIMAL && matches!(end, 1..=3) && !digits.starts_with('0')
}

/// All digits as ASCII, and the separators between them.
fn split(number: &str) -> Result<(String, Vec<Separator>), ValueError> {
    let (mut digits, mut separators) = (String::new(), Vec::new());
    let mut script = None;
    for c in number.chars().filter(|c| !is_invisible(*c)) {
        if let Some(sign) = separator(c) {
            let at = digits.len();
            separators.push(Separator { sign, at });
            continue;
        }
        let (zero, value) = digit::read(c).ok_or(ValueError::NotANumber)?;
        // East Asian keyboards type full-width digits; they may be mixed with plain ones.
        let zero = if zero == '\u{ff10}' { '0' } else { zero };
        if *script.get_or_insert(zero) != zero {
            return Err(ValueError::NotANumber);
        }
        digits.push(char::from(b'0' + value));
    }
    Ok((digits, separators))
}

const ARABIC_DECIMAL: char = '\u{66b}';

/// The plain form of a separator. Spaces of any width share one, and so do straight and curly apostrophes.
const fn separator(c: char) -> Option<char> {
    match c {
        '.' | '\u{ff0e}' => Some('.'),
        ',' | '\u{ff0c}' => Some(','),
        '\'' | '\u{2019}' | '\u{ff07}' => Some('\''),
        ' ' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            Some(' ')
        }
        // The separators of Arabic digits.
        '\u{66c}' | ARABIC_DECIMAL => Some(c),
        _ => None,
    }
}

/// True for a point or a comma, full-width or not, and for the decimal mark of Arabic digits.
pub(super) const fn is_decimal_mark(c: char) -> bool {
    matches!(separator(c), Some('.' | ',' | ARABIC_DECIMAL))
}

/// True for direction marks, which come with copied text, and for the zero-width space, at which our pages let long
/// amounts break.
pub(super) const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}
