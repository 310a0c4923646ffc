//! Parses amounts as people type them.
//!
//! An amount is a number in the digits of one script, perhaps with its currency on either side. A currency other than
//! the expected one is refused, and the message names both.

use super::{
    Currency, digit,
    numeral::{Numeral, is_decimal_mark, is_invisible},
};
use crate::field::ValueError;

/// A parsed amount, before a currency decides how many decimals it may have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ParsedAmount {
    pub negative: bool,
    pub number: Numeral,
    /// The currency written next to the digits.
    pub currency: Option<CurrencyName>,
}

/// A currency, by its symbol or code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CurrencyName {
    Known(Currency),
    /// An unsupported currency, by its code or symbol.
    Other(String),
}

/// Parses text that is not blank.
///
/// # Errors
/// `NotANumber`.
pub(super) fn read(text: &str) -> Result<ParsedAmount, ValueError> {
    let (before, rest) = split_at_number(text).ok_or(ValueError::NotANumber)?;
    // A decimal separator right after the last digit belongs to the number: `5.` is five.
    let end = rest
        .char_indices()
        .rfind(|(_, c)| digit::read(*c).is_some())
        .map_or(0, |(at, digit)| at + digit.len_utf8());
    let mark = rest.get(end..).and_then(|after| after.chars().next());
    let mark = mark
        .filter(|c| is_decimal_mark(*c))
        .map_or(0, char::len_utf8);
    let (number, after) = rest
        .split_at_checked(end + mark)
        .ok_or(ValueError::NotANumber)?;
    // `1200,-` and `1200.–` are 1200: the dash stands for zero cents.
    let after = match mark {
        0 => after,
        _ => after.trim_start_matches(is_dash),
    };
    // `CHF -5` and `-CHF 5` are the same; two minus signs are an error.
    let (outer, before) = strip_minus(before.trim_matches(is_blank));
    let (inner, before) = match before.strip_suffix(is_minus) {
        Some(rest) => (true, rest),
        None => (false, before),
    };
    let number = Numeral::read(number)?;
    if outer && inner {
        return Err(ValueError::NotANumber);
    }
    let currency = match (find_currency(before)?, find_currency(after)?) {
        (Some(first), Some(second)) if first != second => return Err(ValueError::NotANumber),
        (first, second) => first.or(second),
    };
    Ok(ParsedAmount {
        negative: outer || inner,
        number,
        currency,
    })
}

/// Splits before the first digit, or before the decimal separator directly in front of it: `.5` starts with one, but
/// the point of `Fr.5` belongs to the currency.
fn split_at_number(text: &str) -> Option<(&str, &str)> {
    let first = text.find(|c| digit::read(c).is_some())?;
    let (before, rest) = text.split_at_checked(first)?;
    match before.chars().next_back() {
        Some(mark) if is_decimal_mark(mark) && !before.ends_with("Fr.") => {
            text.split_at_checked(first - mark.len_utf8())
        }
        _ => Some((before, rest)),
    }
}

/// True if the text begins with a minus sign, and the text after it.
fn strip_minus(text: &str) -> (bool, &str) {
    match text.strip_prefix(is_minus) {
        Some(rest) => (true, rest),
        None => (false, text),
    }
}

/// The currency named by the text next to the digits; `None` for blank text.
fn find_currency(text: &str) -> Result<Option<CurrencyName>, ValueError> {
    let text = text.trim_matches(is_blank);
    let known = |currency| Ok(Some(CurrencyName::Known(currency)));
    match text {
        "" => Ok(None),
        "€" => known(Currency::Eur),
        "$" | "＄" | "US$" => known(Currency::Usd),
        "£" | "￡" => known(Currency::Gbp),
        "Fr." | "Fr" | "SFr." | "SFr" => known(Currency::Chf),
        word if word.eq_ignore_ascii_case("euro") || word.eq_ignore_ascii_case("euros") => {
            known(Currency::Eur)
        }
        code if code.len() == 3 && code.bytes().all(|b| b.is_ascii_alphabetic()) => {
            let code = code.to_ascii_uppercase();
            let name = code.parse().map(CurrencyName::Known);
            Ok(Some(name.unwrap_or(CurrencyName::Other(code))))
        }
        sign if sign.chars().count() == 1 && sign.chars().all(is_currency_sign) => {
            Ok(Some(CurrencyName::Other(sign.to_owned())))
        }
        _ => Err(ValueError::NotANumber),
    }
}

const fn is_minus(c: char) -> bool {
    matches!(c, '-' | '\u{2212}' | '\u{ff0d}')
}

const fn is_dash(c: char) -> bool {
    is_minus(c) || matches!(c, '\u{2013}' | '\u{2014}')
}

/// True for white space and invisible characters.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

const fn is_currency_sign(c: char) -> bool {
    matches!(
        c,
        '¢' | '¥' | '¤' | '\u{20a0}'..='\u{20cf}' | '\u{9f3}' | '\u{e3f}' | '\u{fdfc}' | '\u{ffe5}'
    )
}
