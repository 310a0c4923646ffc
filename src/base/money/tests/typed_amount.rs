//! Amounts as people type them.

use super::super::{Currency, MAX_MINOR, Money};
use crate::field::ValueError;
use proptest::{prelude::*, sample::select};

fn parse(text: &str) -> Result<i64, ValueError> {
    Money::parse(text, Currency::Eur).map(Money::minor)
}

fn other(typed: &str) -> ValueError {
    ValueError::OtherCurrency {
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
fn the_message_about_another_currency_names_both() {
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
        ("900 euros", 90_000),
        ("900,00 Euro", 90_000),
        // A dash for no cents.
        ("1200,-", 120_000),
        ("1200,-- €", 120_000),
        ("1'200.–", 120_000),
        ("€ 1.200,—", 120_000),
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
fn thousands_may_be_grouped() {
    for (text, minor) in [
        // As our pages print them.
        ("1,250", 125_000),
        ("€1,250.00", 125_000),
        ("10,000,000,000,000,000.00", MAX_MINOR),
        ("10,\u{200b}000,\u{200b}000.00", 1_000_000_000),
        // As people write them in other places.
        ("1,100.00", 110_000),
        ("1,100.5", 110_050),
        ("1,100.", 110_000),
        ("1.250,50", 125_050),
        ("1.250,5 €", 125_050),
        ("1.250.000", 125_000_000),
        ("1.250.000,50", 125_000_050),
        ("1 250", 125_000),
        ("1 250,50", 125_050),
        ("1 250.50", 125_050),
        ("1\u{a0}250,50\u{a0}€", 125_050),
        ("1\u{202f}250,50\u{202f}€", 125_050),
        ("1\u{2009}250", 125_000),
        ("12 345\u{a0}678", 1_234_567_800),
        ("1'250.50", 125_050),
        ("1\u{2019}250,50", 125_050),
        ("EUR 12'500", 1_250_000),
        ("１，２５０．５０", 125_050),
        ("١٬٢٠٠", 120_000),
        ("١٬٢٠٠٫٥٠", 120_050),
        // A comma before one or two digits starts the decimals, as in most of Europe.
        ("1,25", 125),
        ("1,5", 150),
        ("1,", 100),
    ] {
        assert_eq!(parse(text), Ok(minor), "{text:?}");
    }
    let francs = Money::from_minor(125_050, Currency::Chf);
    for text in [
        "CHF 1'250.50",
        "CHF\u{a0}1,250.50",
        "1 250,50 Fr.",
        "Fr.1'250.50",
    ] {
        assert_eq!(Money::parse(text, Currency::Chf), Ok(francs), "{text:?}");
    }
}

#[test]
fn a_point_before_three_digits_is_ambiguous_and_the_message_offers_both_amounts() {
    let eur = |minor| Money::from_minor(minor, Currency::Eur);
    for (text, thousands, decimals) in [
        ("1.250", 125_000, Some(125)),
        ("€1.250", 125_000, Some(125)),
        ("1.250 EUR", 125_000, Some(125)),
        ("12.500", 1_250_000, Some(1250)),
        ("1.000", 100_000, Some(100)),
        ("100.005", 10_000_500, None),
        ("12.345", 1_234_500, None),
    ] {
        let question = ValueError::AmbiguousAmount {
            thousands: eur(thousands),
            decimals: decimals.map(eur),
        };
        assert_eq!(parse(text), Err(question), "{text:?}");
    }
    let question = |text| parse(text).map_err(|problem| problem.to_string());
    for (text, words) in [
        (
            "1.250",
            "Do you mean €1,250.00 or €1.25? Write 1250 or 1.25.",
        ),
        (
            "12.345",
            "Do you mean €12,345.00? Write 12345. Use at most 2 decimals.",
        ),
    ] {
        assert_eq!(question(text), Err(words.to_owned()));
    }
}

#[test]
fn an_invalid_amount_is_reported() {
    for (text, problem) in [
        ("", ValueError::Missing),
        ("   ", ValueError::Missing),
        ("abc", ValueError::NotANumber),
        (".", ValueError::NotANumber),
        // Groups that are not thousands.
        ("1,65,000", ValueError::NotANumber),
        ("1,250,50", ValueError::NotANumber),
        ("1.250.50", ValueError::NotANumber),
        ("1,250.000,50", ValueError::NotANumber),
        ("1'250 000", ValueError::NotANumber),
        ("1250,000.50", ValueError::NotANumber),
        ("0,250.50", ValueError::NotANumber),
        (",250.50", ValueError::NotANumber),
        ("1 65", ValueError::NotANumber),
        ("1 2500", ValueError::NotANumber),
        ("1  250", ValueError::NotANumber),
        ("1\n250", ValueError::NotANumber),
        ("€1 250 1", ValueError::NotANumber),
        ("٫٫1", ValueError::NotANumber),
        ("1e3", ValueError::NotANumber),
        ("NaN", ValueError::NotANumber),
        ("+5", ValueError::NotANumber),
        ("--5", ValueError::NotANumber),
        // A Bengali four looks like an eight.
        ("1৪", ValueError::NotANumber),
        ("1٢", ValueError::NotANumber),
        ("一千", ValueError::NotANumber),
        ("Ⅻ", ValueError::NotANumber),
        ("½", ValueError::NotANumber),
        ("12²", ValueError::NotANumber),
        ("1..5", ValueError::NotANumber),
        ("€", ValueError::NotANumber),
        ("€ 15 €€", ValueError::NotANumber),
        ("€15 USD", ValueError::NotANumber),
        ("15 euros please", ValueError::NotANumber),
        ("-€-5", ValueError::NotANumber),
        ("EUR -5", ValueError::NotPositive),
        ("-€5", ValueError::NotPositive),
        ("－５", ValueError::NotPositive),
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
        ("-5", ValueError::NotPositive),
        ("\u{2212}5", ValueError::NotPositive),
        ("0", ValueError::NotPositive),
        ("0.00", ValueError::NotPositive),
        ("-1.250", ValueError::NotPositive),
        ("0.001", ValueError::TooManyDecimals { most: 2 }),
        ("0.250", ValueError::TooManyDecimals { most: 2 }),
        ("0,250", ValueError::TooManyDecimals { most: 2 }),
        ("1250.005", ValueError::TooManyDecimals { most: 2 }),
        ("1,250.500", ValueError::TooManyDecimals { most: 2 }),
        ("1٫250", ValueError::TooManyDecimals { most: 2 }),
        ("$1,250", other("USD")),
        ("CHF 1'250.50", other("CHF")),
        ("10000000000000000.01", ValueError::TooLarge),
        ("9223372036854775808", ValueError::TooLarge),
        ("99999999999999999999999999999999", ValueError::TooLarge),
    ] {
        assert_eq!(parse(text), Err(problem), "{text:?}");
    }
}

/// An amount as people write it, with this thousands separator, this decimal mark, and at least this many decimals.
fn written(money: Money, thousands: &str, mark: &str, decimals: usize) -> String {
    let plain = money.to_decimal();
    let (whole, fraction) = plain.split_once('.').expect("has decimals");
    let mut text = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text += thousands;
        }
        text.push(digit);
    }
    let needed = fraction.trim_end_matches('0').len().max(decimals);
    match fraction.get(..needed) {
        None | Some("") => text,
        Some(fraction) => text + mark + fraction,
    }
}

proptest! {
    #[test]
    fn plain_decimal_text_is_read_back(minor in 1..=MAX_MINOR) {
        let money = Money::from_minor(minor, Currency::Eur);
        prop_assert_eq!(Money::parse(&money.to_decimal(), Currency::Eur), Ok(money));
    }

    #[test]
    fn an_amount_is_parsed_in_the_digits_of_other_scripts(minor in 1..=MAX_MINOR, zero in select(vec!['0', '\u{660}', '\u{966}', '\u{ff10}', '\u{1d7ce}'])) {
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
    fn every_displayed_amount_is_parsed_back(minor in 1..=MAX_MINOR, currency in select(Currency::ALL.to_vec())) {
        let money = Money::from_minor(minor, currency);
        prop_assert_eq!(Money::parse(&money.to_string(), currency), Ok(money));
        // A long amount may break after its commas.
        let broken = money.to_string().replace(',', ",\u{200b}");
        prop_assert_eq!(Money::parse(&broken, currency), Ok(money));
    }

    /// However people write an amount, it is read as that amount or reported as ambiguous.
    #[test]
    fn an_amount_is_never_read_as_another(
        minor in prop_oneof![1..=MAX_MINOR, 1..=1_000_000_i64, (1..=10_000_i64).prop_map(|whole| whole * 100)],
        thousands in select(vec!["", ",", ".", " ", "\u{a0}", "\u{202f}", "'", "\u{2019}"]),
        mark in select(vec![".", ","]),
        decimals in 0..=2_usize,
    ) {
        prop_assume!(thousands != mark);
        let money = Money::from_minor(minor, Currency::Eur);
        let text = written(money, thousands, mark, decimals);
        let is_question = thousands == "." && !text.contains(',') && text.matches('.').count() == 1;
        match Money::parse(&text, Currency::Eur) {
            Err(ValueError::AmbiguousAmount { thousands, .. }) => prop_assert!(is_question && thousands == money, "{}", text),
            read => prop_assert_eq!(read, Ok(money), "{}", text),
        }
    }

    /// Neither the currency nor its position changes what a number means.
    #[test]
    fn a_currency_does_not_change_an_amount(text in "[0-9]{1,4}([., '][0-9]{1,4}){0,3}[.,]?") {
        let alone = parse(&text);
        for text in [format!("€{text}"), format!("EUR {text}"), format!("{text} €"), format!(" {text}\u{a0}EUR")] {
            prop_assert_eq!(parse(&text), alone.clone(), "{}", text);
        }
    }

    /// A number is read without its separators, or with the last one as its decimal mark.
    #[test]
    fn only_the_last_separator_can_start_decimals(text in "[1-9][0-9]{0,3}([., '][0-9]{1,4}){1,3}") {
        if let Ok(minor) = parse(&text) {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            let decimals = text.len() - 1 - text.rfind(['.', ',', ' ', '\'']).expect("has a separator");
            let whole = digits.parse::<i64>().expect("digits") * 100;
            let expected = match decimals {
                1 => whole / 10,
                2 => whole / 100,
                _ => whole,
            };
            prop_assert_eq!(minor, expected, "{}", text);
        }
    }

    #[test]
    fn parsing_a_mix_of_symbols_and_digits_never_panics(text in "[-0-9.,'€$ ٠-٩٫٬A-Za-z\u{a0}\u{200b}]{0,12}") {
        let _ = parse(&text);
    }

    #[test]
    fn parsing_any_text_never_panics(text in "\\PC*") {
        let _ = parse(&text);
    }
}
