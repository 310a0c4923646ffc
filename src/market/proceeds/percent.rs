//! Percentages as people type them.

use crate::field::ValueError;
use std::fmt;

/// A percentage from 0 to 100, in hundredths of a percent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u16);

const WHOLE: u16 = 10_000;

impl Percent {
    /// `None` above 100 percent.
    #[must_use]
    pub fn from_hundredths(hundredths: u16) -> Option<Self> {
        (hundredths <= WHOLE).then_some(Self(hundredths))
    }

    /// Parses a percentage as typed: up to three digits, up to two decimals after a point or a comma, perhaps a percent
    /// sign. No text means 0.
    ///
    /// # Errors
    /// `Refused` with what to enter.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let text = text.trim();
        let number = text.strip_suffix('%').unwrap_or(text).trim_end();
        if text.is_empty() {
            return Ok(Self::default());
        }
        read(number).and_then(Self::from_hundredths).ok_or_else(|| {
            ValueError::Refused("Enter a percentage from 0 to 100, such as 19 or 7.5.".to_owned())
        })
    }

    /// This share of an amount that is not negative, rounded half up. The whole ten thousands and the rest are multiplied
    /// each by itself, so that nothing overflows.
    #[must_use]
    pub const fn of_minor(self, minor: i64) -> i64 {
        let (whole, share) = (WHOLE as i64, self.0 as i64);
        minor / whole * share + (minor % whole * share + whole / 2) / whole
    }
}

/// The number in hundredths.
fn read(number: &str) -> Option<u16> {
    let (whole, decimals) = number.split_once(['.', ',']).unwrap_or((number, ""));
    let is_short = (1..=3).contains(&whole.len()) && decimals.len() <= 2;
    let mut value = 0;
    for digit in whole.bytes().chain(decimals.bytes()) {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 || !is_short {
            return None;
        }
        value = value * 10 + u32::from(digit);
    }
    // At most 99,999.
    for _ in decimals.len()..2 {
        value *= 10;
    }
    if is_short {
        u16::try_from(value).ok()
    } else {
        None
    }
}

/// The shortest text: `19`, `7.5`, `0.25`.
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 100, self.0 % 100);
        match (rest / 10, rest % 10) {
            (0, 0) => write!(f, "{whole}"),
            (tenths, 0) => write!(f, "{whole}.{tenths}"),
            (tenths, hundredths) => write!(f, "{whole}.{tenths}{hundredths}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_percentage_is_read_as_people_write_it() {
        for (text, hundredths) in [
            ("", 0),
            ("0", 0),
            ("19", 1_900),
            ("7.5", 750),
            ("7,5 %", 750),
            ("0.25%", 25),
            (" 100 ", 10_000),
            ("100.00", 10_000),
            ("019", 1_900),
        ] {
            assert_eq!(Percent::parse(text), Ok(Percent(hundredths)), "{text:?}");
        }
        for text in [
            "100.01",
            "101",
            "-1",
            "+1",
            "1.234",
            "%",
            ".5",
            "1.2.3",
            "1e1",
            "ten",
            "1 9",
            "0100",
            "٣",
            "999999999999",
            "1.x",
        ] {
            assert!(Percent::parse(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_percentage_is_read_back_from_its_text(hundredths in 0..=WHOLE) {
            let percent = Percent(hundredths);
            prop_assert_eq!(Percent::parse(&percent.to_string()), Ok(percent));
        }

        #[test]
        fn a_share_is_the_exact_one_rounded_half_up(hundredths in 0..=WHOLE, minor in 0..=crate::money::MAX_MINOR) {
            let exact = i128::from(minor) * i128::from(hundredths);
            let rounded = (exact * 2 + i128::from(WHOLE)) / (2 * i128::from(WHOLE));
            prop_assert_eq!(i128::from(Percent(hundredths).of_minor(minor)), rounded);
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            if let Ok(percent) = Percent::parse(&text) {
                prop_assert!(percent <= Percent(WHOLE));
            }
        }
    }
}
