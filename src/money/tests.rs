use super::{Currency, MAX_MINOR, Money};
use crate::field::Problem;
use proptest::prelude::*;

fn parse(text: &str) -> Result<i64, Problem> {
    Money::parse(text, Currency::Eur).map(Money::minor)
}

#[test]
fn what_people_type_is_read_exactly() {
    for (text, minor) in [
        ("1650", 165_000),
        ("1650.5", 165_050),
        ("1650,50", 165_050),
        (" 0.01 ", 1),
        (".5", 50),
        ("5.", 500),
        ("0000012", 1200),
        ("10000000000000000", MAX_MINOR),
    ] {
        assert_eq!(parse(text), Ok(minor), "{text:?}");
    }
}

#[test]
fn what_is_no_amount_is_named() {
    for (text, problem) in [
        ("", Problem::Missing),
        ("   ", Problem::Missing),
        ("abc", Problem::NotANumber),
        (".", Problem::NotANumber),
        ("1.650,00", Problem::NotANumber),
        ("1e3", Problem::NotANumber),
        ("NaN", Problem::NotANumber),
        ("+5", Problem::NotANumber),
        ("--5", Problem::NotANumber),
        ("１２", Problem::NotANumber),
        ("-5", Problem::NotPositive),
        ("\u{2212}5", Problem::NotPositive),
        ("0", Problem::NotPositive),
        ("0.00", Problem::NotPositive),
        ("0.001", Problem::TooManyDecimals { most: 2 }),
        ("100.005", Problem::TooManyDecimals { most: 2 }),
        ("10000000000000000.01", Problem::TooLarge),
        ("9223372036854775808", Problem::TooLarge),
        ("99999999999999999999999999999999", Problem::TooLarge),
    ] {
        assert_eq!(parse(text), Err(problem), "{text:?}");
    }
}

fn from_json(number: &str) -> Result<i64, Problem> {
    Money::from_json(number, Currency::Eur).map(Money::minor)
}

#[test]
fn a_json_number_is_taken_by_its_exact_value() {
    for (number, minor) in [
        ("0.1", 10),
        ("1e2", 10_000),
        ("1E+2", 10_000),
        ("100.000", 10_000),
        ("12.5e-1", 125),
        ("0.0001e4", 100),
        ("1000000e-8", 1),
        // 2^53 + 1: the first integer that a double can't hold.
        ("9007199254740993", 900_719_925_474_099_300),
        ("10000000000000000", MAX_MINOR),
    ] {
        assert_eq!(from_json(number), Ok(minor), "{number}");
    }
}

#[test]
fn a_json_number_that_is_no_amount_is_named() {
    let decimals = Problem::TooManyDecimals { most: 2 };
    for (number, problem) in [
        ("100.005", decimals.clone()),
        ("1e-3", decimals.clone()),
        ("1e-99999999999999999999", decimals),
        ("0", Problem::NotPositive),
        ("-0", Problem::NotPositive),
        ("0e5", Problem::NotPositive),
        ("-1", Problem::NotPositive),
        ("10000000000000000.01", Problem::TooLarge),
        ("1e17", Problem::TooLarge),
        ("1e400", Problem::TooLarge),
        ("1e99999999999999999999", Problem::TooLarge),
        (&"9".repeat(1000), Problem::TooLarge),
        ("NaN", Problem::NotAJsonNumber),
        ("\"1\"", Problem::NotAJsonNumber),
        ("01", Problem::NotAJsonNumber),
        ("1.", Problem::NotAJsonNumber),
        (".5", Problem::NotAJsonNumber),
        ("+1", Problem::NotAJsonNumber),
        ("1e", Problem::NotAJsonNumber),
        ("", Problem::NotAJsonNumber),
        ("null", Problem::NotAJsonNumber),
    ] {
        assert_eq!(from_json(number), Err(problem), "{number}");
    }
}

#[test]
fn amounts_are_grouped_for_people() {
    let show = |minor, currency| Money::from_minor(minor, currency).to_string();
    assert_eq!(show(5, Currency::Eur), "€0.05");
    assert_eq!(show(99_999, Currency::Usd), "$999.99");
    assert_eq!(show(123_456_789, Currency::Gbp), "£1,234,567.89");
    assert_eq!(show(100_000, Currency::Chf), "CHF\u{a0}1,000.00");
}

proptest! {
    #[test]
    fn every_amount_survives_being_written_and_read(minor in 1..=MAX_MINOR) {
        let money = Money::from_minor(minor, Currency::Eur);
        prop_assert_eq!(Money::parse(&money.to_decimal(), Currency::Eur), Ok(money));
        prop_assert_eq!(Money::from_json(&money.to_json(), Currency::Eur), Ok(money));
    }

    #[test]
    fn no_text_whatever_panics(text in "\\PC*") {
        let _ = parse(&text);
        let _ = from_json(&text);
    }
}
