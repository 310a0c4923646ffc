//! Proceeds: what remains of a price after a fee, other costs and tax, as a person enters them.
//!
//! Invariant: the parts add up to the price exactly. A percentage of an amount is rounded half up to the minor unit.
//! Nothing here is stored: neither the rates nor the results.

mod percent;

pub use percent::Percent;

use crate::{
    field::ValueError,
    money::{Currency, Money},
};

/// What a person deducts from a price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deductions {
    /// Of the price.
    pub fee: Percent,
    /// In minor units of the price's currency.
    pub costs_minor: i64,
    /// Of what is left after the fee and the costs.
    pub tax: Percent,
}

/// A price and its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proceeds {
    pub fee: Money,
    pub costs: Money,
    pub tax: Money,
    /// What is left. Negative if the fee and the costs exceed the price; there is no tax then.
    pub remainder: Money,
}

impl Proceeds {
    /// The parts of a price.
    #[must_use]
    pub fn of(price: Money, deductions: Deductions) -> Self {
        let money = |minor| Money::from_minor(minor, price.currency());
        let fee = deductions.fee.of_minor(price.minor());
        let taxable = price.minor() - fee - deductions.costs_minor;
        let tax = deductions.tax.of_minor(taxable.max(0));
        Self {
            fee: money(fee),
            costs: money(deductions.costs_minor),
            tax: money(tax),
            remainder: money(taxable - tax),
        }
    }
}

/// Parses costs as typed, into minor units. Empty text means no costs.
///
/// # Errors
/// The errors of [`Money::parse`], but zero is accepted.
pub fn parse_costs(text: &str, currency: Currency) -> Result<i64, ValueError> {
    let is_negative = || text.contains(['-', '−']);
    match Money::parse(text, currency) {
        Ok(costs) => Ok(costs.minor()),
        Err(ValueError::Missing) => Ok(0),
        Err(ValueError::NotPositive) if !is_negative() => Ok(0),
        Err(problem) => Err(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::MAX_MINOR;
    use proptest::prelude::*;

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::Eur)
    }

    fn percent(text: &str) -> Percent {
        Percent::parse(text).expect("a percentage")
    }

    #[test]
    fn the_tax_is_on_what_is_left_after_fee_and_costs() {
        let deductions = Deductions {
            fee: percent("5"),
            costs_minor: 10_000,
            tax: percent("19"),
        };
        let proceeds = Proceeds::of(eur(100_000), deductions);
        assert_eq!(
            proceeds,
            Proceeds {
                fee: eur(5_000),
                costs: eur(10_000),
                tax: eur(16_150),
                remainder: eur(68_850),
            }
        );
        let loss = Proceeds::of(eur(9_000), deductions);
        assert_eq!((loss.tax, loss.remainder), (eur(0), eur(-1_450)));
        assert_eq!(loss.remainder.to_string(), "\u{2212}€14.50");
    }

    #[test]
    fn empty_text_and_zero_mean_no_costs() {
        for text in ["", "0", "0,00", " 0.0 ", "€0", "0 EUR", "０"] {
            assert_eq!(parse_costs(text, Currency::Eur), Ok(0), "{text:?}");
        }
        assert_eq!(parse_costs("1,250.50", Currency::Eur), Ok(125_050));
        assert_eq!(
            parse_costs("-5", Currency::Eur),
            Err(ValueError::NotPositive)
        );
        assert_eq!(
            parse_costs("-0", Currency::Eur),
            Err(ValueError::NotPositive)
        );
        assert_eq!(
            parse_costs("few", Currency::Eur),
            Err(ValueError::NotANumber)
        );
    }

    proptest! {
        #[test]
        fn the_parts_add_up_to_the_price(price in 1..=MAX_MINOR, costs_minor in 0..=MAX_MINOR, fee in 0..=10_000_u16, tax in 0..=10_000_u16) {
            let rate = |hundredths| Percent::from_hundredths(hundredths).unwrap_or_default();
            let deductions = Deductions { fee: rate(fee), costs_minor, tax: rate(tax) };
            let Proceeds { fee, costs, tax, remainder } = Proceeds::of(eur(price), deductions);
            let sum = fee.minor() + costs.minor() + tax.minor() + remainder.minor();
            prop_assert_eq!(sum, price);
            prop_assert!(fee.minor() >= 0 && tax.minor() >= 0 && fee.minor() <= price);
            prop_assert!(tax.minor() == 0 || remainder.minor() >= 0);
        }

        #[test]
        fn a_higher_tax_rate_never_leaves_more(price in 1..=MAX_MINOR, low in 0..=10_000_u16, high in 0..=10_000_u16) {
            let (low, high) = (low.min(high), low.max(high));
            let remainder = |hundredths| {
                let tax = Percent::from_hundredths(hundredths).unwrap_or_default();
                Proceeds::of(eur(price), Deductions { tax, ..Deductions::default() }).remainder.minor()
            };
            prop_assert!(remainder(low) >= remainder(high));
        }
    }
}
