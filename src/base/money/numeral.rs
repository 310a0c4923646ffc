//! Reads a number with separators: which of them group thousands, and which one is the decimal mark.
//!
//! Invariant: a number that may mean two amounts is marked as ambiguous and never decided silently. A comma before
//! exactly three digits groups thousands, because our own pages write it so and no amount has three decimals. A single
//! point before three digits groups thousands in half of Europe and is a decimal mark elsewhere: only its writer knows.

use super::digit;
use crate::field::Problem;

/// A number's ASCII digits before and after its decimal mark; either may be empty, but not both.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Numeral {
    pub whole: String,
    pub fraction: String,
    /// True if the mark may as well group thousands: `1.250` is 1¼ or 1250.
    pub is_ambiguous: bool,
}

impl Numeral {
    /// Reads digits with separators. All digits must be of one script, because some look like different ones of another.
    ///
    /// # Errors
    /// `NotANumber`.
    pub(super) fn read(number: &str) -> Result<Self, Problem> {
        let (groups, separators) = split(number)?;
        let Some((last, before)) = separators.split_last() else {
            return Ok(Self {
                whole: groups.concat(),
                ..Self::default()
            });
        };
        let (fraction, whole) = groups.split_last().ok_or(Problem::NotANumber)?;
        let all_thousands = separators_group(&separators, &groups);
        let is_decimal = matches!(*last, '.' | ',' | ARABIC_DECIMAL)
            && !before.contains(last)
            && (before.is_empty() || separators_group(before, whole));
        match (all_thousands, is_decimal) {
            (true, true) if *last == '.' => Ok(Self {
                whole: whole.concat(),
                fraction: fraction.clone(),
                is_ambiguous: true,
            }),
            (true, _) => Ok(Self {
                whole: groups.concat(),
                ..Self::default()
            }),
            (false, true) => Ok(Self {
                whole: whole.concat(),
                fraction: fraction.clone(),
                is_ambiguous: false,
            }),
            (false, false) => Err(Problem::NotANumber),
        }
    }
}

/// True if these separators are all the same one and group the digits into thousands, as in `1,650` or `12 345 678`.
fn separators_group(separators: &[char], groups: &[String]) -> bool {
    let Some((first, others)) = groups.split_first() else {
        return false;
    };
    separators.first() != Some(&ARABIC_DECIMAL)
        && separators.windows(2).all(|pair| pair[0] == pair[1])
        && matches!(first.len(), 1..=3)
        && !first.starts_with('0')
        && others.iter().all(|group| group.len() == 3)
}

/// The groups of digits as ASCII, and the separators between them in their plain form.
fn split(number: &str) -> Result<(Vec<String>, Vec<char>), Problem> {
    let (mut groups, mut separators) = (Vec::new(), Vec::new());
    let mut group = String::new();
    let mut script = None;
    for c in number.chars().filter(|c| !is_invisible(*c)) {
        if let Some(separator) = separator(c) {
            separators.push(separator);
            groups.push(std::mem::take(&mut group));
            continue;
        }
        let (zero, value) = digit::read(c).ok_or(Problem::NotANumber)?;
        // Full-width digits are the plain ones of East Asian keyboards.
        let zero = if zero == '\u{ff10}' { '0' } else { zero };
        if *script.get_or_insert(zero) != zero {
            return Err(Problem::NotANumber);
        }
        group.push(char::from(b'0' + value));
    }
    groups.push(group);
    Ok((groups, separators))
}

const ARABIC_DECIMAL: char = '\u{66b}';

/// The plain form of a separator: spaces of any width are one, and so are straight and curly apostrophes.
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

/// A point or a comma, full-width or not, or the decimal mark of Arabic digits.
pub(super) const fn is_decimal_mark(c: char) -> bool {
    matches!(separator(c), Some('.' | ',' | ARABIC_DECIMAL))
}

/// Direction marks, which come with copied text, and the break that our pages allow in long amounts.
pub(super) const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}
