use super::{Currency, MAX_MINOR, Money};
use crate::field::ValueError;
use proptest::prelude::*;

mod typed_amount;

fn from_json(number: &str) -> Result<i64, ValueError> {
    Money::from_json(number, Currency::Eur).map(Money::minor)
}

#[test]
fn a_json_number_keeps_its_exact_value() {
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
fn an_invalid_json_amount_is_reported() {
    let decimals = ValueError::TooManyDecimals { most: 2 };
    for (number, problem) in [
        ("100.005", decimals.clone()),
        ("1e-3", decimals.clone()),
        ("1e-99999999999999999999", decimals),
        ("0", ValueError::NotPositive),
        ("-0", ValueError::NotPositive),
        ("0e5", ValueError::NotPositive),
        ("-1", ValueError::NotPositive),
        ("10000000000000000.01", ValueError::TooLarge),
        ("1e17", ValueError::TooLarge),
        ("1e400", ValueError::TooLarge),
        ("1e99999999999999999999", ValueError::TooLarge),
        (&"9".repeat(1000), ValueError::TooLarge),
        ("NaN", ValueError::NotAJsonNumber),
        ("\"1\"", ValueError::NotAJsonNumber),
        ("01", ValueError::NotAJsonNumber),
        ("1.", ValueError::NotAJsonNumber),
        (".5", ValueError::NotAJsonNumber),
        ("+1", ValueError::NotAJsonNumber),
        ("1e", ValueError::NotAJsonNumber),
        ("", ValueError::NotAJsonNumber),
        ("null", ValueError::NotAJsonNumber),
    ] {
        assert_eq!(from_json(number), Err(problem), "{number}");
    }
}

#[test]
fn a_shown_amount_has_thousands_separators() {
    let show = |minor, currency| Money::from_minor(minor, currency).to_string();
    assert_eq!(show(5, Currency::Eur), "€0.05");
    assert_eq!(show(99_999, Currency::Usd), "$999.99");
    assert_eq!(show(123_456_789, Currency::Gbp), "£1,234,567.89");
    assert_eq!(show(100_000, Currency::Chf), "CHF\u{a0}1,000.00");
}

proptest! {
    #[test]
    fn every_amount_survives_a_round_trip_through_json(minor in 1..=MAX_MINOR) {
        let money = Money::from_minor(minor, Currency::Eur);
        prop_assert_eq!(Money::from_json(&money.to_json(), Currency::Eur), Ok(money));
    }

    #[test]
    fn parsing_any_text_as_a_json_number_never_panics(text in "\\PC*") {
        let _ = from_json(&text);
    }
}
