//! A field of a form: its text, and what can be wrong with it.
//!
//! Invariant: accepted text is normalized by `text`, has a visible character unless it is empty, and is within its
//! limit. `name`, `line` and `body` build on `text`. Money, times and addresses have parsers of their own, which also
//! return a `ValueError`.

use crate::money::{Currency, Money};
#[cfg(feature = "postgres")]
use crate::text::{self, HiddenCharacter, Spaces};
use serde::{Deserialize, Serialize};

/// A problem with a field's value; the message says how to fix it. Variants that only the server can produce are left out
/// of the code for browsers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueError {
    /// [`FieldError::message`] says what to enter.
    #[error("Enter a value.")]
    Missing,
    #[cfg(feature = "postgres")]
    #[error("Use at least one visible letter, digit or symbol; this text looks empty.")]
    Invisible,
    #[cfg(feature = "postgres")]
    #[error("Use at least {least} characters.")]
    TooShort { least: usize },
    #[cfg(feature = "postgres")]
    #[error("Use at most {most} characters; this has {has}.")]
    TooLong { most: usize, has: usize },
    #[cfg(feature = "postgres")]
    #[error("Remove the invisible control character; type the text again if you can't see it.")]
    ControlCharacter,
    #[cfg(feature = "postgres")]
    #[error("List at most {most} items.")]
    TooMany { most: usize },
    #[error("Choose one of the options.")]
    NotAChoice,
    #[cfg(feature = "postgres")]
    #[error("Choose at least one.")]
    NothingChosen,
    #[cfg(feature = "postgres")]
    #[error("Enter an e-mail address such as name@example.com.")]
    NotAnEmail,
    #[cfg(feature = "postgres")]
    #[error("This password is easy to guess; add another word or two that don't belong together.")]
    EasyToGuess,
    #[cfg(feature = "postgres")]
    #[error(
        "This password is known from a data breach, so attackers will try it. Choose another one."
    )]
    Breached,
    #[cfg(feature = "postgres")]
    #[error("This is not your current password.")]
    WrongPassword,
    #[error("Enter an amount in digits. For example, 1650 or 1650.50.")]
    NotANumber,
    /// A point that may group thousands or start the decimals. Holds the amount in either reading; `decimals` is `None` if
    /// there would be too many.
    #[error("{}", ambiguity_message(*thousands, *decimals))]
    AmbiguousAmount {
        thousands: Money,
        decimals: Option<Money>,
    },
    /// `typed` is the currency's code or symbol as typed; `expected` is the required currency.
    #[error("This amount is in {typed}, but {expected} is expected here. Enter it in {expected}.")]
    OtherCurrency { typed: String, expected: Currency },
    #[cfg(feature = "postgres")]
    #[error("Send a JSON number here, such as 1650.5.")]
    NotAJsonNumber,
    #[cfg(feature = "postgres")]
    #[error("This call has no member with this name; check the spelling or leave it out.")]
    UnknownMember,
    #[error("Enter an amount above zero.")]
    NotPositive,
    #[error("Use at most {most} decimals.")]
    TooManyDecimals { most: u32 },
    #[error("Enter an amount of at most 10,000,000,000,000,000.")]
    TooLarge,
    #[cfg(feature = "postgres")]
    #[error("Enter a date and time such as 2027-01-31 17:00.")]
    NotATime,
    #[cfg(feature = "postgres")]
    #[error("Enter a time of day such as 22:00.")]
    NotATimeOfDay,
    /// Of an interval that would end when it begins.
    #[cfg(feature = "postgres")]
    #[error("Choose another time: quiet hours can't last the whole day.")]
    WholeDay,
    #[cfg(feature = "postgres")]
    #[error("Enter a date such as 2027-01-31.")]
    NotADay,
    #[cfg(feature = "postgres")]
    #[error("Enter a whole number such as 3.")]
    NotACount,
    #[error(
        "Clocks are set forward on that day and skip this time; choose one an hour earlier or later."
    )]
    SkippedTime,
    #[error(
        "Clocks are set back on that day and show this time twice; choose which of the two you mean."
    )]
    DoubledTime,
    #[error("This time has passed; choose a later one.")]
    InThePast,
    #[error("Choose a time within the next year.")]
    TooFarAhead,
    #[cfg(feature = "postgres")]
    #[error("Choose a time zone from the list.")]
    NotAZone,
    /// A marketplace rule refused the value; holds the refusal's message.
    #[error("{0}")]
    Refused(String),
}

