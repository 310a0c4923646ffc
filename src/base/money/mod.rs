//! An amount of money: an integer number of minor units, with its currency.
//!
//! Invariant: no float is ever involved. Text with more decimals than the currency has is refused, not rounded.
//!
//! `typed_amount` parses what people type, in the browser too; `json_number` parses JSON numbers, the only form that the API
//! accepts.

mod currency;
mod digit;
#[cfg(feature = "postgres")]
mod json_number;
mod numeral;
mod typed_amount;

pub use currency::Currency;

use crate::field::ValueError;
use numeral::Numeral;
use serde::{Deserialize, Serialize};
use std::fmt;
use typed_amount::CurrencyName;

/// The largest amount accepted anywhere, in minor units. It is above 2^53 whole units, up to which a double holds every
/// integer exactly. The sum of nine such amounts still fits in an `i64`.
pub const MAX_MINOR: i64 = 1_000_000_000_000_000_000;

/// An amount in minor units (cents) of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    #[must_use]
    pub const fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }

    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Parses an amount as typed: digits of any one script, with a point or a comma before the decimals. Commas,
    /// points, spaces or apostrophes may group thousands (`1,250.50`, `1.250,50`, `1'250.50`). The currency may be
    /// written next to the digits (`€15`, `15 EUR`) if it is the expected one. Every positive amount is parsed back
    /// from what [`Display`](fmt::Display) prints.
    ///
    /// # Errors
    /// `Missing`, `NotANumber`, `AmbiguousAmount`, `OtherCurrency`, `NotPositive`, `TooManyDecimals` or `TooLarge`.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, ValueError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ValueError::Missing);
        }
        let typed = typed_amount::read(text)?;
        let other = match typed.currency {
            Some(CurrencyName::Known(known)) if known != currency => Some(known.code().to_owned()),
            Some(CurrencyName::Other(name)) => Some(name),
            _ => None,
        };
        if let Some(typed) = other {
            return Err(ValueError::OtherCurrency {
                typed,
                expected: currency,
            });
        }
        if typed.negative {
            return Err(ValueError::NotPositive);
        }
        let Numeral {
            whole,
            fraction,
            is_ambiguous,
        } = typed.number;
        let read = |whole: &str, fraction: &str| {
            parse_minor(whole, fraction, currency.exponent())
                .map(|minor| Self::from_minor(minor, currency))
        };
        if is_ambiguous {
            return Err(ValueError::AmbiguousAmount {
                thousands: read(&[&*whole, &*fraction].concat(), "")?,
                decimals: read(&whole, fraction.trim_end_matches('0')).ok(),
            });
        }
        match read(&whole, &fraction)? {
            Self { minor: 0, .. } => Err(ValueError::NotPositive),
            amount => Ok(amount),
        }
    }

    /// The currency written next to the digits, if it is a supported one.
    #[must_use]
    pub fn currency_in(text: &str) -> Option<Currency> {
        match typed_amount::read(text).ok()?.currency? {
            CurrencyName::Known(currency) => Some(currency),
            CurrencyName::Other(_) => None,
        }
    }

    /// Parses a JSON number (RFC 8259, section 6) exactly: `100`, `1e2` and `100.000` are the same amount. The text
    /// itself is parsed, so nothing is rounded.
    ///
    /// # Errors
    /// `NotAJsonNumber`, `NotPositive`, `TooManyDecimals` or `TooLarge`.
    #[cfg(feature = "postgres")]
    pub fn from_json(number: &str, currency: Currency) -> Result<Self, ValueError> {
        let minor = json_number::scaled(number, currency.exponent())?;
        Ok(Self::from_minor(minor, currency))
    }

    /// Formats as the shortest JSON number: `1650`, `1650.5`, `0.01`.
    #[must_use]
    pub fn to_json(self) -> String {
        let sign = if self.minor < 0 { "-" } else { "" };
        let (whole, fraction) = self.split();
        match fraction.trim_end_matches('0') {
            "" => format!("{sign}{whole}"),
            fraction => format!("{sign}{whole}.{fraction}"),
        }
    }

    /// Formats as plain decimal text, without the sign; `parse` accepts it: `1650.00`.
    #[must_use]
    pub fn to_decimal(self) -> String {
        let (whole, fraction) = self.split();
        format!("{whole}.{fraction}")
    }

    fn split(self) -> (u64, String) {
        let exponent = self.currency.exponent();
        let unit = 10_u64.pow(exponent);
        let minor = self.minor.unsigned_abs();
        let fraction = format!("{:0width$}", minor % unit, width = exponent as usize);
        (minor / unit, fraction)
    }
}

/// Formats for people, with the currency symbol and thousands separators: `€1,650.00`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = self.split();
        let sign = if self.minor < 0 { "\u{2212}" } else { "" };
        write!(
            f,
            "{sign}{}{}.{fraction}",
            self.currency.symbol(),
            grouped(whole)
        )
    }
}

fn grouped(whole: u64) -> String {
    let digits = whole.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn parse_minor(whole: &str, fraction: &str, exponent: u32) -> Result<i64, ValueError> {
    if fraction.len() > exponent as usize {
        return Err(ValueError::TooManyDecimals { most: exponent });
    }
    let padded = format!("{whole}{fraction:0<width$}", width = exponent as usize);
    match padded.trim_start_matches('0') {
        "" => Ok(0),
        significant => match significant.parse::<i64>() {
            Ok(minor) if minor <= MAX_MINOR => Ok(minor),
            _ => Err(ValueError::TooLarge),
        },
    }
}

#[cfg(test)]
mod tests;
