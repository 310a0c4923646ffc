//! The currencies of budgets.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The currencies a budget can be in, by their ISO 4217 codes. All have two decimals, so lists can be sorted by amount.
/// Before a currency with a different exponent is added, lists will need exchange rates or a filter by currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// Euro
    #[default]
    Eur,
    /// United States dollar
    Usd,
    /// Pound sterling
    Gbp,
    /// Swiss franc
    Chf,
}

impl Currency {
    /// Every currency, in the order forms offer them.
    pub const ALL: [Self; 4] = [Self::Eur, Self::Usd, Self::Gbp, Self::Chf];

    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Eur => "EUR",
            Self::Usd => "USD",
            Self::Gbp => "GBP",
            Self::Chf => "CHF",
        }
    }

    /// The prefix of an amount.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Eur => "€",
            Self::Usd => "$",
            Self::Gbp => "£",
            // The no-break space keeps the code and the amount on one line.
            Self::Chf => "CHF\u{a0}",
        }
    }

    /// The number of decimals (ISO 4217's exponent).
    #[must_use]
    pub const fn exponent(self) -> u32 {
        match self {
            Self::Eur | Self::Usd | Self::Gbp | Self::Chf => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = crate::field::ValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|currency| currency.code() == text)
            .ok_or(crate::field::ValueError::NotAChoice)
    }
}