/// Asks which amount is meant, and says how to write each.
fn ambiguity_message(thousands: Money, decimals: Option<Money>) -> String {
    let written = thousands.to_json();
    match decimals {
        Some(decimals) => format!(
            "Do you mean {thousands} or {decimals}? Write {written} or {}.",
            decimals.to_decimal()
        ),
        None => format!(
            "Do you mean {thousands}? Write {written}. {}",
            ValueError::TooManyDecimals {
                most: thousands.currency().exponent()
            }
        ),
    }
}

/// A problem with one field, which is identified by its name in the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    pub field: String,
    pub problem: ValueError,
}

impl FieldError {
    #[must_use]
    pub fn new(field: &str, problem: ValueError) -> Self {
        Self {
            field: field.to_owned(),
            problem,
        }
    }

    /// The message for the person who fills in the field.
    #[must_use]
    pub fn message(&self) -> String {
        match self.problem {
            ValueError::Missing => missing_message(&self.field).to_owned(),
            ref other => other.to_string(),
        }
    }
}

/// The message about an empty field: what to enter.
fn missing_message(field: &str) -> &'static str {
    match field {
        "name" => "Enter a name.",
        "email" => "Enter your e-mail address.",
        "password" => "Enter a password.",
        "present_password" => "Enter your current password.",
        "new_password" => "Enter a new password.",
        "summary" => "Enter a summary.",
        "description" => "Enter a description.",
        "category" => "Choose a category.",
        "budget" => "Enter a budget.",
        "deadline" => "Enter a date and time.",
        "site" => "Enter a town or area.",
        "amount" => "Enter an amount.",
        "days" => "Choose a period.",
        "redirect_uris" => "Enter at least one redirect address.",
        "user_code" => "Enter the code.",
        #[cfg(feature = "postgres")]
        "quiet_from" | "quiet_until" => {
            "Enter a time of day such as 22:00, or leave both fields empty."
        }
        _ => "Enter a value.",
    }
}

/// Collects the problems of a form's fields, so that all are reported at once.
#[derive(Debug, Default)]
pub struct Check {
    errors: Vec<FieldError>,
}

impl Check {
    /// Returns the value, or records the problem under the field's name.
    pub fn take<T>(&mut self, field: &str, value: Result<T, ValueError>) -> Option<T> {
        value
            .map_err(|problem| self.errors.push(FieldError::new(field, problem)))
            .ok()
    }

    /// Every problem recorded so far.
    #[must_use]
    pub fn into_errors(self) -> Vec<FieldError> {
        self.errors
    }

    /// # Errors
    /// `Invalid` with every problem recorded so far.
    pub fn finish(self) -> crate::Result<()> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(crate::Error::Invalid(self.errors))
        }
    }
}

/// Cleans a name: one line of `least` to `most` characters, with single plain spaces (U+0020) between words.
///
/// # Errors
/// `Missing`, `Invisible`, `TooShort`, `TooLong` or `ControlCharacter`.
#[cfg(feature = "postgres")]
pub fn name(text: &str, least: usize, most: usize) -> Result<String, ValueError> {
    check_length(text, text::line(text, Spaces::Plain), least, most)
}

/// Cleans one line of text of `least` to `most` characters.
///
/// # Errors
/// `Missing`, `Invisible`, `TooShort`, `TooLong` or `ControlCharacter`.
#[cfg(feature = "postgres")]
pub fn line(text: &str, least: usize, most: usize) -> Result<String, ValueError> {
    check_length(text, text::line(text, Spaces::NoBreak), least, most)
}

/// Cleans text of several lines; line breaks become `\n`.
///
/// # Errors
/// `Missing`, `Invisible`, `TooShort`, `TooLong` or `ControlCharacter`.
#[cfg(feature = "postgres")]
pub fn body(text: &str, least: usize, most: usize) -> Result<String, ValueError> {
    check_length(text, text::body(text), least, most)
}

#[cfg(feature = "postgres")]
fn check_length(
    typed: &str,
    cleaned: Result<String, HiddenCharacter>,
    least: usize,
    most: usize,
) -> Result<String, ValueError> {
    let text = cleaned.map_err(|HiddenCharacter| ValueError::ControlCharacter)?;
    let is_blank = typed.trim().is_empty();
    match text.chars().count() {
        0 if least == 0 => Ok(text),
        0 if is_blank => Err(ValueError::Missing),
        _ if !text::has_visible(&text) => Err(ValueError::Invisible),
        has if has < least => Err(ValueError::TooShort { least }),
        has if has > most => Err(ValueError::TooLong { most, has }),
        _ => Ok(text),
    }
}

