//! What a person typed into a field, and what can be wrong with it.
//! Invariant: text that passed has no control or direction-overriding character and is within its limit.
//! Ends where a field means money, time or an address: those parse themselves and answer with a `Problem` too.

use crate::money::Currency;
use serde::{Deserialize, Serialize};

/// What is wrong with the value of a field, in words that say what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    #[error("Fill this in.")]
    Missing,
    #[error("Use at least {least} characters.")]
    TooShort { least: usize },
    #[error("Use at most {most} characters; this has {has}.")]
    TooLong { most: usize, has: usize },
    #[error("Remove the invisible control character; type the text again if you can't see it.")]
    ControlCharacter,
    #[error("List at most {most} of them.")]
    TooMany { most: usize },
    #[error("Choose one of the options.")]
    NotAChoice,
    #[error("Choose at least one.")]
    NothingChosen,
    #[error("Enter an e-mail address such as name@example.com.")]
    NotAnEmail,
    #[error("This password is easy to guess; add another word or two that don't belong together.")]
    EasyToGuess,
    #[error("This is not your present password.")]
    WrongPassword,
    #[error(
        "Enter an amount in digits, such as 1650 or 1650.50, without spaces or thousands marks."
    )]
    NotANumber,
    #[error("Send a JSON number here, such as 1650.5.")]
    NotAJsonNumber,
    #[error("This call takes no member of this name; check its spelling, or leave it out.")]
    UnknownMember,
    #[error(
        "This project is in {project}: send an amount in {project}, or leave the currency out."
    )]
    OtherCurrency { project: Currency },
    #[error("Enter an amount above zero.")]
    NotPositive,
    #[error("Use at most {most} decimals.")]
    TooManyDecimals { most: u32 },
    #[error("Enter an amount of at most 10,000,000,000,000,000.")]
    TooLarge,
    #[error("Enter a date and time such as 2027-01-31 17:00.")]
    NotATime,
    #[error("Clocks skip this hour on that day; choose a time an hour earlier or later.")]
    SkippedTime,
    #[error("This moment has passed; choose a later one.")]
    InThePast,
    #[error("Choose a moment within a year from now.")]
    TooFarAhead,
    #[error("Choose a time zone from the list.")]
    NotAZone,
    /// A rule of the marketplace refused the value; its words are the refusal's.
    #[error("{0}")]
    Refused(String),
}

/// A field by its name in the form, and what is wrong with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    pub field: String,
    pub problem: Problem,
}

impl FieldError {
    /// Names the field that the problem is in.
    #[must_use]
    pub fn new(field: &str, problem: Problem) -> Self {
        Self {
            field: field.to_owned(),
            problem,
        }
    }
}

/// Gathers the values of a form and every problem among them, so that all are named at once.
#[derive(Debug, Default)]
pub struct Check {
    errors: Vec<FieldError>,
}

impl Check {
    /// The value, or `None` with the problem noted under the field's name.
    pub fn take<T>(&mut self, field: &str, value: Result<T, Problem>) -> Option<T> {
        value
            .map_err(|problem| self.errors.push(FieldError::new(field, problem)))
            .ok()
    }

    /// # Errors
    /// `Invalid` with every problem noted so far.
    pub fn finish(self) -> crate::Result<()> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(crate::Error::Invalid(self.errors))
        }
    }
}

/// One line of text of `least` to `most` characters, trimmed.
///
/// # Errors
/// `Missing`, `TooShort`, `TooLong` or `ControlCharacter`.
pub fn line(text: &str, least: usize, most: usize) -> Result<String, Problem> {
    measured(text, least, most, |c| {
        c.is_control() || overrides_direction(c)
    })
}

/// Text of several lines; line breaks come out as `\n`.
///
/// # Errors
/// As [`line`].
pub fn body(text: &str, least: usize, most: usize) -> Result<String, Problem> {
    let text = text.replace("\r\n", "\n");
    measured(&text, least, most, |c| {
        (c.is_control() && c != '\n' && c != '\t') || overrides_direction(c)
    })
}

fn measured(
    text: &str,
    least: usize,
    most: usize,
    forbidden: impl Fn(char) -> bool,
) -> Result<String, Problem> {
    let text = text.trim_matches(|c: char| c.is_whitespace());
    let has = text.chars().count();
    if text.chars().any(forbidden) {
        return Err(Problem::ControlCharacter);
    }
    match has {
        0 if least > 0 => Err(Problem::Missing),
        _ if has < least => Err(Problem::TooShort { least }),
        _ if has > most => Err(Problem::TooLong { most, has }),
        _ => Ok(text.to_owned()),
    }
}

/// Characters that reorder or hide what stands around them (Unicode Standard Annex 9, and the invisible ones that make
/// two different names look the same).
fn overrides_direction(c: char) -> bool {
    matches!(c,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{2028}' | '\u{2029}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{Problem, body, line};
    use proptest::prelude::*;

    #[test]
    fn a_line_is_trimmed_and_counted_in_characters() {
        assert_eq!(line("  Zoë Müller ", 2, 10), Ok("Zoë Müller".to_owned()));
        assert_eq!(line("   ", 2, 10), Err(Problem::Missing));
        assert_eq!(line("x", 2, 10), Err(Problem::TooShort { least: 2 }));
        assert_eq!(
            line("ёёёёёёёёёёё", 2, 10),
            Err(Problem::TooLong { most: 10, has: 11 })
        );
        assert_eq!(line("", 0, 10), Ok(String::new()));
    }

    #[test]
    fn what_hides_or_reorders_text_is_refused_in_a_name() {
        for text in [
            "a\0b",
            "a\nb",
            "a\tb",
            "abc\u{202e}fdp.exe",
            "a\u{2066}b",
            "a\u{200b}b",
            "a\u{feff}b",
            "a\u{7f}b",
            "a\u{85}b",
        ] {
            assert_eq!(
                line(text, 1, 99),
                Err(Problem::ControlCharacter),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_body_keeps_its_lines_and_nothing_else_that_is_invisible() {
        assert_eq!(body("a\r\nb\n\tc", 1, 99), Ok("a\nb\n\tc".to_owned()));
        assert_eq!(body("a\u{202e}b", 1, 99), Err(Problem::ControlCharacter));
        assert_eq!(body("a\u{1b}[31m", 1, 99), Err(Problem::ControlCharacter));
    }

    proptest! {
        #[test]
        fn what_passes_is_within_the_limit(text in any::<String>(), most in 1_usize..50) {
            if let Ok(passed) = line(&text, 1, most) {
                prop_assert!((1..=most).contains(&passed.chars().count()));
                prop_assert!(!passed.chars().any(char::is_control));
            }
        }
    }
}
