//! Reads the exact decimal value of a JSON number.
//!
//! The value comes from the number's text (`RawValue`). serde_json's `arbitrary_precision` would also work, but would
//! change every other use of serde_json in the process.

use super::MAX_MINOR;
use crate::field::ValueError;

/// The longest number accepted, in bytes; JSON sets no limit.
const LONGEST: usize = 400;

/// The exact value of a JSON number times ten to the power of `exponent`.
pub(super) fn scaled(number: &str, exponent: u32) -> Result<i64, ValueError> {
    if number.len() > LONGEST {
        return Err(ValueError::TooLarge);
    }
    let (mantissa, power) = match number.split_once(['e', 'E']) {
        Some((mantissa, power)) => (mantissa, power_of_ten(power)?),
        None => (number, 0),
    };
    let (negative, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((_, "")) => return Err(ValueError::NotAJsonNumber),
        Some(parts) => parts,
        None => (mantissa, ""),
    };
    let digits = format!("{whole}{fraction}");
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    if whole.is_empty() || leading_zero || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ValueError::NotAJsonNumber);
    }
    let significant = digits.trim_end_matches('0');
    let dropped = digits.len() - significant.len();
    let significant = significant.trim_start_matches('0');
    if negative || significant.is_empty() {
        return Err(ValueError::NotPositive);
    }
    // value = significant × 10^shift minor units; both lengths are at most 400, so nothing overflows.
    let shift = power + dropped as i64 - fraction.len() as i64 + i64::from(exponent);
    let Ok(zeros) = usize::try_from(shift) else {
        return Err(ValueError::TooManyDecimals { most: exponent });
    };
    if significant.len() + zeros > 19 {
        return Err(ValueError::TooLarge);
    }
    match format!("{significant}{:0<zeros$}", "").parse::<i64>() {
        Ok(minor) if minor <= MAX_MINOR => Ok(minor),
        _ => Err(ValueError::TooLarge),
    }
}

/// Parses an exponent; one too large for the type is clamped.
fn power_of_ten(text: &str) -> Result<i64, ValueError> {
    const BEYOND: i64 = 100_000;
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ValueError::NotAJsonNumber);
    }
    let power = digits.parse::<i64>().unwrap_or(BEYOND).min(BEYOND);
    Ok(if negative { -power } else { power })
}
