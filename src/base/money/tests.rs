use super::{Currency, MAX_MINOR, Money};
use crate::field::Problem;
use proptest::prelude::*;

fn parse(text: &str) -> Result<i64, Problem> {
    Money::parse(text, Currency::Eur).map(Money::minor)
}

fn other(typed: &str) -> Problem {
    Problem::OtherCurrency {
        typed: typed.to_owned(),
        expected: Currency::Eur,
    }
}

#[test]
fn every_currency_is_accepted_next_to_its_amount() {
    for currency in Currency::ALL {
        let money = Money::from_minor(120_050, currency);
        let (code, symbol) = (currency.code(), currency.symbol());
        for text in [
            format!("{code} 1200.50"),
            format!("1200,50 {code}"),
            format!("{symbol}1200.50"),
            format!("1200,50{symbol}"),
        ] {
            assert_eq!(Money::parse(&text, currency), Ok(money), "{text:?}");
            assert_eq!(Money::currency_in(&text), Some(currency), "{text:?}");
        }
    }
    let francs = Money::from_minor(1500, Currency::Chf);
    for text in ["Fr. 15", "Fr.15", "SFr. 15", "15 Fr."] {
        assert_eq!(Money::parse(text, Currency::Chf), Ok(francs), "{text:?}");
    }
    assert_eq!(Money::currency_in("15"), None);
    assert_eq!(Money::currency_in("15 JPY"), None);
}

#[test]
fn another_currency_is_reported() {
    assert_eq!(
        other("USD").to_string(),
        "This amount is in USD, but EUR is expected here. Enter it in EUR."
    );
}

#[test]
fn typed_amounts_are_parsed_exactly() {
    for (text, minor) in [
        ("1650", 165_000),
        ("1650.5", 165_050),
        ("1650,50", 165_050),
        // Digits of other scripts, with their separators.
        ("１２００", 120_000),
        ("１２００．５０", 120_050),
        ("１２００,50", 120_050),
        ("١٢٠٠", 120_000),
        ("١٢٠٠٫٥٠", 120_050),
        ("۱۲۰۰٫۵", 120_050),
        ("१२००.५०", 120_050),
        ("১২০০", 120_000),
        ("๑๒๐๐", 120_000),
        ("၁၂၀၀", 120_000),
        ("\u{200f}١٢٠٠\u{200f}", 120_000),
        // The currency before or after the digits.
        ("15,00€", 1500),
        ("€ 15", 1500),
        ("€15.5", 1550),
        ("EUR 15", 1500),
        ("15 EUR", 1500),
        ("15eur", 1500),
        ("15\u{a0}€", 1500),
        ("\u{202f}€\u{202f}15", 1500),
        ("€15 EUR", 1500),
        ("EUR.5", 50),
        ("١٢٠٠٫٥٠ €", 120_050),
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
fn an_invalid_amount_is_reported() {
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
        // A Bengali four looks like an eight.
        ("1৪", Problem::NotANumber),
        ("1٢", Problem::NotANumber),
        ("一千", Problem::NotANumber),
        ("Ⅻ", Problem::NotANumber),
        ("½", Problem::NotANumber),
        ("12²", Problem::NotANumber),
        ("1 650", Problem::NotANumber),
        ("١٬٢٠٠", Problem::NotANumber),
        ("1..5", Problem::NotANumber),
        ("€", Problem::NotANumber),
        ("€ 15 €€", Problem::NotANumber),
        ("€15 USD", Problem::NotANumber),
        ("15 euros please", Problem::NotANumber),
        ("-€-5", Problem::NotANumber),
        ("EUR -5", Problem::NotPositive),
        ("-€5", Problem::NotPositive),
        ("－５", Problem::NotPositive),
        ("$15", other("USD")),
        ("US$ 15", other("USD")),
        ("15 usd", other("USD")),
        ("＄１５", other("USD")),
        ("£15", other("GBP")),
        ("Fr. 15", other("CHF")),
        ("15 CHF", other("CHF")),
        ("15 JPY", other("JPY")),
        ("¥15", other("¥")),
        ("₹१५", other("₹")),
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
    fn every_amount_survives_a_round_trip(minor in 1..=MAX_MINOR) {
        let money = Money::from_minor(minor, Currency::Eur);
        prop_assert_eq!(Money::parse(&money.to_decimal(), Currency::Eur), Ok(money));
        prop_assert_eq!(Money::from_json(&money.to_json(), Currency::Eur), Ok(money));
    }

    #[test]
    fn an_amount_parses_in_the_digits_of_every_script(minor in 1..=MAX_MINOR, zero in proptest::sample::select(vec!['0', '\u{660}', '\u{966}', '\u{ff10}', '\u{1d7ce}'])) {
        let money = Money::from_minor(minor, Currency::Eur);
        let text: String = money.to_decimal().chars().map(|c| match c.to_digit(10) {
            Some(value) => char::from_u32(u32::from(zero) + value).expect("is a digit"),
            None => c,
        }).collect();
        prop_assert_eq!(Money::parse(&text, Currency::Eur), Ok(money));
        let text = format!("{text} EUR");
        prop_assert_eq!(Money::parse(&text, Currency::Eur), Ok(money));
    }

    #[test]
    fn no_mix_of_symbols_and_digits_panics(text in "[-0-9.,€$ ٠-٩٫A-Za-z\u{a0}]{0,12}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_text_panics(text in "\\PC*") {
        let _ = parse(&text);
        let _ = from_json(&text);
    }
}