#[cfg(all(test, feature = "postgres"))]
mod tests {
    use super::{FieldError, ValueError, body, line, name};
    use proptest::prelude::*;

    #[test]
    fn an_empty_field_says_what_to_enter() {
        let message = |field, problem| FieldError::new(field, problem).message();
        assert_eq!(
            message("email", ValueError::Missing),
            "Enter your e-mail address."
        );
        assert_eq!(
            message("category", ValueError::Missing),
            "Choose a category."
        );
        assert_eq!(message("other", ValueError::Missing), "Enter a value.");
        assert_eq!(
            message("amount", ValueError::TooLarge),
            ValueError::TooLarge.to_string()
        );
    }

    #[test]
    fn a_line_is_trimmed_and_counted_in_characters() {
        assert_eq!(line("  Zoë Müller ", 2, 10), Ok("Zoë Müller".to_owned()));
        assert_eq!(line("   ", 2, 10), Err(ValueError::Missing));
        assert_eq!(line("x", 2, 10), Err(ValueError::TooShort { least: 2 }));
        assert_eq!(
            line("ёёёёёёёёёёё", 2, 10),
            Err(ValueError::TooLong { most: 10, has: 11 })
        );
        assert_eq!(line("", 0, 10), Ok(String::new()));
    }

    #[test]
    fn a_line_with_hidden_or_reordering_characters_is_refused() {
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
                Err(ValueError::ControlCharacter),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_body_may_contain_line_breaks_and_tabs_but_no_other_control_characters() {
        assert_eq!(body("a\r\nb\n\tc", 1, 99), Ok("a\nb\n\tc".to_owned()));
        assert_eq!(body("a\u{202e}b", 1, 99), Err(ValueError::ControlCharacter));
        assert_eq!(
            body("a\u{1b}[31m", 1, 99),
            Err(ValueError::ControlCharacter)
        );
    }

    #[test]
    fn text_without_a_visible_character_is_refused() {
        for text in [
            "\u{3164}\u{3164}",
            "\u{2800}",
            "\u{ad}",
            "\u{115f}\u{1160}",
            "\u{ffa0}",
            "\u{301}\u{308}",
            "\u{20dd}",
            "\u{200d}\u{200c}",
            "\u{fe0f}",
            "\u{34f}",
            "\u{17b4}",
            "\u{180b}",
            "\u{200e}\u{200f}",
            "\u{3164} \u{2800}\u{301}",
        ] {
            for read in [name, line, body] {
                assert_eq!(read(text, 1, 99), Err(ValueError::Invisible), "{text:?}");
            }
        }
        // These reorder text or are not meant to be displayed, and are refused for that reason.
        for text in [
            "\u{202e}",
            "\u{2060}",
            "\u{2063}",
            "\u{206a}",
            "\u{feff}",
            "\u{e0041}",
            "\u{fff9}",
            "\u{1d173}",
            "\u{fff0}",
        ] {
            for read in [name, line, body] {
                assert_eq!(
                    read(text, 1, 99),
                    Err(ValueError::ControlCharacter),
                    "{text:?}"
                );
            }
        }
        assert_eq!(body("\u{a0}\u{3000}", 1, 99), Err(ValueError::Missing));
    }

    #[test]
    fn length_is_measured_after_cleaning() {
        assert_eq!(
            name("e\u{301}", 2, 10),
            Err(ValueError::TooShort { least: 2 })
        );
        assert_eq!(name("e\u{301}e\u{301}", 2, 2), Ok("éé".to_owned()));
        assert_eq!(name(&"\u{ad}".repeat(50), 0, 10), Ok(String::new()));
    }

    proptest! {
        #[test]
        fn accepted_text_is_within_the_limit_and_visible(text in any::<String>(), most in 1_usize..50) {
            if let Ok(accepted) = line(&text, 1, most) {
                prop_assert!((1..=most).contains(&accepted.chars().count()));
                prop_assert!(!accepted.chars().any(char::is_control));
                prop_assert!(crate::text::has_visible(&accepted));
            }
        }
    }
}
